"""Acting in the field: a case is started at a place, what is red is checked, a point is named."""

from datetime import UTC, datetime
from http import HTTPStatus
from uuid import uuid4

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from pydantic import BaseModel

from commandcenter.cases import checks, photos, queries
from commandcenter.cases.held import read as read_held
from commandcenter.domain.checks import Check, Checked
from commandcenter.domain.clocks import DAY, Millis, millis
from commandcenter.domain.matters import Channel
from commandcenter.domain.rights import Block, Right
from commandcenter.domain.viewers import Viewer
from commandcenter.errors import Invalid, NotFound
from commandcenter.host.catalogue import Catalogue
from commandcenter.host.reports import Report
from commandcenter.ingest.parsing import Rejected
from commandcenter.logs import about_cases
from commandcenter.store.store import Connection
from commandcenter.web.bodies import KEY_HEADER, read_body, read_query
from commandcenter.web.documents import CellName, moment
from commandcenter.web.errors import Refusal
from commandcenter.web.field_documents import (
    CheckDocument,
    CheckedDocument,
    ChecksDocument,
    PointQuery,
    SpotDocument,
    StartDocument,
    StartedDocument,
)
from commandcenter.web.permission import needs
from commandcenter.web.repeats import Asked, once
from commandcenter.web.responses import json_answer
from commandcenter.web.services import Services
from commandcenter.web.viewers import Callers, narrowed

SOURCE = "field"
"""The source of cases that are started on a tablet."""
OLDEST: Millis = 7 * DAY
"""A tablet that was away for longer does not say when a thing was seen."""


