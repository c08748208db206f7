"""Matters, channels and units: what is reported, how, and who is responsible."""

from collections.abc import Iterable
from dataclasses import dataclass

from commandcenter.domain.clocks import Limit
from commandcenter.domain.evidence import Evidence
from commandcenter.domain.text import Text

UNSAID = Text("")


@dataclass(frozen=True, slots=True)
class Matter:
    """One entry of the catalogue of matters (事项).

    `duty` names the kind of unit that is responsible; the unit is the nearest one of that kind at
    or above the case's cell. `depth` is the level that holds the case once it is dispatched.
    `words` are what a report's text is searched for when it names no matter. A report is filed when
    `filing` holds and the case closed when `closing` does. A unit of one of the `forbidden` levels
    must not be given such a case. `invented` says that the entry is made up, and not one of the
    published classes. `evidence` is what must come with the word that a case is handled.
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
    filing: Text = UNSAID
    closing: Text = UNSAID
    invented: bool = False
    forbidden: tuple[int, ...] = ()
    evidence: Evidence = Evidence.NONE


@dataclass(frozen=True, slots=True)
class Duty:
    """What a kind of unit is responsible for (权责), and the level that has such units."""

    key: str
    depth: int
    title: Text


@dataclass(frozen=True, slots=True)
class PublicForm:
    """What the page asks on which anybody may report, without an account.

    It asks in any case what is wrong and where, after `prompt`.
    """

    prompt: Text
    asks_photo: bool = True
    asks_phone: bool = True


@dataclass(frozen=True, slots=True)
class Channel:
    """A way in which reports come (渠道).

    By a `field` channel those report who work in the city and see something on their way; by one
    with a `form` anybody who scans the poster of a place.
    """

    key: str
    title: Text
    field: bool = False
    form: PublicForm | None = None


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit that handles cases of one `duty` in and under one cell (a cell code)."""

    code: str
    title: Text
    duty: str
    cell: str


def of_level(matters: Iterable[Matter], depth: int) -> list[Matter]:
    """Return the matters that a level must do (事项清单)."""
    return [matter for matter in matters if matter.depth == depth]


def of_duty(matters: Iterable[Matter], duty: str) -> list[Matter]:
    """Return what units of a kind are responsible for (权责清单)."""
    return [matter for matter in matters if matter.duty == duty]


def forbidden_at(matters: Iterable[Matter], depth: int) -> list[Matter]:
    """Return the matters that units of a level must not be given (禁入清单)."""
    return [matter for matter in matters if depth in matter.forbidden]
