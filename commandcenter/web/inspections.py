"""/api/v1/inspections: who inspects where, what is done on the way, and what was found."""

from http import HTTPStatus
from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from pydantic import TypeAdapter, ValidationError

from commandcenter.cases import audit, inspection_acts, inspections
from commandcenter.cases.findings import Finding, followed
from commandcenter.cases.inspection_acts import Beginning, Heard, Setting
from commandcenter.cases.inspection_file import number_of
from commandcenter.cases.inspections import InspectionFilter, InspectionLine, InspectionStep
from commandcenter.domain.audit import AuditKind
from commandcenter.domain.clocks import Millis, millis
from commandcenter.domain.inspections import Deed, InspectionAct, Point
from commandcenter.domain.rights import Block, Right
from commandcenter.domain.viewers import Viewer
from commandcenter.store.store import Connection
from commandcenter.web.bodies import KEY_HEADER, read_body, read_json, read_query
from commandcenter.web.documents import CellName, moment
from commandcenter.web.errors import Refusal, body_of
from commandcenter.web.inspection_documents import (
    MOST_DEEDS,
    BeginInspectionDocument,
    FindingDocument,
    HeardActDocument,
    HeardActsDocument,
    InspectionActDocument,
    InspectionDocument,
    InspectionLineDocument,
    InspectionsDocument,
    InspectionsQuery,
    InspectionStepDocument,
)
from commandcenter.web.permission import needs
from commandcenter.web.responses import json_answer
from commandcenter.web.services import Services
from commandcenter.web.viewers import Callers, narrowed
from commandcenter.web.whistles import moment_or_none, position_of

ACTS: TypeAdapter[list[InspectionActDocument]] = TypeAdapter(list[InspectionActDocument])


