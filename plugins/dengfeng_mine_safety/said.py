"""The hidden dangers as the panels read them."""

from dataclasses import dataclass

from commandcenter.api import DAY, Millis, Tone, View

SOON = DAY
"""A danger that is due within this time is yellow."""


@dataclass(frozen=True)
class Danger:
    """A hidden danger of the scope."""

    key: str
    cell: str
    mine: str
    what: str
    owner: str
    is_major: bool
    found: Millis
    due: Millis
    submitted: Millis | None
    closed: Millis | None
    now: Millis
    is_sample: bool

    @property
    def is_open(self) -> bool:
        """Whether it still has to be put right, or that has to be checked."""
        return self.closed is None

    @property
    def is_overdue(self) -> bool:
        """Whether its time ran out before anybody said that it was put right."""
        return self.is_open and self.submitted is None and self.due < self.now

    @property
    def step(self) -> str:
        """Where it stands."""
        if self.closed is not None:
            return "已销号"
        return "整改中" if self.submitted is None else "待验收"

    @property
    def tone(self) -> Tone:
        """Red when overdue, yellow when due soon, else quiet."""
        if not self.is_open:
            return "good"
        if self.is_overdue:
            return "red"
        return "yellow" if self.submitted is None and self.due < self.now + SOON else "plain"


def dangers(view: View) -> list[Danger]:
    """Return the dangers of the scope: overdue ones first, then by their deadlines."""
    found = [
        Danger(
            r.key, r.cell or "", v["mine"], v["what"], v["owner"], v["major"], r.at, v["due"],
            v["submitted"], v["closed"], view.now, v["sample"],
        )
        for r in view.readings()
        if (v := r.values)
    ]  # fmt: skip
    return sorted(found, key=lambda d: (not d.is_open, not d.is_overdue, d.due, d.key))


def origin(view: View) -> str:
    """Say where the list comes from."""
    found = dangers(view)
    if not found:
        return view.t("本辖区没有隐患记录")
    return view.t("示例数据，矿名与隐患均为编造" if found[0].is_sample else "隐患台账")
