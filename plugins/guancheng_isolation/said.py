"""What the sites said last, as the panels read it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from commandcenter.api import HOUR, Millis, Tone, View

STALE = 2 * HOUR
"""A site that has been silent for so long is listed, and counts for nothing."""
FULL, CROWDED = 0.95, 0.8
"""Shares of the beds from which an isolation site is red and yellow."""
LONG, SLOW = 60, 30
"""Minutes of waiting from which a testing site is red and yellow."""


@dataclass(frozen=True)
class Site:
    """A site with its last numbers; of a testing site `used` are the people who wait."""

    key: str
    name: str
    kind: str
    cell: str
    at: Millis
    capacity: int
    used: int
    tested: int | None
    trail: Sequence[int]
    is_sample: bool
    is_stale: bool
    point: tuple[float, float] | None

    @property
    def share(self) -> float | None:
        """The share of the beds that are taken; None where there are none."""
        return self.used / self.capacity if self.capacity else None

    @property
    def minutes(self) -> int | None:
        """How long who comes now waits for a test; None where nobody tests."""
        return round(60 * self.used / self.capacity) if self.capacity else None

    @property
    def tone(self) -> Tone:
        """How full the site is, or how long one waits there."""
        if self.is_stale:
            return "quiet"
        strain = self.share if self.kind == "isolation" else self.minutes
        red, yellow = (FULL, CROWDED) if self.kind == "isolation" else (LONG, SLOW)
        if strain is None or strain >= red:
            return "red"
        return "yellow" if strain >= yellow else "blue"


def sites(view: View, kind: str = "") -> list[Site]:
    """Return the sites of the scope, or those of one kind, the most strained first."""
    found = [
        Site(
            r.key, v["name"], v["kind"], r.cell or "", r.at, v["capacity"], v["used"], v["tested"],
            v["trail"], v["sample"], view.now - r.at > STALE,
            None if r.lng is None or r.lat is None else (r.lng, r.lat),
        )
        for r in view.readings()
        if (v := r.values) and kind in ("", v["kind"])
    ]  # fmt: skip
    order = {"red": 0, "yellow": 1, "blue": 2, "quiet": 3}
    return sorted(found, key=lambda site: (order[site.tone], -(site.share or 0), site.key))


def fresh(view: View, kind: str) -> list[Site]:
    """Return the sites of a kind that have spoken lately."""
    return [site for site in sites(view, kind) if not site.is_stale]


def origin(view: View) -> str:
    """Say where the numbers come from and of when they are."""
    found = sites(view)
    if not found:
        return view.t("还没有读数")
    newest = datetime.fromtimestamp(max(s.at for s in found) / 1000, view.calendar.zone)
    words = "示例数据，均为编造 · {time}" if found[0].is_sample else "点位上报 · {time}"
    return view.t(words, time=f"{newest:%H:%M}")
