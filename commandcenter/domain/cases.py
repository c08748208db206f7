"""Cases, their states, and the table of legal moves with the whole closed loop."""

from enum import IntFlag, StrEnum
from typing import NamedTuple

from commandcenter.domain.clocks import Clock, Millis
from commandcenter.errors import IllegalMove


class State(StrEnum):
    """Where a case stands."""

    REPORTED = "reported"
    REJECTED = "rejected"
    FILED = "filed"
    DISPATCHED = "dispatched"
    HANDLING = "handling"
    HANDLED = "handled"
    VERIFIED = "verified"
    CLOSED = "closed"
    ASSESSED = "assessed"
    SUSPENDED = "suspended"
    MERGED = "merged"


class Command(StrEnum):
    """What can be done to a case."""

    REPORT = "report"
    REJECT = "reject"
    FILE = "file"
    DISPATCH = "dispatch"
    TAKE_UP = "take_up"
    RETURN = "return"
    HANDLE = "handle"
    REWORK = "rework"
    VERIFY = "verify"
    CLOSE = "close"
    ASSESS = "assess"
    SUSPEND = "suspend"
    RESUME = "resume"
    ESCALATE = "escalate"
    MERGE = "merge"
    SUPERVISE = "supervise"
    RELEASE = "release"


class Mark(IntFlag):
    """What is to be said of an open case beside its state; a case that has ended bears none."""

    RETURNED = 1
    """It came back: the unit said that it was the wrong one."""
    CROSS = 2
    """Several units share it (三跨)."""
    LIKELY = 4
    """It is likely the same as another one, and the desk has not said whether."""
    ESCALATED = 8
    """A lower level has handed it up."""
    REOPENED = 16
    """It was closed before."""
    WHISTLED = 32
    """Units are whistled to it."""


NO_MARKS = Mark(0)

S, C = State, Command
STEPS = (S.REPORTED, S.FILED, S.DISPATCHED, S.HANDLING, S.HANDLED, S.VERIFIED, S.CLOSED, S.ASSESSED)
"""The eight steps of the closed loop, in order."""
OPEN = frozenset(
    {S.REPORTED, S.FILED, S.DISPATCHED, S.HANDLING, S.HANDLED, S.VERIFIED, S.SUSPENDED}
)
"""States in which a case still asks for something."""
WAITING = frozenset({S.REPORTED, S.FILED, S.DISPATCHED})
"""States in which nobody has taken the case up yet."""
SAME = None
"""In the table: the command leaves the state as it is."""

LEGAL: dict[tuple[State, Command], State | None] = {
    (S.REPORTED, C.FILE): S.FILED,
    (S.REPORTED, C.REJECT): S.REJECTED,
    (S.REPORTED, C.MERGE): S.MERGED,
    (S.FILED, C.DISPATCH): S.DISPATCHED,
    (S.FILED, C.MERGE): S.MERGED,
    (S.FILED, C.ESCALATE): SAME,
    (S.DISPATCHED, C.TAKE_UP): S.HANDLING,
    (S.DISPATCHED, C.RETURN): S.FILED,
    (S.DISPATCHED, C.ESCALATE): S.FILED,
    (S.DISPATCHED, C.SUSPEND): S.SUSPENDED,
    (S.HANDLING, C.HANDLE): S.HANDLED,
    (S.HANDLING, C.RETURN): S.FILED,
    (S.HANDLING, C.ESCALATE): S.FILED,
    (S.HANDLING, C.SUSPEND): S.SUSPENDED,
    (S.SUSPENDED, C.RESUME): S.HANDLING,
    (S.HANDLED, C.VERIFY): S.VERIFIED,
    (S.HANDLED, C.REWORK): S.HANDLING,
    (S.VERIFIED, C.CLOSE): S.CLOSED,
    (S.CLOSED, C.ASSESS): S.ASSESSED,
    **{(state, C.SUPERVISE): SAME for state in State if state not in (S.MERGED, S.REJECTED)},
    **{(state, C.RELEASE): SAME for state in State if state not in (S.MERGED, S.REJECTED)},
}
"""The state that a command leads to, by the state it is given in."""


def legal_commands(state: State) -> tuple[Command, ...]:
    """Return the commands that are legal in `state`."""
    return tuple(command for (source, command) in LEGAL if source is state)


def next_state(state: State, command: Command) -> State:
    """Return the state after `command`; raises IllegalMove if the table does not hold it."""
    if (state, command) not in LEGAL:
        legal = legal_commands(state)
        raise IllegalMove(
            f"cannot {command} a case that is {state}; legal now: {', '.join(legal) or 'nothing'}",
            tuple(legal),
        )
    target = LEGAL[state, command]
    return state if target is None else target


class Facts(NamedTuple):
    """What the counts need to know of a case: where it stands, who holds it and until when.

    A plain tuple with names, as `Order` is: a history makes millions of them.

    `depth` is the level that holds it, `marks` a sum of `Mark`; `due` ends the clock of the present
    step, None if no clock runs; `deadline` ends the handling limit of its matter; `since` is when
    it entered its state.
    """

    cell: int
    state: State
    depth: int
    since: Millis
    due: Millis | None = None
    deadline: Millis | None = None
    unit: str | None = None
    supervised: bool = False
    marks: int = 0


class Order(NamedTuple):
    """A command with what it sets; fields that are None leave the case as it was.

    `clock` is the clock of the case after the command, None where none runs or stands.
    """

    command: Command
    at: Millis
    unit: str | None = None
    depth: int | None = None
    due: Millis | None = None
    deadline: Millis | None = None
    clock: Clock | None = None


CLOCKED = frozenset({S.REPORTED, S.FILED, S.DISPATCHED, S.HANDLING, S.HANDLED})
"""States with a limit: filing, dispatch, the unit's handling, verification."""


def move(facts: Facts, order: Order) -> Facts:
    """Return the facts after `order`; raises IllegalMove.

    A supervision changes the flag alone. Dispatch keeps the matter's deadline as the clock of
    dispatched and handling; a state without a limit has no clock.
    """
    target = next_state(facts.state, order.command)
    if order.command in (C.SUPERVISE, C.RELEASE):
        return facts._replace(supervised=order.command is C.SUPERVISE)
    deadline = order.deadline if order.deadline is not None else facts.deadline
    due = order.due if order.due is not None else deadline
    return Facts(
        facts.cell,
        target,
        facts.depth if order.depth is None else order.depth,
        order.at,
        due if target in CLOCKED else None,
        deadline,
        order.unit or (None if target is S.FILED else facts.unit),
        facts.supervised,
        facts.marks,
    )
