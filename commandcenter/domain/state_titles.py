"""What the states of a case are called on screen."""

from collections.abc import Mapping

from commandcenter.domain.cases import State
from commandcenter.domain.text import Text

STATE_TITLES: Mapping[State, Text] = {
    State.REPORTED: Text("上报", "Reported"),
    State.REJECTED: Text("不予立案", "Rejected"),
    State.FILED: Text("立案", "Filed"),
    State.DISPATCHED: Text("派遣", "Dispatched"),
    State.HANDLING: Text("处置中", "Handling"),
    State.HANDLED: Text("处置完", "Handled"),
    State.VERIFIED: Text("核查", "Verified"),
    State.CLOSED: Text("结案", "Closed"),
    State.ASSESSED: Text("考核", "Assessed"),
    State.SUSPENDED: Text("挂账", "Suspended"),
    State.MERGED: Text("合并", "Merged"),
}
