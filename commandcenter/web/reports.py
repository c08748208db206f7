"""POST /api/v1/reports: the door of HTTP into the intake."""

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from commandcenter.domain.rights import Right
from commandcenter.logs import CASES_AT_MOST, about_cases
from commandcenter.web.bodies import read_items
from commandcenter.web.documents import AnswersDocument
from commandcenter.web.permission import needs
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

    @needs(Right.REPORT)
    def accept(self) -> ResponseReturnValue:
        """Answer each report by itself; a rejected one does not make the call fail."""
        caller = self._callers.reporter()
        intake = self._services.intake.within(caller.bounds, caller.plugin)
        answers = intake.accept(caller.viewer, read_items(request))
        about_cases(*(answer.id for answer in answers[:CASES_AT_MOST]))
        document = AnswersDocument.model_validate({"answers": answers}, from_attributes=True)
        return json_answer(document, terse=True)
