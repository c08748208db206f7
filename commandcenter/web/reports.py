"""POST /api/v1/reports: the door of HTTP into the intake."""

from collections.abc import Sequence
from dataclasses import asdict
from http import HTTPStatus

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from commandcenter.ingest.intake import Answer
from commandcenter.web.bodies import read_items
from commandcenter.web.documents import AnswerDocument, AnswersDocument, ErrorDetail
from commandcenter.web.documents import RejectedDocument as Rejected
from commandcenter.web.responses import json_answer
from commandcenter.web.services import Services
from commandcenter.web.viewers import Callers


class Reports:
    """Takes in reports of sources; sending one again changes nothing."""

    def __init__(self, services: Services, callers: Callers) -> None:
        self._services = services
        self._callers = callers

    def blueprint(self) -> Blueprint:
        """Return the routes."""
        routes = Blueprint("reports", __name__)
        routes.post("/reports")(self.accept)
        return routes

    def accept(self) -> ResponseReturnValue:
        """Answer each report; 422 when not one was good, so that a caller cannot miss it."""
        viewer = self._callers.reporter()
        answers = self._services.intake.accept(viewer, read_items(request))
        documents = [AnswerDocument(**asdict(answer)) for answer in answers]
        if all(answer.status == "rejected" for answer in answers):
            rejected = Rejected(answers=documents, error=_first_reason(answers))
            return json_answer(rejected, HTTPStatus.UNPROCESSABLE_ENTITY, terse=True)
        return json_answer(AnswersDocument(answers=documents), terse=True)


def _first_reason(answers: Sequence[Answer]) -> ErrorDetail:
    first = answers[0]
    return ErrorDetail(code=first.code or "", message=first.message or "", field=first.field)
