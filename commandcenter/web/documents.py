"""What the API takes in and gives out, as models that check it and describe it."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from commandcenter.domain.cases import Command, State
from commandcenter.domain.clocks import ClockColour, ClockKind, Millis
from commandcenter.domain.evidence import Evidence
from commandcenter.host.wording import Key

LONGEST_ID = 2**63 - 1
Id = Annotated[int, Field(ge=1, le=LONGEST_ID)]


def moment(at: Millis) -> datetime:
    """Return an instant as documents have it."""
    return datetime.fromtimestamp(at / 1000, UTC)


class Document(BaseModel):
    """A thing the API gives out."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ErrorDetail(Document):
    """What is wrong, for programs and for people."""

    code: str
    message: str
    field: str | None = None
    request_id: str | None = None
    legal: list[str] | None = None
    """What would be legal instead."""
    version: int | None = None
    """The version that the case has now."""
    state: str | None = None
    """Where the case stands now."""
    words: str | None = None
    """The same for people, in the language of the request."""


class ErrorDocument(Document):
    """The one shape of errors."""

    error: ErrorDetail


class AnswerDocument(Document):
    """What became of one report; a rejected one says why and is kept to be sent again."""

    status: Literal["accepted", "duplicate", "rejected"]
    id: int | None = None
    code: str | None = None
    field: str | None = None
    message: str | None = None


class AnswersDocument(Document):
    """What became of each report, in the order they were given in."""

    answers: list[AnswerDocument]


class LevelDocument(Document):
    """A level of the tree."""

    key: str
    title: str


class CellName(Document):
    """A cell by its code."""

    code: str
    name: str


class ChiefDocument(Document):
    """Who answers for a cell."""

    name: str
    phone: str
    invented: bool


class CellDocument(CellName):
    """A cell of the tree; what lies outside the caller's scope is left out."""

    depth: int
    level: LevelDocument
    parent: CellName | None
    children: list[CellName]
    lng: float
    lat: float
    households: int
    kind: str
    chief: ChiefDocument | None


class CountsDocument(Document):
    """The counts of a cell and everything under it, by metric, at one place in the log of moves."""

    cell: str
    as_of: datetime
    seq: int
    counts: dict[str, int]


class CaseLineDocument(Document):
    """A case in a list."""

    id: int
    title: str
    channel: str
    matter: str | None
    cell: str
    unit: str | None
    state: State
    reported_at: datetime
    since: datetime
    due: datetime | None
    overdue: bool
    supervised: bool


class StepDocument(Document):
    """One move of a case."""

    command: Command
    at: datetime
    actor: str
    note: str
    state: State
    unit: str | None
    on_time: bool | None


class ReporterDocument(Document):
    """Who reported; given only to callers with the clearance for personal data."""

    name: str | None
    phone: str | None


class ClockDocument(Document):
    """The clock of a case; one that stands has no end, but `left_ms` of its own time.

    It turns yellow at `warn`, when 70 % of the limit are used up, and red at `due`.
    """

    kind: ClockKind
    limit_ms: int
    left_ms: int | None
    warn: datetime | None
    due: datetime | None
    colour: ClockColour


class MatterDocument(Document):
    """A matter: when it is filed and closed, how long it may take, and whose it is.

    `limit_hours` are hours of the clock's own time: a working day has 8. A unit of one of the
    levels in `forbidden` must not be given it. `invented` says that it is made up, `evidence` what
    must come with the word that a case of it is handled.
    """

    code: str
    title: str
    group: str
    subgroup: str
    filing: str
    closing: str
    clock: ClockKind
    limit_hours: float
    duty: str
    duty_title: str
    level: str
    dispatches_itself: bool
    forbidden: list[str]
    invented: bool
    evidence: Evidence


class CaseDocument(CaseLineDocument):
    """A case with its timeline; what the caller's clearance does not reach is null.

    `filed_as` is the matter as it was when the case was filed, `clock` the one that runs or stands;
    a case from before they were kept has neither.
    """

    source: str
    external_id: str
    occurred_at: datetime
    deadline: datetime | None
    lng: float | None
    lat: float | None
    description: str | None
    attachments: list[str]
    reporter: ReporterDocument | None
    version: int
    clock: ClockDocument | None
    moves: list[StepDocument]
    filed_as: MatterDocument | None = None


class CasesDocument(Document):
    """A page of cases, newest first; `cursor` asks for the next one, null at the end."""

    cases: list[CaseLineDocument]
    cursor: int | None


class PushDocument(BaseModel):
    """Values for some parts of a remote panel, and the instant for which they hold.

    `values` has a value by the name of each part that is to change, in the shapes of the panel kit;
    null says that it is not known. Without `at` they hold now; without `cell` for the plugin's
    district.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    values: Annotated[dict[str, Any], Field(min_length=1, max_length=100)]
    cell: Key | None = None
    at: AwareDatetime | None = None


class PushedDocument(Document):
    """What became of a put: `unchanged` was there already, `outdated` came after later values."""

    panel: str
    cell: str
    status: Literal["accepted", "unchanged", "outdated"]
    at: datetime


class PartDocument(Document):
    """A part of a panel; `kind` names it in the panel kit."""

    name: str
    kind: str


class PlaceDocument(Document):
    """How a remote panel stands at a cell; `reason` says why the last put was refused."""

    cell: str
    state: Literal["never", "live", "late", "stale", "refused"]
    at: datetime | None
    reason: str | None


class PanelDocument(Document):
    """A panel; of a remote one `state` is the worst of its places, `never` before the first put."""

    key: str
    title: str
    plugin: str
    districts: list[str]
    remote: bool
    interval: float
    parts: list[PartDocument]
    state: Literal["never", "live", "late", "stale", "refused"] | None
    places: list[PlaceDocument]


class PanelsDocument(Document):
    """The panels that may show something of the caller's scope."""

    panels: list[PanelDocument]


class CasesQuery(BaseModel):
    """Which cases to list: under a cell, in a state, with a clock that has run out or not."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    cell: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    state: State | None = None
    overdue: bool | None = None
    cursor: Id | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50
