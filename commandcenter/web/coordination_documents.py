"""What whistles and directives take in and give out, as models that check and describe them.

Long: each is a few lines, and they refer to each other.
"""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from commandcenter.domain.coordination import CallState
from commandcenter.domain.directives import MOST_ACTS
from commandcenter.domain.whistles import BEST, MOST_UNITS, WORST
from commandcenter.host.wording import Key, Line, Words
from commandcenter.web.command_documents import IdempotencyKey
from commandcenter.web.documents import Document, Id

Title = Annotated[Line, Field(min_length=1)]
Note = Annotated[Words, StringConstraints(max_length=1000)]
Text = Annotated[Words, StringConstraints(max_length=4000)]
Unit = Annotated[Words, StringConstraints(min_length=1, max_length=64)]
CellAct = Literal["receive", "act", "done"]
LATEST_YEAR = 9998


def _in_years(moment: datetime) -> datetime:
    if not 1970 <= moment.year <= LATEST_YEAR:
        raise ValueError(f"must lie in the years 1970 to {LATEST_YEAR}")
    return moment


Instant = Annotated[AwareDatetime, AfterValidator(_in_years)]


class Taken(BaseModel):
    """What the API takes in."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class BlowDocument(Taken):
    """A whistle: `units` are called to `cell` by `due`, without it within half an hour.

    `level` is the one that whistles (its key), without it the lowest one that may. The same
    `idempotency_key` of the same caller, which may also be the header Idempotency-Key, is the same
    whistle.
    """

    cell: Key
    title: Title
    units: Annotated[list[Unit], Field(min_length=1, max_length=MOST_UNITS)]
    level: Key | None = None
    due: Instant | None = None
    reason: Text = ""
    place: Line = ""
    lng: Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)] | None = None
    lat: Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)] | None = None
    case: Id | None = None
    idempotency_key: IdempotencyKey | None = None


class CallActDocument(Taken):
    """What is said of a whistle: by a called unit, by either side that rates, or a recall."""

    act: Literal["report_in", "act", "done", "rate", "recall"]
    unit: Unit | None = None
    note: Note = ""
    rating: Annotated[int, Field(ge=WORST, le=BEST)] | None = None


class IssueDocument(Taken):
    """A directive to all cells of `level` (its key) in `cell`, without `deadline` for two hours.

    The same `idempotency_key` of the same caller, which may also be the header Idempotency-Key, is
    the same directive.
    """

    cell: Key
    level: Key
    title: Title
    body: Text = ""
    deadline: Instant | None = None
    idempotency_key: IdempotencyKey | None = None


class CellActDocument(Taken):
    """How far a cell is with a directive."""

    cell: Key
    act: CellAct
    note: Note = ""


class CellActsDocument(Taken):
    """How far cells are, up to five thousand at once."""

    acts: Annotated[list[CellActDocument], Field(min_length=1, max_length=MOST_ACTS)]


class RecallDocument(Taken):
    """Why a directive is recalled."""

    note: Note = ""


class CallLineDocument(Document):
    """A called unit in a list; `late`: it did not report in by `due`."""

    unit: str
    state: CallState
    due: datetime
    reported_in_at: datetime | None
    late: bool


class CallDocument(CallLineDocument):
    """A called unit."""

    called_at: datetime
    late_at: datetime | None
    acting_at: datetime | None
    done_at: datetime | None
    note: str
    rating_by_caller: int | None
    rating_by_called: int | None


class WhistleHead(Document):
    """What lists and pages of whistles have in common."""

    id: int
    title: str
    cell: str
    level: str
    place: str
    caller: str
    caller_unit: str | None
    created_at: datetime
    due: datetime
    state: str
    case: int | None


class WhistleLineDocument(WhistleHead):
    """A whistle in a list; who may not see persons is not told the caller."""

    calls: list[CallLineDocument]


class ActDocument(Document):
    """One act of a whistle or a directive."""

    act: str
    at: datetime
    actor: str
    note: str
    unit: str | None
    state: str
    on_time: bool | None


class WhistleDocument(WhistleHead):
    """A whistle with its calls and what was said of it."""

    reason: str
    lng: float | None
    lat: float | None
    ended_at: datetime | None
    version: int
    calls: list[CallDocument]
    acts: list[ActDocument]


class WhistlesDocument(Document):
    """A page of whistles, newest first; `cursor` asks for the next one, null at the end."""

    whistles: list[WhistleLineDocument]
    cursor: int | None


class ProgressDocument(Document):
    """How many cells are how far."""

    issued: int
    received: int
    acting: int
    done: int


class DirectiveLineDocument(Document):
    """A directive in a list; progress, total and late count the cells in the caller's scope."""

    id: int
    title: str
    cell: str
    from_level: str
    to_level: str
    issued_at: datetime
    deadline: datetime
    state: str
    progress: ProgressDocument
    total: int
    late: int


class LevelProgressDocument(Document):
    """How far the cells of a level are; each is as far as the least far one in it."""

    level: str
    progress: ProgressDocument


class CellProgressDocument(Document):
    """How far the cells under a cell are."""

    cell: str
    name: str
    progress: ProgressDocument


class LateCellDocument(Document):
    """A cell that is not done though the deadline has passed."""

    cell: str
    name: str
    state: str


class DirectiveDocument(DirectiveLineDocument):
    """A directive with its progress in one cell, and who is late in the scope, page by page."""

    body: str
    issuer: str
    cells: int
    late_at_deadline: int | None
    ended_at: datetime | None
    version: int
    levels: list[LevelProgressDocument]
    children: list[CellProgressDocument]
    late_cells: list[LateCellDocument]
    late_cursor: int | None
    acts: list[ActDocument]


class DirectivesDocument(Document):
    """A page of directives, newest first; `cursor` asks for the next one, null at the end."""

    directives: list[DirectiveLineDocument]
    cursor: int | None


class TakenDocument(Document):
    """What came of a list: cells that went on, those that said what was known, and those that the
    directive does not ask or that lie outside the scope.
    """

    changed: int
    unchanged: int
    unknown: list[str]


class Query(BaseModel):
    """What is asked in an address."""

    model_config = ConfigDict(frozen=True, extra="ignore")


Code = Annotated[str, Field(min_length=1, max_length=64)]
Limit = Annotated[int, Field(ge=1, le=200)]


class WhistlesQuery(Query):
    """Which whistles to list: under a cell, open or not, that call a unit, on a case."""

    cell: Code | None = None
    open: bool | None = None
    unit: Code | None = None
    case: Id | None = None
    cursor: Id | None = None
    limit: Limit = 50


class DirectivesQuery(Query):
    """Which directives to list: open ones or not."""

    open: bool | None = None
    cursor: Id | None = None
    limit: Limit = 50


class DirectiveQuery(Query):
    """Of which cell the progress is asked, and which page of late cells."""

    cell: Code | None = None
    late_cursor: Annotated[int, Field(ge=0, le=2**31 - 1)] | None = None
    late_limit: Annotated[int, Field(ge=1, le=1000)] = 100


GIVEN: tuple[type[BaseModel], ...] = (
    WhistleDocument, WhistlesDocument, DirectiveDocument, DirectivesDocument, TakenDocument,
)  # fmt: skip
TAKEN: tuple[type[BaseModel], ...] = (
    BlowDocument, CallActDocument, IssueDocument, CellActsDocument, RecallDocument,
)  # fmt: skip
