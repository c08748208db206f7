"""What acting in the field takes in and gives out, as models that check it and describe it."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from commandcenter.domain.cases import State
from commandcenter.domain.checks import Finding
from commandcenter.host.wording import Key, Line, Words
from commandcenter.web.command_documents import IdempotencyKey
from commandcenter.web.coordination_documents import Instant, Note
from commandcenter.web.documents import CellName, Document, Id

Lng = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
Lat = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
Address = Annotated[str, StringConstraints(pattern=r"^/photos/[1-9][0-9]{0,17}$")]
MOST_PHOTOS = 9


class Taken(BaseModel):
    """What the API takes in."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class PhotoQuery(BaseModel):
    """Where a photo was taken: for a case, in a cell, or at a point; else in the scope's cell."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    case: Id | None = None
    cell: Key | None = None
    lng: Lng | None = None
    lat: Lat | None = None


class PhotoDocument(Document):
    """A photo that is kept: its address, by which evidence names it, and that of its small one."""

    id: int
    url: str
    thumb: str
    width: int
    height: int
    cell: str


class StartDocument(Taken):
    """A case that somebody starts in the field: a place or a cell, a matter or words, photos.

    With a point the cell is found by it. `at` is when it was seen, without it now. The same
    `idempotency_key` of the same caller, which may also be the header Idempotency-Key, is the same
    case.
    """

    lng: Lng | None = None
    lat: Lat | None = None
    cell: Key | None = None
    matter: Key | None = None
    title: Line = ""
    description: Annotated[Words, StringConstraints(max_length=4000)] = ""
    photos: Annotated[list[Address], Field(max_length=MOST_PHOTOS)] = []
    at: Instant | None = None
    idempotency_key: IdempotencyKey | None = None


class StartedDocument(Document):
    """The case that was started; `duplicate` is one that was there under the same key."""

    status: Literal["accepted", "duplicate"]
    id: int
    cell: str
    state: State
    matter: str | None
    merged_into: int | None


class CheckDocument(Taken):
    """What was found in a coloured cell; without `next_check` the rule says when to look again.

    `photo` is the number of one that was sent before.
    """

    finding: Finding
    note: Note = ""
    next_check: Instant | None = None
    photo: Id | None = None
    idempotency_key: IdempotencyKey | None = None


class CheckedDocument(Document):
    """A check; who may not see persons is told neither by whom nor the note nor the photo."""

    at: datetime
    by: str
    finding: Finding
    note: str
    next_check: datetime
    photo: str | None = None
    """The address of the photo that was taken."""


class ChecksDocument(Document):
    """The colour that a cell was last given, by which rule, and its checks, the newest first."""

    cell: str
    colour: str
    """One of blue, yellow, red."""
    rule: str
    checks: list[CheckedDocument]


class PointQuery(BaseModel):
    """A point."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    lng: Lng
    lat: Lat


class SpotDocument(Document):
    """What lies at a point: its cell with those above it in the scope, the highest first."""

    cell: str
    line: list[CellName]


GIVEN: tuple[type[BaseModel], ...] = (
    PhotoDocument, StartedDocument, ChecksDocument, SpotDocument,
)  # fmt: skip
TAKEN: tuple[type[BaseModel], ...] = (StartDocument, CheckDocument)