class Inspections:
    """Inspections, as far as the caller may see them and acts in them."""

    def __init__(self, services: Services, callers: Callers) -> None:
        self._services = services
        self._callers = callers

    def blueprint(self) -> Blueprint:
        """Return the routes."""
        routes = Blueprint("inspections", __name__)
        routes.get("/inspections")(self.index)
        routes.post("/inspections")(self.begin)
        routes.get("/inspections/<named>")(self.show)
        routes.post("/inspections/<named>/acts")(self.act)
        return routes

    @needs(Right.LOOK, block=Block.CASES)
    def index(self) -> ResponseReturnValue:
        """Return a page of inspections."""
        viewer = self._callers.reader()
        asked = read_query(request, InspectionsQuery)
        wanted = InspectionFilter(
            *narrowed(self._services, viewer, asked.cell), bool(asked.mine), asked.running
        )
        with self._services.store.read() as connection:
            page = inspections.page(connection, viewer, wanted, asked.cursor, asked.limit)
        lines = [self._line(line) for line in page.lines]
        return json_answer(InspectionsDocument(inspections=lines, cursor=page.cursor))

    @needs(Right.LOOK, block=Block.CASES)
    def show(self, named: str) -> ResponseReturnValue:
        """Return one inspection."""
        viewer = self._callers.reader()
        with self._services.store.read() as connection:
            wanted = number_of(connection, viewer, named)
            return json_answer(self._document(connection, viewer, wanted))

    @needs(Right.INSPECT, block=Block.CASES)
    def begin(self) -> ResponseReturnValue:
        """Begin an inspection; the same key again answers with the one there is."""
        _, viewer = self._callers.commander()
        asked = read_body(request, BeginInspectionDocument)
        now = self._services.now()
        given = Beginning(
            position_of(self._services, viewer, asked.cell),
            asked.title or self._title(viewer, asked.cell),
            now if asked.at is None else millis(asked.at),
            asked.lng, asked.lat, asked.key or asked.idempotency_key,
        )  # fmt: skip
        with self._services.store.write() as connection:
            number = inspection_acts.start(connection, viewer, self._setting(now), given)
            document = self._document(connection, viewer, number)
            self._note(connection, number, [InspectionAct.START], given.cell)
        return json_answer(document)

    @needs(Right.INSPECT, block=Block.CASES)
    def act(self, named: str) -> ResponseReturnValue:
        """Take acts in: one, whose refusal is the answer, or a list, in which each is answered."""
        _, viewer = self._callers.commander()
        asked, is_list = _read_acts()
        now = self._services.now()
        with self._services.store.write() as connection:
            wanted = number_of(connection, viewer, named)
            deeds = [self._deed(one, now) for one in asked]
            heard = inspection_acts.act(connection, viewer, self._setting(now), wanted, deeds)
            if not is_list and heard[0].refusal is not None:
                raise heard[0].refusal
            line = inspections.inspection(connection, viewer, wanted).line
            new = [one.deed.act for one in heard if one.refusal is None and not one.is_known]
            self._note(connection, wanted, new, line.cell)
        answers = [_answered(one) for one in heard]
        return json_answer(HeardActsDocument(inspection=self._line(line), answers=answers))

    def _setting(self, now: Millis) -> Setting:
        return Setting(self._services.intake.locate, now)

    def _title(self, viewer: Viewer, code: str) -> str:
        cell = self._services.tree[code].name
        return self._services.words[viewer.language]("{cell}巡查", cell=cell)

    def _deed(self, asked: InspectionActDocument, now: Millis) -> Deed:
        cell = None if asked.cell is None else self._services.tree.position.get(asked.cell, -1)
        points = tuple(Point(millis(one.at), one.lng, one.lat, -1) for one in asked.points)
        at = now if asked.at is None else millis(asked.at)
        return Deed(
            InspectionAct(asked.act), at, cell, asked.lng, asked.lat, asked.text, asked.case,
            asked.photos, points, asked.key,
        )  # fmt: skip

    def _note(
        self, connection: Connection, number: int, acts: list[InspectionAct], cell: int | None
    ) -> None:
        """Write into the audit log what was done; a route alone says nothing of it."""
        told = [act.value for act in acts if act is not InspectionAct.ROUTE]
        if not told:
            return
        auditing = self._services.auditing
        entry = auditing.entry(AuditKind.INSPECTED, f"inspection:{number}", {"acts": told})
        if cell is not None:
            entry = auditing.about(entry, cell)
        audit.append(connection, [entry], self._services.now())

    def _document(self, connection: Connection, viewer: Viewer, number: int) -> InspectionDocument:
        found = inspections.inspection(connection, viewer, number)
        now = self._services.now()
        return InspectionDocument(
            **self._line(found.line).model_dump(),
            summary=found.summary,
            metres=round(found.metres),
            acts=[self._step(step) for step in found.steps],
            findings=[
                self._finding(one, now) for one in followed(connection, viewer, found.steps)
            ],
            route=[(point.lng, point.lat) for point in found.route],
        )

    def _line(self, line: InspectionLine) -> InspectionLineDocument:
        return InspectionLineDocument(
            id=line.id,
            title=line.title,
            who=line.who,
            mine=line.is_mine,
            cell=None if line.cell is None else self._cell(line.cell),
            started_at=moment(line.started_at),
            ended_at=moment_or_none(line.ended_at),
            state=line.state,
            visited=line.places,
            found=line.findings,
            open=line.open_findings,
        )

    def _step(self, step: InspectionStep) -> InspectionStepDocument:
        return InspectionStepDocument(
            act=step.act,
            at=moment(step.at),
            heard_at=moment(step.taken_at),
            who=step.who,
            cell=self._cell(step.cell),
            lng=step.lng,
            lat=step.lat,
            text=step.text,
            case=step.case_id,
            photos=list(step.photos),
        )

    def _finding(self, one: Finding, now: Millis) -> FindingDocument:
        return FindingDocument(
            case=one.case_id,
            found=one.found,
            title=one.title,
            cell=self._cell(one.cell),
            unit=one.unit,
            state=one.state,
            since=moment(one.since),
            due=moment_or_none(one.due),
            open=one.is_open,
            overdue=one.is_overdue(now),
            supervised=one.supervised,
        )

    def _cell(self, position: int) -> CellName:
        cell = self._services.tree.cells[position]
        return CellName(code=cell.code, name=cell.name)


def _read_acts() -> tuple[list[InspectionActDocument], bool]:
    """Return the acts of this request, and whether they came as a list; raises Refusal.

    Without keys of their own they have that of the header, each with its place in the list.
    """
    value = read_json(request)
    is_list = isinstance(value, list)
    items: list[Any] = value if is_list else [value]
    if not 1 <= len(items) <= MOST_DEEDS:
        status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE if items else HTTPStatus.BAD_REQUEST
        raise Refusal(status, "too_many", f"send 1 to {MOST_DEEDS} acts at once")
    key = request.headers.get(KEY_HEADER)
    for place, item in enumerate(items):
        if key is not None and isinstance(item, dict) and item.get("key") is None:
            item["key"] = f"{key}:{place}" if is_list else key
    try:
        return ACTS.validate_python(items, strict=False), is_list
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(str(part) for part in first["loc"][0 if is_list else 1 :]) or None
        refusal = Refusal(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", first["msg"], field)
        raise refusal from error


def _answered(heard: Heard) -> HeardActDocument:
    if heard.refusal is None:
        return HeardActDocument(
            key=heard.deed.key,
            status="known" if heard.is_known else "taken",
            outside=heard.outside,
        )
    said = body_of(heard.refusal)["error"]
    return HeardActDocument(
        key=heard.deed.key, status="refused", outside=0, code=said["code"],
        message=said["message"], field=said.get("field"),
    )  # fmt: skip
