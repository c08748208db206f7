"""The complaints as the panels read them."""

from collections.abc import Sequence
from dataclasses import dataclass

from commandcenter.api import HOUR, Millis, Tone, View

WEEK = "week"
SLOW = 4 * HOUR
"""A complaint that nobody has taken up after this time is late."""


@dataclass(frozen=True)
class Complaint:
    """A complaint of the scope."""

    key: str
    cell: str
    shop: str
    kind: str
    what: str
    station: str
    at: Millis
    taken: Millis | None
    closed: Millis | None
    now: Millis
    is_sample: bool

    @property
    def step(self) -> str:
        """Where it stands."""
        if self.closed is not None:
            return "已办结"
        return "待受理" if self.taken is None else "查处中"

    @property
    def tone(self) -> Tone:
        """Red where nobody took it up in time."""
        if self.closed is not None:
            return "good"
        if self.taken is not None:
            return "blue"
        return "red" if self.now - self.at > SLOW else "yellow"


def complaints(view: View) -> list[Complaint]:
    """Return the complaints of the scope: late ones first, then what is open, the newest first."""
    found = [
        Complaint(
            r.key, r.cell or "", v["shop"], v["kind"], v["what"], v["station"], r.at, v["taken"],
            v["closed"], view.now, v["sample"],
        )
        for r in view.readings()
        if (v := r.values) and r.key != WEEK
    ]  # fmt: skip
    order = {"red": 0, "yellow": 1, "blue": 2, "good": 3}
    return sorted(found, key=lambda c: (order[c.tone], -c.at, c.key))


def week(view: View) -> Sequence[int]:
    """Return the totals of the last seven days, nothing where they are not known."""
    found = next((r.values for r in view.readings() if r.key == WEEK and r.values), None)
    return list(found["totals"]) if found else []


def origin(view: View) -> str:
    """Say where the list comes from."""
    found = complaints(view)
    if not found:
        return view.t("今日没有投诉举报")
    return view.t("示例数据，店名与投诉均为编造" if found[0].is_sample else "投诉举报平台")
