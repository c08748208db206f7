"""Readings: what the things that a source watches say now, kept for the panels of its plugin."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, get_args

import orjson

from commandcenter.domain.clocks import Millis
from commandcenter.host.kit import Tone

MOST_KEYS = 1000
"""How many readings of one source are kept."""
MAX_BYTES = 2048
"""Of the values of one reading, as JSON."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The latest word of one thing: a sensor, a point, an entry of a list.

    `key` says which, `at` when it was so, `values` is JSON by name (None: the thing is gone). It
    lies in the cell with the code `cell`, else where `lng`, `lat` (WGS 84) is, else in the district
    of the plugin. A view gives it with the code of its cell filled in.
    """

    key: str
    at: Millis
    values: Mapping[str, Any] | None = field(default_factory=dict)
    cell: str | None = None
    lng: float | None = None
    lat: float | None = None


@dataclass(frozen=True, slots=True)
class Device:
    """A device as the page of a cell lists it: what its reading says of it under `device`."""

    key: str
    name: str
    says: str
    tone: Tone
    at: Millis
    cell: str


TONES = frozenset(get_args(Tone))
RANKS = {"red": 0, "yellow": 1}
LONGEST_SAID = 60


def device_of(reading: Reading) -> Device | None:
    """Return the device that a reading speaks of, None where it is said of none."""
    said = (reading.values or {}).get("device")
    if not isinstance(said, Mapping) or reading.cell is None:
        return None
    name, says, tone = said.get("name"), said.get("says", ""), said.get("tone", "plain")
    if not (isinstance(name, str) and name and isinstance(says, str) and tone in TONES):
        return None
    named, words = name[:LONGEST_SAID], says[:LONGEST_SAID]
    return Device(reading.key, named, words, tone, reading.at, reading.cell)


def by_need(devices: Iterable[Device]) -> list[Device]:
    """Return devices in order: red, then yellow, then the others, each by name."""
    return sorted(devices, key=lambda d: (RANKS.get(d.tone, len(RANKS)), d.name, d.key))


def body_of(reading: Reading) -> bytes:
    """Return the values of a reading as JSON; raises ValueError that says what is wrong."""
    if not isinstance(reading.values, Mapping):
        raise ValueError(f"values is {type(reading.values).__name__}, a dict is needed")
    try:
        body = orjson.dumps(reading.values, option=orjson.OPT_SERIALIZE_NUMPY)
    except TypeError as error:
        raise ValueError(f"values are no JSON: {error}") from error
    if len(body) > MAX_BYTES:
        raise ValueError(f"values have {len(body):,} bytes, at most {MAX_BYTES:,} are kept")
    return body
