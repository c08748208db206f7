"""What the sensors said last, as the panels and the rule read it."""

from dataclasses import dataclass
from datetime import datetime

from commandcenter.api import MINUTE, Millis, Tone, View

STALE = 30 * MINUTE
"""Water that was measured so long ago says nothing of now."""


@dataclass(frozen=True)
class Water:
    """A sensor with its last measurement, in centimetres."""

    key: str
    name: str
    cell: str
    at: Millis
    level: int
    yellow: int
    red: int
    trail: list[int]
    is_sample: bool
    is_stale: bool
    point: tuple[float, float] | None

    @property
    def tone(self) -> Tone:
        """Red where nobody should pass, yellow where the water stands."""
        if self.is_stale:
            return "quiet"
        if self.level >= self.red:
            return "red"
        return "yellow" if self.level >= self.yellow else "blue"

    @property
    def share(self) -> float:
        """How near it is to its red limit."""
        return self.level / self.red


def waters(view: View) -> list[Water]:
    """Return the sensors of the scope, the most dangerous first."""
    found = [
        Water(
            r.key, v["name"], r.cell or "", r.at, v["level"], v["yellow"], v["red"], v["trail"],
            v["sample"], view.now - r.at > STALE,
            None if r.lng is None or r.lat is None else (r.lng, r.lat),
        )
        for r in view.readings()
        if (v := r.values)
    ]  # fmt: skip
    return sorted(found, key=lambda water: (water.is_stale, -water.share, water.key))


def origin(view: View, found: list[Water]) -> str:
    """Say where the numbers come from and of when they are."""
    if not found:
        return view.t("还没有读数")
    newest = datetime.fromtimestamp(max(w.at for w in found) / 1000, view.calendar.zone)
    words = "示例数据，非实测 · {time}" if found[0].is_sample else "实测 · {time}"
    return view.t(words, time=f"{newest:%H:%M}")
