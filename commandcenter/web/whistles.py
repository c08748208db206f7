"""/api/v1/whistles: who whistles for whom, and what the called units say."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from commandcenter.cases import whistle_queries as queries
from commandcenter.cases import whistles
from commandcenter.cases.whistle_queries import Call, Step, Wanted
from commandcenter.domain.clocks import Millis, millis
from commandcenter.domain.rights import Block, Right
from commandcenter.domain.viewers import Viewer
from commandcenter.domain.whistles import Act, Ground, Summons
from commandcenter.errors import Invalid
from commandcenter.host.coordination import CallLine, WhistleLine
from commandcenter.store.store import Connection
from commandcenter.web.bodies import read_body, read_query
from commandcenter.web.cases import case_number
from commandcenter.web.coordination_documents import (
    ActDocument,
    BlowDocument,
    CallActDocument,
    CallDocument,
    CallLineDocument,
    WhistleDocument,
    WhistleLineDocument,
    WhistlesDocument,
    WhistlesQuery,
)
from commandcenter.web.documents import moment
from commandcenter.web.permission import needs
from commandcenter.web.repeats import Asked, once
from commandcenter.web.responses import json_answer
from commandcenter.web.services import Services
from commandcenter.web.viewers import Callers, narrowed


class Whistles:
    """Whistles, as far as the caller may see them and act on them."""

    def __init__(self, services: Services, callers: Callers) -> None:
        self._services = services
        self._callers = callers

    def blueprint(self) -> Blueprint:
        """Return the routes."""
        routes = Blueprint("whistles", __name__)
        routes.get("/whistles")(self.index)
        routes.post("/whistles")(self.blow)
        routes.get("/whistles/<number>")(self.show)
        routes.post("/whistles/<number>/acts")(self.act)
        return routes

    @needs(Right.LOOK, block=Block.CASES)
    def index(self) -> ResponseReturnValue:
        """Return a page of whistles."""
        viewer = self._callers.reader()
        asked = read_query(request, WhistlesQuery)
        first, last = narrowed(self._services, viewer, asked.cell)
        wanted = Wanted(first, last, asked.open, asked.unit, asked.case)
        with self._services.store.read() as connection:
            page = queries.page(connection, viewer, wanted, asked.cursor, asked.limit)
        lines = [
            WhistleLineDocument(
                **self._line(line), calls=[CallLineDocument(**_call_line(c)) for c in line.calls]
            )
            for line in page.lines
        ]
        return json_answer(WhistlesDocument(whistles=lines, cursor=page.cursor))

    @needs(Right.LOOK, block=Block.CASES)
    def show(self, number: str) -> ResponseReturnValue:
        """Return one whistle."""
        viewer = self._callers.reader()
        with self._services.store.read() as connection:
            return json_answer(self._document(connection, viewer, case_number(number)))

    @needs(Right.WHISTLE, block=Block.CASES)
    def blow(self) -> ResponseReturnValue:
        """Whistle."""
        actor, viewer = self._callers.commander()
        asked = read_body(request, BlowDocument)
        ground = ground_of(self._services)
        summons = Summons(
            position_of(self._services, viewer, asked.cell), asked.title, tuple(asked.units),
            _millis(asked.due), depth_of(self._services, asked.level), asked.reason, asked.place,
            asked.lng, asked.lat, asked.case, asked.idempotency_key,
        )  # fmt: skip

        def blow(connection: Connection) -> WhistleDocument:
            number = whistles.blow(connection, viewer, ground, summons, self._services.now())
            document = self._document(connection, viewer, number)
            told = {"act": "call", "units": list(summons.units), "case": summons.case_id}
            self._services.auditing.tell(connection, f"whistle:{number}", told, summons.cell)
            return document

        return once(self._services, Asked.of_request(actor, asked), blow)

    @needs(Right.WHISTLE, Right.ANSWER_CALL, block=Block.CASES)
    def act(self, number: str) -> ResponseReturnValue:
        """Say something of a whistle."""
        actor, viewer = self._callers.commander()
        asked = read_body(request, CallActDocument)
        if asked.unit is None and asked.act != "recall":
            raise Invalid("name the unit that is called", "unit")
        told = whistles.Told(
            case_number(number), Act(asked.act), asked.unit or "", asked.note, asked.rating
        )
        ground = ground_of(self._services)

        def act(connection: Connection) -> WhistleDocument:
            whistles.act(connection, viewer, ground, told, self._services.now())
            document = self._document(connection, viewer, told.whistle)
            said = {"act": told.act.value, "unit": told.unit}
            at = self._services.tree.position[document.cell]
            self._services.auditing.tell(connection, f"whistle:{told.whistle}", said, at)
            return document

        return once(self._services, Asked.of_request(actor, asked), act)

    def _document(self, connection: Connection, viewer: Viewer, number: int) -> WhistleDocument:
        found = queries.whistle(connection, viewer, number)
        return WhistleDocument(
            **self._line(found.line),
            reason=found.reason,
            lng=found.lng,
            lat=found.lat,
            ended_at=moment_or_none(found.ended_at),
            version=found.version,
            calls=[_call(call) for call in found.calls],
            acts=[act_document(step) for step in found.acts],
        )

    def _line(self, line: WhistleLine) -> dict[str, Any]:
        services = self._services
        return {
            "id": line.id,
            "title": line.title,
            "cell": services.tree.cells[line.cell].code,
            "level": services.catalogue.levels[line.depth].key,
            "place": line.place,
            "caller": line.caller,
            "caller_unit": line.caller_unit,
            "created_at": moment(line.created_at),
            "due": moment(line.due),
            "state": line.state,
            "case": line.case_id,
        }


def ground_of(services: Services) -> Ground:
    """Return where whistles and directives are given."""
    return Ground.of(services.tree, services.catalogue.levels, services.catalogue.units)


def position_of(services: Services, viewer: Viewer, code: str) -> int:
    """Return the position of a cell; raises NotFound, outside the scope by the same path."""
    return narrowed(services, viewer, code)[0]


def depth_of(services: Services, key: str | None) -> int | None:
    """Return the depth of a level; raises Invalid for one that the city does not have."""
    if key is None:
        return None
    keys = [level.key for level in services.catalogue.levels]
    if key not in keys:
        raise Invalid(f"is no level of this city; known: {', '.join(keys)}", "level")
    return keys.index(key)


def act_document(step: Step) -> ActDocument:
    """Return an act as documents have it."""
    return ActDocument(**asdict(step) | {"at": moment(step.at)})


def moment_or_none(at: Millis | None) -> datetime | None:
    """Return an instant as documents have it, None for none."""
    return None if at is None else moment(at)


def _millis(at: datetime | None) -> Millis | None:
    return None if at is None else millis(at)


def _call_line(call: CallLine) -> dict[str, Any]:
    return {
        "unit": call.unit,
        "state": call.state,
        "due": moment(call.due),
        "reported_in_at": moment_or_none(call.reported_in_at),
        "late": call.late,
    }


def _call(call: Call) -> CallDocument:
    return CallDocument(
        **_call_line(call.line),
        called_at=moment(call.called_at),
        late_at=moment_or_none(call.late_at),
        acting_at=moment_or_none(call.acting_at),
        done_at=moment_or_none(call.done_at),
        note=call.note,
        rating_by_caller=call.rating_by_caller,
        rating_by_called=call.rating_by_called,
    )
