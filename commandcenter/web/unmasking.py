"""POST /api/v1/cases/{id}/unmask: the plain words of a case, once, for a reason that is kept."""

from typing import Annotated

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from commandcenter.cases import unmasking
from commandcenter.domain.audit import AuditKind
from commandcenter.domain.rights import Block, Right
from commandcenter.logs import about_cases
from commandcenter.web.bodies import read_body
from commandcenter.web.cases import case_number
from commandcenter.web.described import Document as Described
from commandcenter.web.described import answer, number, reference, refusals
from commandcenter.web.documents import Document, ReporterDocument, moment
from commandcenter.web.permission import needs
from commandcenter.web.responses import json_answer
from commandcenter.web.services import Services
from commandcenter.web.viewers import Callers

Reason = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=4, max_length=200),
    Field(description="Why the plain words are needed; it is kept in the audit log."),
]  # fmt: skip


class UnmaskDocument(BaseModel):
    """Why somebody needs the plain words of a case."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reason: Reason


class SaidDocument(Document):
    """Words in which somebody is named: of a move, a part of a cross case, a piece of evidence."""

    where: str
    at: str
    words: str


class UnmaskedDocument(Document):
    """What of a case is covered everywhere else, in plain words."""

    id: int
    title: str
    description: str
    reporter: ReporterDocument
    attachments: list[str]
    said: list[SaidDocument]


class Unmasking:
    """Gives plain words to who has the right, the block and the clearance, and notes each time."""

    def __init__(self, services: Services, callers: Callers) -> None:
        self._services = services
        self._callers = callers

    def blueprint(self) -> Blueprint:
        """Return the routes."""
        routes = Blueprint("unmasking", __name__)
        routes.post("/cases/<number>/unmask")(self.unmask)
        return routes

    @needs(Right.UNMASK, block=Block.PEOPLE, rate="unmasks")
    def unmask(self, number: str) -> ResponseReturnValue:
        """Return the plain words of a case, after it was written down who asked for them."""
        viewer = self._callers.visitor().viewer
        case_id = case_number(number)
        asked = read_body(request, UnmaskDocument)
        about_cases(case_id)
        with self._services.store.read() as connection:
            found = unmasking.plain(connection, viewer, case_id)
        auditing = self._services.auditing
        detail = {"reason": asked.reason, "fields": found.fields}
        entry = auditing.entry(AuditKind.UNMASKED, f"case:{case_id}", detail)
        auditing.write(auditing.about(entry, found.cell))
        return json_answer(_document(found))


def _document(found: unmasking.Plain) -> UnmaskedDocument:
    return UnmaskedDocument(
        id=found.case_id,
        title=found.title,
        description=found.description,
        reporter=ReporterDocument(name=found.reporter_name, phone=found.reporter_phone),
        attachments=list(found.attachments),
        said=[
            SaidDocument(where=said.where, at=moment(said.at).isoformat(), words=said.words)
            for said in found.said
        ],
    )


def described() -> Described:
    """Return the route as the API's description has it."""
    body = {"application/json": {"schema": reference(UnmaskDocument)}}
    summary = "The plain words of a case, for who may see persons; the reason is kept."
    return {
        "operationId": "unmask",
        "summary": summary,
        "parameters": [number()],
        "requestBody": {"required": True, "content": body},
        "responses": {"200": answer("The plain words.", UnmaskedDocument)}
        | refusals("400", "401", "403", "404", "413", "415", "422", "429", "503"),
    }
