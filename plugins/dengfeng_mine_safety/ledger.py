"""The ledger: the hidden dangers that inspections found, each with its steps.

A ledger is JSON: {"dangers": [{"id", "mine", "cell", "what", "major": bool, "owner", "found",
"due", "submitted", "closed"}]}, instants in ISO 8601, null for what has not happened. In the sample
they are hours from the midnight before, so that it looks the same on every day.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any

from commandcenter.api import DAY, HOUR, Millis

FOLDER = Path(__file__).parent
STEPS = ("found", "submitted", "closed")


@dataclass(frozen=True)
class Danger:
    """A hidden danger as it stands; the instants of steps that lie ahead are None."""

    entry: Mapping[str, Any]
    found: Millis
    due: Millis
    submitted: Millis | None
    closed: Millis | None

    @property
    def key(self) -> str:
        """Its number in the ledger."""
        return str(self.entry["id"])


def dangers(document: Mapping[str, Any], now: Millis, zone: tzinfo) -> Iterator[Danger]:
    """Yield the dangers that are known at `now`; one that was closed a day ago is history."""
    origin = _midnight(now, zone) if "sample" in document else None
    for entry in document["dangers"]:
        found, submitted, closed = (_instant(entry.get(step), origin, now) for step in STEPS)
        due = _instant(entry["due"], origin, None)
        if found is None or due is None or (closed is not None and closed < now - DAY):
            continue
        yield Danger(entry, found, due, submitted, closed)


def _midnight(now: Millis, zone: tzinfo) -> Millis:
    local = datetime.fromtimestamp(now / 1000, zone)
    return round(local.replace(hour=0, minute=0, second=0, microsecond=0).timestamp() * 1000)


def _instant(said: Any, origin: Millis | None, until: Millis | None) -> Millis | None:
    """Return an instant of the ledger, None where there is none up to `until`."""
    if said is None:
        return None
    if origin is not None:
        at = origin + round(float(said) * HOUR)
    else:
        at = round(datetime.fromisoformat(said).timestamp() * 1000)
    return at if until is None or at <= until else None
