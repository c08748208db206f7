"""What sources say of whistles and directives; cells and units by their codes."""

from typing import Annotated, NamedTuple

from pydantic import Field, StringConstraints

from commandcenter.domain.clocks import Millis
from commandcenter.domain.directives import Act as DirectiveAct
from commandcenter.domain.whistles import BEST, MOST_UNITS, WORST
from commandcenter.domain.whistles import Act as WhistleAct
from commandcenter.host.wording import Key, Line, Words

LATEST = 253_402_300_799_999
"""The last millisecond of the year 9999."""
Instant = Annotated[Millis, Field(ge=0, le=LATEST, strict=True)]
Name = Annotated[Words, StringConstraints(min_length=1, max_length=128)]
Noted = Annotated[Words, StringConstraints(max_length=4000)]
Title = Annotated[Line, StringConstraints(min_length=1)]
Depth = Annotated[int, Field(ge=0, le=100, strict=True)]
Code = Annotated[Words, StringConstraints(max_length=64)]


class Whistle(NamedTuple):
    """A level whistles for units to a cell, by when and why; `external_id` is the source's name
    for it, and `case` that of a case it reported. A `due` of None is half an hour later.
    """

    source: Key
    external_id: Name
    cell: Code
    depth: Depth
    title: Title
    units: Annotated[tuple[Code, ...], Field(min_length=1, max_length=MOST_UNITS)]
    at: Instant
    due: Instant | None = None
    reason: Noted = ""
    place: Line = ""
    case: Name | None = None


class CallUpdate(NamedTuple):
    """What a called unit does, or with `rate` what it thinks (1 to 5); `recall` names no unit."""

    source: Key
    external_id: Name
    act: WhistleAct
    at: Instant
    unit: Code = ""
    note: Noted = ""
    rating: Annotated[int, Field(ge=WORST, le=BEST, strict=True)] | None = None


class Directive(NamedTuple):
    """An order to all cells of the level `depth_to` in a cell."""

    source: Key
    external_id: Name
    cell: Code
    depth_to: Depth
    title: Title
    at: Instant
    deadline: Instant
    body: Noted = ""


class CellUpdate(NamedTuple):
    """How far a cell is with a directive; `recall` takes it back and names no cell."""

    source: Key
    external_id: Name
    act: DirectiveAct
    at: Instant
    cell: Code = ""
    note: Noted = ""


Told = Whistle | CallUpdate | Directive | CellUpdate
"""What a source says that is no report."""
KINDS: dict[str, type[Told]] = {
    "whistle": Whistle, "call": CallUpdate, "directive": Directive, "cell": CellUpdate,
}  # fmt: skip
"""The names under which they go between processes."""
