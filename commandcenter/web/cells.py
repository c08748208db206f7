"""GET /api/v1/cells: a cell of the tree and its counts, within the caller's scope."""

from http import HTTPStatus

import orjson
from flask import Blueprint
from flask.typing import ResponseReturnValue

from commandcenter.domain.cells import Cell
from commandcenter.domain.rights import Block, Right
from commandcenter.domain.viewers import Clearance, Viewer
from commandcenter.errors import Unavailable
from commandcenter.web.documents import (
    CellDocument,
    CellName,
    ChiefDocument,
    CountsDocument,
    LevelDocument,
)
from commandcenter.web.errors import Refusal
from commandcenter.web.permission import needs
from commandcenter.web.responses import json_answer
from commandcenter.web.services import Services
from commandcenter.web.viewers import Callers, narrowed

PATIENCE_SECONDS = 1.0


class Cells:
    """Cells and what is counted in them."""

    def __init__(self, services: Services, callers: Callers) -> None:
        self._services = services
        self._callers = callers

    def blueprint(self) -> Blueprint:
        """Return the routes."""
        routes = Blueprint("cells", __name__)
        routes.get("/cells/<code>")(self.show)
        routes.get("/cells/<code>/counts")(self.counts)
        return routes

    @needs(Right.LOOK)
    def show(self, code: str) -> ResponseReturnValue:
        """Return a cell with its parent and children."""
        viewer = self._callers.reader()
        first, _ = narrowed(self._services, viewer, code)
        return json_answer(self._document(viewer, first))

    @needs(Right.LOOK, block=Block.CASES)
    def counts(self, code: str) -> ResponseReturnValue:
        """Return the counts of a cell as the worker has them."""
        viewer = self._callers.reader()
        first, last = narrowed(self._services, viewer, code)
        question = orjson.dumps({"cell": code, "first": first, "last": last})
        try:
            found = self._services.bus.request("ask.counts", question, PATIENCE_SECONDS)
        except Unavailable as error:
            refusal = Refusal(
                HTTPStatus.SERVICE_UNAVAILABLE,
                "counts_unavailable",
                "the counts do not answer now: try again",
            )
            refusal.headers["Retry-After"] = "2"
            raise refusal from error
        answer = orjson.loads(found)
        return json_answer(
            CountsDocument(
                cell=code, as_of=answer["as_of"], seq=answer["seq"], counts=answer["counts"]
            )
        )

    def _document(self, viewer: Viewer, at: int) -> CellDocument:
        tree = self._services.tree
        cell, above = tree.cells[at], int(tree.parent[at])
        level = self._services.catalogue.levels[cell.depth]
        staff = viewer.clearance >= Clearance.STAFF
        return CellDocument(
            code=cell.code,
            name=cell.name,
            depth=cell.depth,
            level=LevelDocument(key=level.key, title=level.title.in_language(viewer.language)),
            parent=_name(tree.cells[above]) if viewer.sees(above) else None,
            children=[_name(tree.cells[child]) for child in tree.children(at)],
            lng=cell.lng,
            lat=cell.lat,
            households=cell.households,
            kind=cell.kind,
            chief=_chief(cell) if staff else None,
        )


def _name(cell: Cell) -> CellName:
    return CellName(code=cell.code, name=cell.name)


def _chief(cell: Cell) -> ChiefDocument | None:
    chief = cell.chief
    if chief is None:
        return None
    return ChiefDocument(name=chief.name, phone=chief.phone, invented=chief.invented)
