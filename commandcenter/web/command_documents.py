"""What a command on a case takes in and gives out, as models that check it and describe it."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from commandcenter.domain.cases import Command, State
from commandcenter.host.wording import Key, Line, Link, Words
from commandcenter.web.documents import Document, Id

IdempotencyKey = Annotated[
    str, StringConstraints(min_length=1, max_length=80, pattern=r"^[\x21-\x7e]+$")
]


class ExhibitDocument(BaseModel):
    """A piece of evidence: where it lies, and what it shows."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: Annotated[Link, Field(min_length=1)]
    note: Line = ""


class CommandDocument(BaseModel):
    """A command on a case, with what it takes.

    With `version` it is refused if somebody else has changed the case since that version was read.
    `unit` handles the case, or has the part that is meant; `units` share a cross case, one of them
    as `lead`; `master` is the case into which this one is merged. With an `idempotency_key`, which
    may also be the header Idempotency-Key, the same command again gets the same answer.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    command: Command
    version: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = None
    note: Annotated[Words, StringConstraints(max_length=1000)] = ""
    unit: Key | None = None
    units: Annotated[list[Key], Field(max_length=20)] = []
    lead: Key | None = None
    matter: Key | None = None
    master: Id | None = None
    rating: Annotated[int, Field(ge=1, le=5)] | None = None
    evidence: Annotated[list[ExhibitDocument], Field(max_length=20)] = []
    idempotency_key: IdempotencyKey | None = None


class CommandedCase(Document):
    """Where a case stands after a command."""

    id: int
    state: State
    version: int
    cell: str
    depth: int
    unit: str | None
    matter: str | None
    since: datetime
    due: datetime | None
    deadline: datetime | None
    supervised: bool
    marks: list[str]
    merged_into: int | None
    rating: int | None


class CommandedDocument(Document):
    """What became of a command, and what the caller may do to the case next."""

    case: CommandedCase
    legal: list[Command]
