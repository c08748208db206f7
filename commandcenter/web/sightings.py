"""When each source was last seen, from all that the workers tell of them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from commandcenter.domain.clocks import Millis
from commandcenter.domain.figures import Figure
from commandcenter.host.catalogue import SourceSpec
from commandcenter.live.stats import Heard

STATES = ("running", "waiting", "failed", "ended", "unheard")
SILENT_INTERVALS = 3.0
"""A source that brought nothing for so many of its intervals is silent, as a tile is stale."""


@dataclass(frozen=True)
class Sighting:
    """How a source is; `age` counts seconds since its last delivery, or since we look for one."""

    source: SourceSpec
    state: str
    reason: str
    age: float
    is_seen: bool

    @property
    def is_silent(self) -> bool:
        """Whether somebody should look after it."""
        if self.state in ("failed", "unheard"):
            return True
        return self.state != "ended" and self.age > SILENT_INTERVALS * self.source.interval


def sightings(
    sources: Mapping[str, SourceSpec], processes: Iterable[Heard], since: Millis, now: Millis
) -> list[Sighting]:
    """Return every source of the city, the silent ones first; `now` is the real time.

    A worker that counts still knows what it was told when the process of the sources is gone.
    """
    told: dict[str, list[tuple[str, Mapping[str, Any]]]] = {key: [] for key in sources}
    for heard in processes:
        for note in heard.message.get("notes", {}).get("sources", ()):
            if note["key"] in told:
                told[note["key"]].append((heard.role, note))
    found = [_sighting(spec, told[key], since, now) for key, spec in sources.items()]
    return sorted(found, key=lambda one: (not one.is_silent, one.source.key))


def figures(seen: Iterable[Sighting]) -> Iterator[Figure]:
    """Yield age and state of each source."""
    for one in seen:
        labels = {"source": one.source.key}
        yield Figure("commandcenter_source_age_seconds", one.age, labels)
        yield Figure("commandcenter_source_interval_seconds", one.source.interval, labels)
        yield Figure("commandcenter_source_silent", one.is_silent, labels)
        for state in STATES:
            stands = {**labels, "state": state}
            yield Figure("commandcenter_source_state", one.state == state, stands)


def _sighting(
    spec: SourceSpec, told: list[tuple[str, Mapping[str, Any]]], since: Millis, now: Millis
) -> Sighting:
    last = max((note["last"] or 0 for _, note in told), default=0)
    running = [note for role, note in told if role == "ingest"]
    newest = max(running, key=lambda note: note["last"] or 0, default=None)
    age = max(0, now - (last or since)) / 1000
    if newest is None:
        return Sighting(spec, "unheard", "", age, bool(last))
    return Sighting(spec, str(newest["state"]), str(newest["reason"]), age, bool(last))
