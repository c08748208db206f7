"""Commands as the desk offers them: their words, their keys, and what each asks for."""

from collections.abc import Iterable, Mapping
from typing import Any

from commandcenter.domain.cases import RULES, Command, Need, Rule, State
from commandcenter.domain.text import Text
from commandcenter.host.words import Words

C = Command
LETTERS: Mapping[Command, str] = {
    C.FILE: "f",
    C.REJECT: "n",
    C.DISPATCH: "d",
    C.ENGAGE: "c",
    C.TAKE_UP: "t",
    C.PART_TAKE_UP: "T",
    C.RETURN: "b",
    C.HANDLE: "h",
    C.PART_DONE: "H",
    C.VERIFY: "v",
    C.REWORK: "w",
    C.CLOSE: "e",
    C.RATE: "y",
    C.REOPEN: "o",
    C.SUSPEND: "p",
    C.RESUME: "u",
    C.ESCALATE: "a",
    C.HAND_DOWN: "l",
    C.MERGE: "m",
    C.UNMERGE: "M",
    C.DISTINCT: "i",
    C.SUPERVISE: "s",
    C.RELEASE: "r",
    C.NOTE: "N",
    C.ASSESS: "A",
}
"""The key of each command; those of the table and of the page are j, k, x, z, g and q."""
TITLES: Mapping[Command, Text] = {
    C.FILE: Text("立案", "File"),
    C.REJECT: Text("不予立案", "Reject"),
    C.DISPATCH: Text("派遣", "Dispatch"),
    C.ENGAGE: Text("三跨协办", "Engage units"),
    C.TAKE_UP: Text("开始处置", "Take up"),
    C.PART_TAKE_UP: Text("接协办", "Take up part"),
    C.RETURN: Text("退回", "Return"),
    C.HANDLE: Text("处置完成", "Handled"),
    C.PART_DONE: Text("协办完成", "Part done"),
    C.VERIFY: Text("核查通过", "Verify"),
    C.REWORK: Text("返工", "Rework"),
    C.CLOSE: Text("结案", "Close"),
    C.RATE: Text("评价", "Rate"),
    C.REOPEN: Text("重开", "Reopen"),
    C.SUSPEND: Text("挂账", "Suspend"),
    C.RESUME: Text("恢复", "Resume"),
    C.ESCALATE: Text("上报上级", "Escalate"),
    C.HAND_DOWN: Text("下派", "Hand down"),
    C.MERGE: Text("合并", "Merge"),
    C.UNMERGE: Text("拆分", "Unmerge"),
    C.DISTINCT: Text("不是重复", "Not a duplicate"),
    C.SUPERVISE: Text("督办", "Supervise"),
    C.RELEASE: Text("解除督办", "Release"),
    C.NOTE: Text("记事", "Note"),
    C.ASSESS: Text("计入考核", "Assess"),
}
FIRST = (
    C.FILE, C.DISPATCH, C.VERIFY, C.CLOSE, C.TAKE_UP, C.PART_TAKE_UP, C.HANDLE, C.PART_DONE,
    C.RESUME, C.DISTINCT, C.MERGE, C.REJECT, C.REWORK, C.RETURN, C.ENGAGE, C.ESCALATE, C.HAND_DOWN,
    C.SUSPEND, C.RATE, C.REOPEN, C.UNMERGE, C.SUPERVISE, C.RELEASE, C.NOTE,
    C.ASSESS,
)  # fmt: skip
"""The order in which commands are offered: what brings a case forward comes first."""
ASKED_OF: Mapping[Command, tuple[str, ...]] = {
    C.FILE: ("matter",),
    C.DISPATCH: ("unit",),
    C.ENGAGE: ("units", "lead"),
    C.MERGE: ("master",),
    C.RATE: ("rating",),
    C.HANDLE: ("evidence",),
    C.PART_DONE: ("evidence",),
    C.REWORK: ("evidence",),
    C.VERIFY: ("evidence",),
    C.NOTE: ("evidence",),
}
"""The fields of each command beside its note, which every one has."""


def offered(legal: Iterable[Command], is_supervised: bool) -> list[Command]:
    """Return commands that the desk has keys for, in its order; none that would change nothing."""
    may = set(legal) - {C.SUPERVISE if is_supervised else C.RELEASE}
    return [command for command in FIRST if command in may]


def as_props(words: Words) -> list[dict[str, Any]]:
    """Return all commands as the page's script takes them."""
    return [
        {
            "key": command.value,
            "title": TITLES[command].in_language(words.language),
            "letter": LETTERS[command],
            "fields": list(ASKED_OF.get(command, ())),
            "needs": [need.value for need in needs_of(command)],
        }
        for command in FIRST
    ]


def needs_of(command: Command) -> tuple[Need, ...]:
    """Return the fields without which a command is refused."""
    rule = next((rule for (_, c), rule in RULES.items() if c is command), None)
    return rule.needs if rule else ()


def rules_of(state: State) -> list[Rule]:
    """Return the rows of the table that begin in a state."""
    return [rule for (source, _), rule in RULES.items() if source is state]
