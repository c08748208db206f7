"""What sources and HTTP callers hand in: reports and updates of cases, checked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, NamedTuple

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from commandcenter.domain.cases import Command
from commandcenter.domain.clocks import Millis
from commandcenter.domain.evidence import Exhibit
from commandcenter.host.readings import Reading
from commandcenter.host.told import Told
from commandcenter.host.wording import Key, Line, Link, Words


def _on_the_calendar(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("must lie in the years 1 to 9999 of UTC") from error


class Reporter(BaseModel):
    """Who reported; personal data, shown only to viewers with the clearance for it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[Words, StringConstraints(max_length=64)] | None = None
    phone: Annotated[Words, StringConstraints(max_length=32)] | None = None


class Report(BaseModel):
    """One report; it needs a place (`lng` and `lat`) or a cell.

    `occurred_at` is ISO 8601 with an offset. `desk` is "auto" for a report that is filed and
    dispatched by rule as soon as it comes, "source" for one whose source says every later move.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: Key
    external_id: Annotated[Words, StringConstraints(min_length=1, max_length=128)]
    channel: Key
    title: Annotated[Line, Field(min_length=1)]
    description: Annotated[Words, StringConstraints(max_length=4000)] = ""
    matter: Key | None = None
    lng: Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)] | None = None
    lat: Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)] | None = None
    cell: Key | None = None
    occurred_at: Annotated[AwareDatetime, AfterValidator(_on_the_calendar)]
    reporter: Reporter | None = None
    # A list that is made anew costs less than a copy of an empty one.
    attachments: Annotated[list[Link], Field(max_length=20)] = Field(
        default_factory=list, json_schema_extra={"default": []}
    )


class Update(NamedTuple):
    """What a source says of a case it reported: one command, at the source's own instant.

    `due` sets the deadline of the handling, where the source knows it; `unit` is the unit's code,
    or says whose part of a cross case it is; `units` are those that share one and `lead` leads
    them. `matter` is what a case is filed as, `master` the external id of the case that it is
    merged into, `rating` 1 to 5. `evidence` are addresses of pictures and papers; of a history
    they are not kept.
    """

    source: str
    external_id: str
    command: Command
    at: Millis
    unit: str | None = None
    due: Millis | None = None
    note: str = ""
    matter: str | None = None
    units: tuple[str, ...] = ()
    lead: str | None = None
    master: str | None = None
    rating: int | None = None
    evidence: tuple[Exhibit, ...] = ()


@dataclass(frozen=True, slots=True)
class Filing:
    """A report that comes from a source which says every later move itself, with its instant."""

    report: Report
    at: Millis


class Life(NamedTuple):
    """A whole past case for the history: plain values, not checked again, and its updates in order.

    `cell` is the code of a cell of the deepest level the city has there.
    """

    external_id: str
    channel: str
    matter: str
    title: str
    cell: str
    at: Millis
    lng: float | None = None
    lat: float | None = None
    description: str = ""
    updates: Sequence[Update] = ()


Delivery = Report | Filing | Update | Reading | Told
"""What a source yields, in lists."""
