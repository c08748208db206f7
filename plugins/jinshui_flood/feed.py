"""The feed: what each sensor measures now, or measured on a recorded day that is played again.

A feed is JSON: {"at": ISO 8601, "sensors": [{"id", "name", "cell", "lng", "lat", "yellow_cm",
"red_cm", "level_cm"}]}. The sample has "levels_cm" instead, one for every `every_minutes` of a day.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

from commandcenter.api import Millis, is_sample

FOLDER = Path(__file__).parent
TRAIL = 36
"""So many of the last measurements are kept for the line, six hours at one in ten minutes."""


@dataclass(frozen=True)
class Measured:
    """What one sensor says: the water in centimetres, and those before it."""

    sensor: Mapping[str, Any]
    at: Millis
    level: int
    trail: tuple[int, ...] = ()

    @property
    def is_red(self) -> bool:
        """Whether nobody should pass there."""
        return self.level >= int(self.sensor["red_cm"])


def measured(document: Mapping[str, Any], now: Millis, zone: tzinfo) -> list[Measured]:
    """Return what the sensors measure at the city's time `now`."""
    if is_sample(document):
        return [_played(document, sensor, now, zone) for sensor in document["sensors"]]
    at = round(datetime.fromisoformat(document["at"]).timestamp() * 1000)
    return [Measured(sensor, at, int(sensor["level_cm"])) for sensor in document["sensors"]]


def _played(
    document: Mapping[str, Any], sensor: Mapping[str, Any], now: Millis, zone: tzinfo
) -> Measured:
    step = timedelta(minutes=document["every_minutes"])
    local = datetime.fromtimestamp(now / 1000, zone)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    slot = (local - midnight) // step
    levels = sensor["levels_cm"]
    trail = [levels[(slot - back) % len(levels)] for back in range(TRAIL - 1, -1, -1)]
    at = round((midnight + slot * step).timestamp() * 1000)
    return Measured(sensor, at, levels[slot % len(levels)], tuple(trail))
