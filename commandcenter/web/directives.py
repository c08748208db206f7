"""/api/v1/directives: orders to all cells of a level, and how far each of them is."""

from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from commandcenter.cases import directive_queries as queries
from commandcenter.cases import directives
from commandcenter.domain.clocks import millis
from commandcenter.domain.directives import Acknowledgement, Act, Order
from commandcenter.domain.rights import Block, Right
from commandcenter.domain.viewers import Viewer
from commandcenter.host.coordination import DirectiveLine, ProgressCounts
from commandcenter.store.store import Connection
from commandcenter.web.bodies import read_body, read_query
from commandcenter.web.cases import case_number
from commandcenter.web.coordination_documents import (
    CellActsDocument,
    CellProgressDocument,
    DirectiveDocument,
    DirectiveLineDocument,
    DirectiveQuery,
    DirectivesDocument,
    DirectivesQuery,
    IssueDocument,
    LateCellDocument,
    LevelProgressDocument,
    ProgressDocument,
    RecallDocument,
    TakenDocument,
)
from commandcenter.web.documents import moment
from commandcenter.web.permission import needs
from commandcenter.web.repeats import Asked, once
from commandcenter.web.responses import json_answer
from commandcenter.web.services import Services
from commandcenter.web.viewers import Callers, narrowed
from commandcenter.web.whistles import (
    act_document,
    depth_of,
    ground_of,
    moment_or_none,
    position_of,
)

NOWHERE = -1


class Directives:
    """Directives, as far as the caller may see them and act on them."""

    def __init__(self, services: Services, callers: Callers) -> None:
        self._services = services
        self._callers = callers

    def blueprint(self) -> Blueprint:
        """Return the routes."""
        routes = Blueprint("directives", __name__)
        routes.get("/directives")(self.index)
        routes.post("/directives")(self.issue)
        routes.get("/directives/<number>")(self.show)
        routes.post("/directives/<number>/acts")(self.acknowledge)
        routes.post("/directives/<number>/recall")(self.recall)
        return routes

    @needs(Right.LOOK, block=Block.CASES)
    def index(self) -> ResponseReturnValue:
        """Return a page of directives."""
        viewer = self._callers.reader()
        asked, now = read_query(request, DirectivesQuery), self._services.now()
        with self._services.store.read() as connection:
            page = queries.page(connection, viewer, asked.open, asked.cursor, asked.limit, now)
        lines = [DirectiveLineDocument(**self._line(line)) for line in page.lines]
        return json_answer(DirectivesDocument(directives=lines, cursor=page.cursor))

    @needs(Right.LOOK, block=Block.CASES)
    def show(self, number: str) -> ResponseReturnValue:
        """Return one directive with its progress in a cell and a page of late cells."""
        viewer = self._callers.reader()
        asked = read_query(request, DirectiveQuery)
        with self._services.store.read() as connection:
            return json_answer(self._document(connection, viewer, case_number(number), asked))

    @needs(Right.DIRECT, block=Block.CASES)
    def issue(self) -> ResponseReturnValue:
        """Order all cells of a level."""
        actor, viewer = self._callers.commander()
        services, asked = self._services, read_body(request, IssueDocument)
        order = Order(
            position_of(services, viewer, asked.cell), depth_of(services, asked.level) or 0,
            asked.title, asked.body, None if asked.deadline is None else millis(asked.deadline),
            asked.idempotency_key,
        )  # fmt: skip

        def issue(connection: Connection) -> DirectiveDocument:
            number = directives.issue(
                connection, viewer, ground_of(services), order, services.now()
            )
            document = self._document(connection, viewer, number, DirectiveQuery())
            told = {"act": "issue", "level": asked.level}
            services.auditing.tell(connection, f"directive:{number}", told, order.cell)
            return document

        return once(services, Asked.of_request(actor, asked), issue)

    @needs(Right.ANSWER_ORDER, block=Block.CASES)
    def acknowledge(self, number: str) -> ResponseReturnValue:
        """Take in how far cells are."""
        actor, viewer = self._callers.commander()
        services, asked = self._services, read_body(request, CellActsDocument)
        position = services.tree.position
        given = [
            Acknowledgement(position.get(said.cell, NOWHERE), Act(said.act), said.note)
            for said in asked.acts
        ]

        def acknowledge(connection: Connection) -> TakenDocument:
            taken = directives.acknowledge(
                connection, viewer, case_number(number), given, services.now()
            )
            missed = set(taken.unknown)
            unknown = [said.cell for said, ack in zip(asked.acts, given, strict=True)
                       if ack.cell in missed]  # fmt: skip
            told = {"act": "acknowledge", "changed": taken.changed, "unknown": len(unknown)}
            services.auditing.tell(connection, f"directive:{number}", told)
            return TakenDocument(
                changed=taken.changed, unchanged=taken.unchanged, unknown=unknown
            )

        return once(services, Asked.of_request(actor, asked), acknowledge)

    @needs(Right.DIRECT, block=Block.CASES)
    def recall(self, number: str) -> ResponseReturnValue:
        """Take a directive back."""
        actor, viewer = self._callers.commander()
        services, asked = self._services, read_body(request, RecallDocument)
        given = directives.Recall(case_number(number), asked.note)

        def recall(connection: Connection) -> DirectiveDocument:
            directives.recall(connection, viewer, ground_of(services), given, services.now())
            document = self._document(connection, viewer, given.directive, DirectiveQuery())
            told = {"act": "recall"}
            services.auditing.tell(connection, f"directive:{given.directive}", told)
            return document

        return once(services, Asked.of_request(actor, asked), recall)

    def _document(
        self, connection: Connection, viewer: Viewer, number: int, asked: DirectiveQuery
    ) -> DirectiveDocument:
        services, now = self._services, self._services.now()
        first, _ = narrowed(services, viewer, asked.cell)
        found = queries.directive(connection, viewer, number, now)
        progress = queries.progress(connection, viewer, services.tree, number, first)
        late = queries.late_cells(
            connection, viewer, number, asked.late_cursor, asked.late_limit, now
        )
        levels = services.catalogue.levels
        return DirectiveDocument(
            **self._line(found.line),
            body=found.body,
            issuer=found.issuer,
            cells=found.cells,
            late_at_deadline=found.late,
            ended_at=moment_or_none(found.ended_at),
            version=found.version,
            levels=[
                LevelProgressDocument(level=levels[each.depth].key, progress=_counts(each.counts))
                for each in progress.levels
            ],
            children=[
                CellProgressDocument(**self._cell(each.position), progress=_counts(each.counts))
                for each in progress.children
            ],
            late_cells=[
                LateCellDocument(**self._cell(each.position), state=each.state.name.lower())
                for each in late.cells
            ],
            late_cursor=late.cursor,
            acts=[act_document(step) for step in found.acts],
        )

    def _cell(self, position: int) -> dict[str, Any]:
        cell = self._services.tree.cells[position]
        return {"cell": cell.code, "name": cell.name}

    def _line(self, line: DirectiveLine) -> dict[str, Any]:
        services = self._services
        levels = services.catalogue.levels
        return {
            "id": line.id,
            "title": line.title,
            "cell": services.tree.cells[line.cell].code,
            "from_level": levels[line.depth_from].key,
            "to_level": levels[line.depth_to].key,
            "issued_at": moment(line.issued_at),
            "deadline": moment(line.deadline),
            "state": line.state,
            "progress": _counts(line.counts),
            "total": line.total,
            "late": line.late,
        }


def _counts(counts: ProgressCounts) -> ProgressDocument:
    return ProgressDocument(**counts._asdict())
