"""GET /api/v1/cases: cases of the caller's scope, one and page by page."""

from datetime import datetime
from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from commandcenter.cases import matter_versions, queries
from commandcenter.domain.clocks import Clock, Millis
from commandcenter.domain.rights import Block, Right
from commandcenter.domain.viewers import Clearance, Viewer
from commandcenter.errors import NotFound
from commandcenter.host.panel import CaseLine
from commandcenter.web.bodies import read_query
from commandcenter.web.documents import (
    LONGEST_ID,
    CaseDocument,
    CaseLineDocument,
    CasesDocument,
    CasesQuery,
    ClockDocument,
    ReporterDocument,
    StepDocument,
    moment,
)
from commandcenter.web.matters import described
from commandcenter.web.permission import needs
from commandcenter.web.responses import json_answer
from commandcenter.web.services import Services
from commandcenter.web.viewers import Callers, narrowed


class Cases:
    """Cases, as far as the caller may see them."""

    def __init__(self, services: Services, callers: Callers) -> None:
        self._services = services
        self._callers = callers

    def blueprint(self) -> Blueprint:
        """Return the routes."""
        routes = Blueprint("cases", __name__)
        routes.get("/cases")(self.index)
        routes.get("/cases/<number>")(self.show)
        return routes

    @needs(Right.LOOK, block=Block.CASES)
    def index(self) -> ResponseReturnValue:
        """Return a page of cases."""
        viewer = self._callers.reader()
        asked = read_query(request, CasesQuery)
        first, last = narrowed(self._services, viewer, asked.cell)
        now = self._services.now()
        wanted = queries.Filter(first, last, asked.state, asked.overdue, now)
        with self._services.store.read() as connection:
            page = queries.page(connection, viewer, wanted, asked.cursor, asked.limit)
        lines = [CaseLineDocument(**self._line(line, now)) for line in page.lines]
        return json_answer(CasesDocument(cases=lines, cursor=page.cursor))

    @needs(Right.LOOK, block=Block.CASES)
    def show(self, number: str) -> ResponseReturnValue:
        """Return one case with its timeline."""
        viewer = self._callers.reader()
        case_id = case_number(number)
        with self._services.store.read() as connection:
            case = queries.case(connection, viewer, case_id)
            steps = queries.steps(connection, viewer, case_id)
            filed_as = matter_versions.filed_as(connection, case)
        document = self._document(viewer, case, steps)
        matter = filed_as and described(filed_as, self._services.catalogue, viewer.language)
        return json_answer(document.model_copy(update={"filed_as": matter}))

    def _line(self, line: CaseLine, now: Millis) -> dict[str, Any]:
        return {
            "id": line.id,
            "title": line.title,
            "channel": line.channel,
            "matter": line.matter,
            "cell": self._services.tree.cells[line.cell].code,
            "unit": line.unit,
            "state": line.state,
            "reported_at": moment(line.reported_at),
            "since": moment(line.since),
            "due": _moment_or_none(line.due),
            "overdue": line.due is not None and line.due <= now,
            "supervised": line.supervised,
        }

    def _document(
        self, viewer: Viewer, case: queries.Case, steps: list[queries.Step]
    ) -> CaseDocument:
        personal = viewer.clearance >= Clearance.PERSONAL
        reporter = ReporterDocument(name=case.reporter_name, phone=case.reporter_phone)
        return CaseDocument(
            **self._line(case.line, self._services.now()),
            source=case.source,
            external_id=case.external_id,
            occurred_at=moment(case.occurred_at),
            deadline=_moment_or_none(case.deadline),
            lng=case.lng,
            lat=case.lat,
            description=case.description,
            attachments=list(case.attachments),
            reporter=reporter if personal else None,
            version=case.version,
            clock=clock_document(case.clock, self._services.now()),
            moves=[_step(step) for step in steps],
        )


def case_number(number: str) -> int:
    """Return the number of a case; raises NotFound for what cannot be one."""
    if not (number.isascii() and number.isdecimal()) or len(number) > 19:
        raise NotFound("no such case")
    if int(number) > LONGEST_ID:
        raise NotFound("no such case")
    return int(number)


def _step(step: queries.Step) -> StepDocument:
    return StepDocument(
        command=step.command,
        at=moment(step.at),
        actor=step.actor,
        note=step.note,
        state=step.state,
        unit=step.unit,
        on_time=step.on_time,
    )


def clock_document(clock: Clock | None, now: Millis) -> ClockDocument | None:
    """Return a clock as documents have it."""
    if clock is None:
        return None
    return ClockDocument(
        kind=clock.kind,
        limit_ms=clock.limit,
        left_ms=clock.left,
        warn=_moment_or_none(clock.warn),
        due=_moment_or_none(clock.due),
        colour=clock.colour(now),
    )


def _moment_or_none(at: Millis | None) -> datetime | None:
    return None if at is None else moment(at)
