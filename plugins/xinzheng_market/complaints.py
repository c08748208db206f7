"""The list of complaints: each with its shop, what it is about, and its steps.

A list is JSON: {"week": [complaints of each of the last seven days, the oldest first],
"complaints": [{"id", "shop", "kind", "what", "cell", "station", "at", "taken", "closed"}]},
instants in ISO 8601, null for what has not happened. In the sample they are hours from the midnight
before, so that it comes in anew on every day.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any

from commandcenter.api import HOUR, Millis

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Complaint:
    """A complaint as it stands; the instants of steps that lie ahead are None."""

    key: str
    entry: Mapping[str, Any]
    at: Millis
    taken: Millis | None
    closed: Millis | None


def complaints(document: Mapping[str, Any], now: Millis, zone: tzinfo) -> Iterator[Complaint]:
    """Yield what has been complained about up to `now`."""
    local = datetime.fromtimestamp(now / 1000, zone)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    origin = round(midnight.timestamp() * 1000) if "sample" in document else None
    # The same recording comes in as other complaints on another day.
    day = f"{local:%m%d}-" if origin is not None else ""
    for entry in document["complaints"]:
        at, taken, closed = (
            _instant(entry.get(step), origin, now) for step in ("at", "taken", "closed")
        )
        if at is not None:
            yield Complaint(f"{day}{entry['id']}", entry, at, taken, closed)


def _instant(said: Any, origin: Millis | None, now: Millis) -> Millis | None:
    """Return an instant of the list, None where there is none up to `now`."""
    if said is None:
        return None
    if origin is not None:
        at = origin + round(float(said) * HOUR)
    else:
        at = round(datetime.fromisoformat(said).timestamp() * 1000)
    return at if at <= now else None
