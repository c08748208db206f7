"""What a source asks and waits for, in a test: the small city, and a clock that never waits."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from commandcenter.domain.cells import Tree
from commandcenter.domain.clocks import Calendar, CityClock, Millis
from commandcenter.domain.matters import Channel, Matter, Unit
from commandcenter.host.deliveries import check
from commandcenter.host.plugin import EVERYWHERE
from commandcenter.host.reports import Delivery
from commandcenter.host.source import Source
from commandcenter.sandbox.world import part_of
from commandcenter.testing.clock import FrozenClock
from commandcenter.testing.ready import ReadyCity

WAITS = 3


@dataclass
class FakeContext:
    """The `SourceContext` of a test; waiting moves the clock, and ends the source after `waits`."""

    city: ReadyCity
    frozen: FrozenClock = field(default_factory=FrozenClock)
    options: Mapping[str, Any] = field(default_factory=dict)
    waits: int = WAITS
    cases: Sequence[tuple[str, str, str, str, Millis]] = ()
    last: Millis | None = None
    last_word: Millis | None = None

    @cached_property
    def tree(self) -> Tree:
        """The cells of the plugin's district, as the server gives them to it; else of the city."""
        districts = self.city.districts
        if len(districts) > 1 or districts[0] == EVERYWHERE:
            return self.city.tree
        return part_of(self.city.tree, districts[0])

    @property
    def channels(self) -> Mapping[str, Channel]:
        """The channels by key."""
        return {channel.key: channel for channel in self.city.channels}

    @property
    def matters(self) -> Mapping[str, Matter]:
        """The catalogue of matters by code."""
        return {matter.code: matter for matter in self.city.matters}

    @property
    def calendar(self) -> Calendar:
        """Working days and the time zone."""
        return self.city.spec.calendar

    @property
    def units(self) -> Sequence[Unit]:
        """All units."""
        return self.city.data.units

    @property
    def clock(self) -> CityClock:
        """The city's clock."""
        return self.frozen.city_clock

    def now(self) -> Millis:
        """Return the time of the frozen clock."""
        return self.frozen.now

    def wait(self, until: Millis) -> bool:
        """Move the clock to `until`; False once the source has waited often enough."""
        if self.waits == 0:
            return False
        self.waits -= 1
        self.frozen.move_to(until)
        return True

    def outline(self, code: str) -> bytes | None:
        """Return a cell's outline as WKB in WGS 84, None if it has none."""
        return self.city.data.outlines.get(code)

    def outlines(self) -> Mapping[str, bytes]:
        """Return all outlines by cell code."""
        return self.city.data.outlines

    def open_cases(self) -> Iterator[tuple[str, str, str, str, Millis]]:
        """Yield the given open cases."""
        yield from self.cases

    def last_at(self) -> Millis | None:
        """Return the given instant of the source's last move."""
        return self.last

    def last_word_at(self) -> Millis | None:
        """Return the given instant of the source's last word on a whistle or directive."""
        return self.last_word

    def batches(self, source: Source) -> Iterator[Sequence[Delivery]]:
        """Yield the lists of a source, each checked as the server does; raises PluginError."""
        for batch in source.run(self):
            yield check(batch, source.key)

    def collect(self, source: Source) -> list[Delivery]:
        """Run a source until it has waited often enough and return all that it delivered."""
        return [delivery for batch in self.batches(source) for delivery in batch]
