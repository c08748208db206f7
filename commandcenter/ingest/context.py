"""What a running source sees of the server."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Event
from time import time
from typing import Any

from commandcenter.cases import sources
from commandcenter.domain.cells import Tree
from commandcenter.domain.clocks import Calendar, CityClock, Millis
from commandcenter.domain.matters import Channel, Matter, Unit
from commandcenter.domain.viewers import Viewer
from commandcenter.store.cities import load_outline, load_outlines
from commandcenter.store.store import Store

LONGEST_WAIT = 3600.0


@dataclass(frozen=True)
class Context:
    """The `SourceContext` of one source; `stopping` is set when it is to end."""

    store: Store
    viewer: Viewer
    tree: Tree
    calendar: Calendar
    clock: CityClock
    matters: Mapping[str, Matter]
    channels: Mapping[str, Channel]
    units: Sequence[Unit]
    options: Mapping[str, Any]
    stopping: Event = field(default_factory=Event)
    real: Callable[[], float] = time

    def now(self) -> Millis:
        """Return the city's time."""
        return self.clock.now(round(self.real() * 1000))

    def wait(self, until: Millis) -> bool:
        """Wait until the city's time `until`; False tells the source to end."""
        while not self.stopping.is_set():
            left = self.clock.real(until) / 1000 - self.real()
            if left <= 0:
                return True
            self.stopping.wait(min(left, LONGEST_WAIT))
        return False

    def outline(self, code: str) -> bytes | None:
        """Return a cell's outline as WKB in WGS 84, None if it has none."""
        position = self.tree.position.get(code)
        if position is None:
            return None
        with self.store.read() as connection:
            return load_outline(connection, position)

    def outlines(self) -> Mapping[str, bytes]:
        """Return all outlines as WKB in WGS 84, by cell code."""
        with self.store.read() as connection:
            found = load_outlines(connection)
        return {self.tree.cells[position].code: wkb for position, wkb in found.items()}

    def open_cases(self) -> Iterator[tuple[str, str, str, str, Millis]]:
        """Yield this source's open cases."""
        with self.store.read() as connection:
            found = sources.open_cases(connection, self.viewer, self.viewer.name)
        for external, state, matter, position, since in found:
            yield external, state, matter, self.tree.cells[position].code, since

    def last_at(self) -> Millis | None:
        """Return the instant of the last move this source caused."""
        with self.store.read() as connection:
            return sources.last_move_at(connection, self.viewer)

    def last_word_at(self) -> Millis | None:
        """Return the instant of the last thing it said of a whistle or directive."""
        with self.store.read() as connection:
            return sources.last_act_at(connection, self.viewer)


def numbers(options: Mapping[str, str]) -> dict[str, str | int | float]:
    """Return options with those that look like numbers as numbers."""
    found: dict[str, str | int | float] = dict(options)
    for name, value in options.items():
        for kind in (float, int):
            with suppress(ValueError):
                found[name] = kind(value)
    return found
