"""The queues of the desk as the page names them, by who sits at it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from commandcenter.cases.queues import LISTS, Queue
from commandcenter.domain.roles import Role
from commandcenter.domain.text import Text

Q = Queue
WHISTLES, DIRECTIVES = "whistles", "directives"
"""Lists at the desk that are no queues of cases."""
QUEUE_TITLES: Mapping[str, Text] = {
    Q.TO_FILE: Text("待立案", "To file"),
    Q.TO_DISPATCH: Text("待派遣", "To dispatch"),
    Q.TO_VERIFY: Text("待核查", "To verify"),
    Q.RETURNED: Text("退回", "Returned"),
    Q.LIKELY: Text("疑似重复", "Likely duplicates"),
    Q.OVERDUE: Text("超时", "Overdue"),
    Q.SOON: Text("即将超时", "Due next"),
    Q.SUPERVISED: Text("督办", "Supervised"),
    Q.CROSS: Text("三跨", "Cross cases"),
    Q.WHISTLED: Text("吹哨案件", "Whistled cases"),
    Q.TO_TAKE_UP: Text("待处置", "To take up"),
    Q.HANDLING: Text("处置中", "Being handled"),
    Q.SUSPENDED: Text("挂账", "Suspended"),
    Q.PARTS: Text("协办", "Our parts"),
    Q.ALL: Text("全部案件", "All cases"),
    Q.LISTED: Text("列单", "Listed"),
    Q.HANDED_OVER: Text("交单", "Handed over"),
    Q.BEING_DONE: Text("办单", "Being done"),
    Q.CLEARED: Text("清单", "Cleared"),
    WHISTLES: Text("哨", "Whistles"),
    DIRECTIVES: Text("指令", "Directives"),
}
AT_DESK = (
    Q.TO_FILE, Q.TO_DISPATCH, Q.TO_VERIFY, Q.RETURNED, Q.LIKELY, Q.OVERDUE, Q.SOON, Q.SUPERVISED,
    Q.CROSS, Q.WHISTLED, Q.ALL, WHISTLES, DIRECTIVES, *LISTS,
)  # fmt: skip
AT_UNIT = (
    Q.TO_TAKE_UP, Q.HANDLING, Q.PARTS, Q.OVERDUE, Q.SOON, Q.SUSPENDED, Q.SUPERVISED, Q.ALL,
    WHISTLES, DIRECTIVES, *LISTS,
)  # fmt: skip
COORDINATION = (WHISTLES, DIRECTIVES)
OWN_KEYS: dict[str, str] = {
    Q.ALL: "0", WHISTLES: "g", DIRECTIVES: "G",
    Q.LISTED: "Q", Q.HANDED_OVER: "W", Q.BEING_DONE: "E", Q.CLEARED: "R",
}  # fmt: skip
"""Keys that do not follow from the order."""
AT_HOME = frozenset({Role.DUTY_OFFICER, Role.UNIT_OFFICER})
"""Whose day begins at the desk."""


@dataclass(frozen=True, slots=True)
class DeskQueue:
    """A queue as the page lists it; `digit` is the key that leads to it."""

    key: str
    title: str
    digit: str = ""


def queues_of(role: Role | None, language: str) -> list[DeskQueue]:
    """Return the queues of a role in their order."""
    keys = AT_UNIT if role is Role.UNIT_OFFICER else AT_DESK
    digits: dict[str, str] = {
        key: str(at) for at, key in enumerate(keys[:9], 1) if key not in OWN_KEYS
    }
    return [
        DeskQueue(
            key, QUEUE_TITLES[key].in_language(language), OWN_KEYS.get(key, digits.get(key, ""))
        )
        for key in keys
    ]


def first_queue(role: Role | None) -> str:
    """Return the queue that a desk shows where its address names none."""
    return (AT_UNIT if role is Role.UNIT_OFFICER else AT_DESK)[0]


def known_queues(role: Role | None) -> Sequence[str]:
    """Return the keys of the queues of a role."""
    return AT_UNIT if role is Role.UNIT_OFFICER else AT_DESK
