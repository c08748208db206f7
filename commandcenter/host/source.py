"""What a source is: an iterator of deliveries that the host runs, restarts and stops."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from commandcenter.domain.cells import Tree
from commandcenter.domain.clocks import Calendar, CityClock, Millis
from commandcenter.domain.matters import Channel, Matter, Unit
from commandcenter.domain.text import Text
from commandcenter.host.reports import Delivery, Filing, Life


class SourceContext(Protocol):
    """What a running source may ask: the city, the time, its options; and how it waits."""

    @property
    def tree(self) -> Tree:
        """The cells of the city."""

    @property
    def calendar(self) -> Calendar:
        """Working days and the time zone."""

    @property
    def clock(self) -> CityClock:
        """The city's clock."""

    @property
    def matters(self) -> Mapping[str, Matter]:
        """The catalogue of matters by code."""

    @property
    def channels(self) -> Mapping[str, Channel]:
        """The channels by key."""

    @property
    def units(self) -> Sequence[Unit]:
        """All units."""

    @property
    def options(self) -> Mapping[str, Any]:
        """Options by name, as rate, speed and seed."""

    def now(self) -> Millis:
        """Return the city's time."""

    def wait(self, until: Millis) -> bool:
        """Wait until the city's time `until`; False tells the source to end."""

    def outline(self, code: str) -> bytes | None:
        """Return a cell's outline as WKB in WGS 84, None if it has none."""

    def outlines(self) -> Mapping[str, bytes]:
        """Return all outlines by cell code, at the price of about a hundred single ones."""

    def open_cases(self) -> Iterator[tuple[str, str, str, str, Millis]]:
        """Yield this source's open cases: external id, state, matter, cell code, state since."""

    def last_at(self) -> Millis | None:
        """Return the instant of the last move this source caused, None if there is none."""

    def last_word_at(self) -> Millis | None:
        """Return the instant of the last thing it said of a whistle or directive, None for none."""


@dataclass(frozen=True)
class History:
    """How much past a demonstration asks a source for: cases spread over days before `until`."""

    cases: int
    days: int
    until: Millis


@dataclass(frozen=True)
class Source:
    """A source of reports.

    `run` yields lists of deliveries and ends when `context.wait` says so; it runs in the ingest
    worker, is restarted with backoff when it raises and shown as failed when it keeps raising.
    `interval` is the number of real seconds after which silence is late. `history` yields past
    cases in lists, oldest first, for a demonstration, and as a filing what intake is to refuse and
    keep; `clock` says what the city's time is while this source replays (None: the real one).
    """

    key: str
    title: Text
    run: Callable[[SourceContext], Iterator[Sequence[Delivery]]]
    interval: float = 60.0
    history: Callable[[SourceContext, History], Iterator[Sequence[Life | Filing]]] | None = None
    clock: Callable[[Mapping[str, Any], Millis], CityClock] | None = None
    simulated: bool = False
