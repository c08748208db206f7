"""POST /api/v1/cases/{id}/commands: what somebody does to a case."""

import re
from functools import partial
from hashlib import sha256
from http import HTTPStatus
from typing import Any

import orjson
from flask import Blueprint, Response, request
from pydantic import ValidationError

from commandcenter.cases.answers import Token
from commandcenter.cases.commands import Outcome
from commandcenter.cases.instructions import Exhibit, Instruction
from commandcenter.domain.audit import AuditKind
from commandcenter.domain.cases import Mark
from commandcenter.domain.rights import Block, Right
from commandcenter.errors import Invalid
from commandcenter.web import preferences
from commandcenter.web.application import Given
from commandcenter.web.bodies import read_json
from commandcenter.web.cases import case_number
from commandcenter.web.command_documents import CommandDocument, CommandedCase, CommandedDocument
from commandcenter.web.commander import Answer, Job
from commandcenter.web.documents import moment
from commandcenter.web.errors import Refusal, body_of, status_of, with_request
from commandcenter.web.permission import needs
from commandcenter.web.services import Services
from commandcenter.web.viewers import Callers

HEADER = "Idempotency-Key"
PATH = re.compile(r"/api/v1/cases/[^/]+/commands")


def is_command(method: str, path: str) -> bool:
    """Tell whether a request gives a command on a case."""
    return method == "POST" and PATH.fullmatch(path) is not None


class Commands:
    """Commands of callers who have a role."""

    def __init__(self, services: Services, callers: Callers) -> None:
        self._services = services
        self._callers = callers

    def blueprint(self) -> Blueprint:
        """Return the routes."""
        routes = Blueprint("commands", __name__)
        routes.post("/cases/<number>/commands")(self.command)
        return routes

    @needs(Right.COMMAND, block=Block.CASES)
    def command(self, number: str) -> Any:
        """Carry out a command; answers what the case is now and what is legal next.

        Returns Given, of which Flask's types know nothing.
        """
        actor, viewer = self._callers.commander()
        case_id = case_number(number)
        asked = _read()
        token = _token(actor, case_id, asked)
        auditing = self._services.auditing
        entry = auditing.entry(AuditKind.COMMANDED, "", {"command": asked.command.value})
        instruction = _instruction(case_id, asked)
        job = Job(viewer, instruction, partial(_render, self._services), token, entry)
        return Given(job, partial(self._answer, instruction))

    def _answer(self, given: Instruction, answered: Answer) -> Response:
        status, body = answered
        if status >= HTTPStatus.BAD_REQUEST:
            if status in (HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND):
                detail = {"command": given.command.value}
                self._services.auditing.refused(status, f"case:{given.case_id}", detail)
            # Each answer has the id of its own request, also one that is given again.
            words = preferences.words(self._services)
            body = orjson.dumps(with_request(orjson.loads(body), words)).decode()
        answer = Response(body, status, mimetype="application/json")
        answer.cache_control.no_store = True
        return answer


def _read() -> CommandDocument:
    value = read_json(request)
    key = request.headers.get(HEADER)
    if key is not None and isinstance(value, dict):
        value["idempotency_key"] = key
    try:
        return CommandDocument.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        raise Refusal(
            HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", first["msg"], field or None
        ) from error


def _token(actor: str, case_id: int, asked: CommandDocument) -> Token | None:
    if asked.idempotency_key is None:
        return None
    said = f"{case_id} {asked.model_dump_json(exclude={'idempotency_key'})}"
    return Token(actor, asked.idempotency_key, sha256(said.encode()).hexdigest())


def _instruction(case_id: int, asked: CommandDocument) -> Instruction:
    exhibits = tuple(Exhibit(each.url, each.note) for each in asked.evidence)
    return Instruction(
        case_id, asked.command, 0, asked.unit, None, asked.note, asked.version,
        tuple(asked.units), asked.lead, asked.matter, asked.master, asked.rating, exhibits,
        asks_legal=True,
    )  # fmt: skip


def _render(services: Services, outcome: Outcome) -> Answer:
    if outcome.refusal is not None:
        return status_of(outcome.refusal), orjson.dumps(body_of(outcome.refusal)).decode()
    given = CommandedDocument(case=_case(services, outcome), legal=list(outcome.legal))
    return HTTPStatus.OK, given.model_dump_json()


def _case(services: Services, outcome: Outcome) -> CommandedCase:
    facts, beside = outcome.facts, outcome.beside
    if facts is None:
        raise Invalid("the command was refused", "command")
    instants: dict[str, Any] = {
        "since": moment(facts.since),
        "due": None if facts.due is None else moment(facts.due),
        "deadline": None if facts.deadline is None else moment(facts.deadline),
    }
    return CommandedCase(
        id=outcome.instruction.case_id,
        state=facts.state,
        version=outcome.version,
        cell=services.tree.cells[facts.cell].code,
        depth=facts.depth,
        unit=facts.unit,
        matter=beside.matter,
        supervised=facts.supervised,
        marks=[str(mark.name).lower() for mark in Mark if facts.marks & mark],
        merged_into=beside.merged_into,
        rating=beside.rating,
        **instants,
    )
