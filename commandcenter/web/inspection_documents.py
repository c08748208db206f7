"""What inspections take in and give out, as models that check and describe them."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from commandcenter.domain.cases import State
from commandcenter.domain.inspections import MOST_PHOTOS, InspectionAct, InspectionState
from commandcenter.host.wording import Key, Line, Words
from commandcenter.web.command_documents import IdempotencyKey
from commandcenter.web.coordination_documents import Code, Instant, Query, Taken
from commandcenter.web.documents import CellName, Document, Id

MOST_DEEDS = 200
MOST_GIVEN_POINTS = 500
Summary = Annotated[Words, StringConstraints(max_length=4000)]
Longitude = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
Latitude = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]


class BeginInspectionDocument(Taken):
    """An inspection that begins in `cell`; without `at` it begins when it is heard of.

    `key` is the caller's own name for it, without it the header Idempotency-Key is: the same again
    is the same inspection. Without a title it is called after its cell.
    """

    cell: Key
    title: Line = ""
    at: Instant | None = None
    lng: Longitude | None = None
    lat: Latitude | None = None
    key: IdempotencyKey | None = None
    idempotency_key: IdempotencyKey | None = None


class PointDocument(Taken):
    """Where one was on the way."""

    at: Instant
    lng: Longitude
    lat: Latitude


class InspectionActDocument(Taken):
    """What is done in an inspection, `at` an instant of the caller's own clock.

    A visit names its `cell`, a note has `text` or `photos`, a find its `case`, a route its
    `points`; the `text` of an end is the summary. The same `key` is the same act; that of a single
    one may also be the header Idempotency-Key.
    """

    act: Literal["visit", "note", "find", "route", "end"]
    at: Instant | None = None
    cell: Key | None = None
    lng: Longitude | None = None
    lat: Latitude | None = None
    text: Summary = ""
    case: Id | None = None
    photos: Annotated[tuple[Id, ...], Field(max_length=MOST_PHOTOS)] = ()
    points: Annotated[tuple[PointDocument, ...], Field(max_length=MOST_GIVEN_POINTS)] = ()
    key: IdempotencyKey | None = None


class HeardActDocument(Document):
    """What became of an act; a refused one says why.

    `outside` counts places out of the scope or the time, of which nothing was kept.
    """

    key: str | None
    status: Literal["taken", "known", "refused"]
    outside: int
    code: str | None = None
    message: str | None = None
    field: str | None = None


class InspectionLineDocument(Document):
    """An inspection in a list; what it counts lies in the caller's scope."""

    id: int
    title: str
    who: str
    mine: bool
    cell: CellName | None
    started_at: datetime
    ended_at: datetime | None
    state: InspectionState
    visited: int
    found: int
    open: int


class HeardActsDocument(Document):
    """What became of acts, in the order in which they were given, and how the inspection is now."""

    inspection: InspectionLineDocument
    answers: list[HeardActDocument]


class InspectionsDocument(Document):
    """A page of inspections, newest first; `cursor` asks for the next one, null at the end."""

    inspections: list[InspectionLineDocument]
    cursor: int | None


class InspectionStepDocument(Document):
    """One act of an inspection; `heard_at` is when the server learned of it."""

    act: InspectionAct
    at: datetime
    heard_at: datetime
    who: str
    cell: CellName
    lng: float | None
    lat: float | None
    text: str
    case: int | None
    photos: list[int]


class FindingDocument(Document):
    """A case that was found, as it is now; `found` is another id where it was merged since."""

    case: int
    found: int
    title: str
    cell: CellName
    unit: str | None
    state: State
    since: datetime
    due: datetime | None
    open: bool
    overdue: bool
    supervised: bool


class InspectionDocument(InspectionLineDocument):
    """An inspection with its acts in the order of their time, its findings, what is open first.

    `route` is a list of [lng, lat], at least 20 m apart; `metres` is how long it is.
    """

    summary: str
    metres: int
    acts: list[InspectionStepDocument]
    findings: list[FindingDocument]
    route: list[tuple[float, float]]


class InspectionsQuery(Query):
    """Which inspections: in a cell, one's own, running or not."""

    cell: Code | None = None
    mine: bool | None = None
    running: bool | None = None
    cursor: Id | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 30


TAKEN = (BeginInspectionDocument, InspectionActDocument)
GIVEN = (InspectionsDocument, InspectionDocument, HeardActsDocument)
