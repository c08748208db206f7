"""Sizes of text: three for a screen and one for great numbers, from the height of its canvas."""

import math
from dataclasses import asdict, dataclass

READABLE_ARCMIN = 16.0
"""The smallest angle that a line of text may have for a reader at the back."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """Heights of text in pixels of the canvas."""

    small: float
    body: float
    title: float
    great: float

    @classmethod
    def of(cls, height: int, scale: float = 1.0) -> "Sizes":
        """Return the sizes for a canvas of `height` pixels; `scale` is the layout's own wish."""
        share = height * scale / 1080
        return cls(*(round(size * share, 2) for size in (18, 22, 34, 64)))

    def as_props(self) -> dict[str, float]:
        """Return the sizes by name, as the stage takes them."""
        return asdict(self)


def arcmin(size_mm: float, distance_mm: float) -> float:
    """Return the angle under which `size_mm` is seen from `distance_mm`, in minutes of arc."""
    return math.degrees(2 * math.atan(size_mm / (2 * distance_mm))) * 60


def smallest_readable(distance_mm: float) -> float:
    """Return the height in millimetres of the smallest text readable from `distance_mm`."""
    return 2 * distance_mm * math.tan(math.radians(READABLE_ARCMIN / 60) / 2)
