"""Matters, channels and units: what is reported, how, and who is responsible."""

from dataclasses import dataclass

from commandcenter.domain.clocks import Limit
from commandcenter.domain.text import Text


@dataclass(frozen=True, slots=True)
class Matter:
    """One entry of the catalogue of matters (事项).

    `duty` names the kind of unit that is responsible; the unit is the nearest one of that kind at
    or above the case's cell. `depth` is the level that holds the case once it is dispatched.
    `words` are what a report's text is searched for when it names no matter.
    """

    code: str
    title: Text
    group: Text
    subgroup: Text
    limit: Limit
    duty: str
    depth: int
    dispatches_itself: bool = False
    words: tuple[str, ...] = ()
    frequency: float = 1.0


@dataclass(frozen=True, slots=True)
class Channel:
    """A way in which reports come (渠道)."""

    key: str
    title: Text


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit that handles cases of one `duty` in and under one cell (a cell code)."""

    code: str
    title: Text
    duty: str
    cell: str