class Field:
    """What somebody does on the spot, as far as the own scope goes."""

    def __init__(self, services: Services, callers: Callers) -> None:
        self._services = services
        self._callers = callers

    def blueprint(self) -> Blueprint:
        """Return the routes."""
        routes = Blueprint("field", __name__)
        routes.post("/cases")(self.start)
        routes.get("/cells/<code>/checks")(self.checks)
        routes.post("/cells/<code>/checks")(self.check)
        routes.get("/spot")(self.spot)
        return routes

    @needs(Right.ACT_IN_FIELD, block=Block.CASES)
    def start(self) -> ResponseReturnValue:
        """Start a case; it goes the way of every report, as one of the channel of field work."""
        actor, viewer = self._callers.commander()
        asked = read_body(request, StartDocument)
        services = self._services
        with services.store.read() as connection:
            photos.check_named(connection, viewer, asked.photos)
        report = self._report(actor, viewer, asked)
        (refused,) = services.intake.refusals(viewer, [report])
        if refused is not None:
            raise _refusal(refused)
        (answer,) = services.intake.accept(viewer, [report])
        if answer.id is None:
            raise _refusal(Rejected(answer.code or "invalid", answer.field, answer.message or ""))
        about_cases(answer.id)
        is_new = answer.status == "accepted"
        with services.store.write() as connection:
            photos.attach(connection, viewer, answer.id, asked.photos)
            document = self._started(connection, viewer, answer.id, is_new)
            if is_new:
                self._note(connection, f"case:{answer.id}", {"started": True}, document.cell)
        return json_answer(document)

    @needs(Right.LOOK, block=Block.PLACES)
    def checks(self, code: str) -> ResponseReturnValue:
        """Return the colour of a cell and its checks."""
        viewer = self._callers.reader()
        at, _ = narrowed(self._services, viewer, code)
        with self._services.store.read() as connection:
            return json_answer(self._checks(connection, viewer, at))

    @needs(Right.ACT_IN_FIELD, block=Block.PLACES)
    def check(self, code: str) -> ResponseReturnValue:
        """Keep what somebody found in a coloured cell."""
        actor, viewer = self._callers.commander()
        at, _ = narrowed(self._services, viewer, code)
        asked = read_body(request, CheckDocument)
        following = None if asked.next_check is None else millis(asked.next_check)
        given = Check(at, asked.finding, asked.note, following, asked.photo)
        services = self._services
        hours = {key: rule.check_hours for key, rule in services.catalogue.rules.items()}

        def check(connection: Connection) -> BaseModel:
            number = checks.check(connection, viewer, given, hours, services.now())
            document = self._checks(connection, viewer, at)
            self._note(connection, f"check:{number}", {"finding": given.finding.value}, code)
            return document

        return once(services, Asked.of_request(actor, asked), check)

    @needs(Right.LOOK, block=Block.PLACES)
    def spot(self) -> ResponseReturnValue:
        """Return the cell of a point; raises NotFound outside the scope."""
        viewer = self._callers.reader()
        asked = read_query(request, PointQuery)
        at = self._services.intake.locate(asked.lng, asked.lat)
        if at is None or not viewer.sees(at):
            raise NotFound("no cell of the scope lies there")
        tree = self._services.tree
        cells = [tree.cells[each] for each in tree.ancestors(at) if viewer.sees(each)]
        line = [CellName(code=cell.code, name=cell.name) for cell in cells]
        return json_answer(SpotDocument(cell=tree.cells[at].code, line=line))

    def _report(self, actor: str, viewer: Viewer, asked: StartDocument) -> Report:
        """Return what somebody starts as a report; raises Invalid or the refusal 409."""
        channel = field_channel(self._services.catalogue)
        if channel is None:
            raise Refusal(
                HTTPStatus.CONFLICT, "no_channel", "no channel of this city is one of field work"
            )
        matter = self._services.catalogue.matters.get(asked.matter or "")
        title = asked.title or (matter.title.zh if matter else "")
        if not title:
            raise Invalid("choose a matter, or say in words what it is", "title")
        has_point = asked.lng is not None and asked.lat is not None
        key = request.headers.get(KEY_HEADER) or asked.idempotency_key or uuid4().hex
        return Report(
            source=SOURCE,
            external_id=f"{actor}:{key}",
            channel=channel.key,
            title=title,
            description=asked.description,
            matter=asked.matter,
            lng=asked.lng if has_point else None,
            lat=asked.lat if has_point else None,
            cell=None if has_point else asked.cell,
            occurred_at=self._seen_at(asked.at),
            attachments=list(asked.photos),
        )

    def _seen_at(self, at: datetime | None) -> datetime:
        """Return when a thing was seen: never in the future, nor long ago."""
        now = self._services.now()
        said = now if at is None else millis(at)
        return datetime.fromtimestamp(max(now - OLDEST, min(said, now)) / 1000, UTC)

    def _started(
        self, connection: Connection, viewer: Viewer, number: int, is_new: bool
    ) -> StartedDocument:
        line = queries.case(connection, viewer, number).line
        held = read_held(connection, number)
        return StartedDocument(
            status="accepted" if is_new else "duplicate",
            id=number,
            cell=self._services.tree.cells[line.cell].code,
            state=line.state,
            matter=line.matter,
            merged_into=held.beside.merged_into if held else None,
        )

    def _checks(self, connection: Connection, viewer: Viewer, at: int) -> ChecksDocument:
        standing = checks.standing(connection, viewer, at)
        return ChecksDocument(
            cell=self._services.tree.cells[at].code,
            colour=standing.colour.shown,
            rule=standing.rule,
            checks=[_checked(each) for each in checks.of_cell(connection, viewer, at)],
        )

    def _note(
        self, connection: Connection, what: str, detail: dict[str, object], code: str
    ) -> None:
        """Write down who did what, last in its transaction."""
        services = self._services
        services.auditing.tell(connection, what, detail, services.tree.position[code])


def field_channel(catalogue: Catalogue) -> Channel | None:
    """Return the channel of those who work in the city, None where it has none."""
    return next((channel for channel in catalogue.channels.values() if channel.field), None)


def _checked(check: Checked) -> CheckedDocument:
    return CheckedDocument(
        at=moment(check.at), by=check.by, finding=check.finding, note=check.note,
        next_check=moment(check.next_check),
        photo=None if check.photo is None else f"/photos/{check.photo}",
    )  # fmt: skip


def _refusal(why: Rejected) -> Refusal:
    """Return why a case is not started, in words that speak of no key."""
    said = "lies outside your area" if why.code == "outside" else why.message
    return Refusal(HTTPStatus.UNPROCESSABLE_ENTITY, why.code, said, why.field)
