"""What a city plugin gives: levels, cells, outlines, units."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from commandcenter.domain.cells import Cell, Level, Officer
from commandcenter.domain.clocks import Calendar, Millis
from commandcenter.domain.matters import Duty, Unit
from commandcenter.domain.text import Text


class Progress(Protocol):
    """Told how far a long piece of work is."""

    def __call__(self, what: str, done: int, total: int) -> None:
        """Say that `done` of `total` of the part named `what` is done."""


@dataclass(frozen=True)
class CityData:
    """What building a city yields: its cells, its outlines as WKB in WGS 84 by code, its units."""

    cells: tuple[Cell, ...]
    outlines: Mapping[str, bytes]
    units: tuple[Unit, ...]


@dataclass(frozen=True)
class City:
    """A city: the core learns levels, codes and cells from it and knows none by itself.

    `digest` names what `build` yields: build is called only when no stored or cached data has the
    same digest. `notes` are said on every screen, as that data is simulated or replayed.
    `duties` are the kinds of its units, as a table of matters names them. `staff` says who works
    for a cell at an instant beside its chief: deputies first, then who is on duty.
    """

    key: str
    title: Text
    levels: tuple[Level, ...]
    calendar: Calendar
    digest: str
    build: Callable[[Progress], CityData]
    platform: Text
    attribution: str = ""
    notes: tuple[Text, ...] = field(default=())
    duties: tuple[Duty, ...] = ()
    staff: Callable[[Cell, Millis], Sequence[Officer]] | None = None
