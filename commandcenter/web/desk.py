"""The desk's callbacks: pages of cases, the case that is open, and the boards beside them.

Each asks again who looks: what a page was given once is no right to see or do anything.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha1
from typing import Any

import orjson
from dash import ClientsideFunction, Dash, Input, Output, State, no_update

from commandcenter.cases import commands, desk_file, queues
from commandcenter.cases.desk_file import DeskFile
from commandcenter.cases.queues import QueueLine
from commandcenter.cases.search import MOST
from commandcenter.domain.audit import AuditKind
from commandcenter.domain.cases import Command, Mark
from commandcenter.domain.rights import Block, Right
from commandcenter.domain.viewers import Viewer
from commandcenter.errors import NotFound
from commandcenter.screen import desk_case
from commandcenter.screen.desk import FILTERS
from commandcenter.screen.desk_fields import button
from commandcenter.screen.desk_queues import COORDINATION
from commandcenter.screen.desk_rows import BLOCK, row_of, units_by_code
from commandcenter.screen.tablet import Surroundings
from commandcenter.screen.timeline import at_words
from commandcenter.store.store import Connection
from commandcenter.web import places
from commandcenter.web.desk_asked import asked_of, block_of, opened_of, wish_of
from commandcenter.web.desk_boards import Boards
from commandcenter.web.desk_coordination import Coordination
from commandcenter.web.desk_orders import Orders
from commandcenter.web.desk_rights import rights
from commandcenter.web.desk_search import Found, found
from commandcenter.web.permission import needs
from commandcenter.web.places import desk_viewer
from commandcenter.web.services import Services

ASK = ClientsideFunction("desk", "ask")
FURTHER = 8
"""How much more is looked at each time one asks for it."""
MOST_TIMES = 2


class DeskPages:
    """What the desk asks the server for."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._orders = Orders(services)
        self._boards = Boards(services)
        self._coordination = Coordination(services)

    def register(self, dash: Dash) -> None:
        """Make the callbacks known."""
        fields = [
            Input(f"desk-{name}", "value") for name in FILTERS if name not in ("since", "until")
        ]
        dash.clientside_callback(  # type: ignore[no-untyped-call]
            ASK, Output("desk", "asked"), Input("desk", "queue"), Input("desk", "turned"),
            Input("desk-overdue", "checked"), *fields,
            Input("desk-dates", "since"), Input("desk-dates", "until"),
        )  # fmt: skip
        dash.callback(
            Output("desk-anchors", "data"), Output("desk-grid", "getRowsResponse"),
            Output("desk-reached", "children"),
            Input("desk-grid", "getRowsRequest"),
            State("desk", "asked"), State("desk", "further"), State("desk-anchors", "data"),
            prevent_initial_call=True,
        )(self.rows)  # fmt: skip
        dash.callback(
            Output("desk-head", "children"), Output("desk-facts", "children"),
            Output("desk-steps", "children"), Output("desk-map", "scope"),
            Output("desk-points", "value"), Output("desk", "shown"),
            Input("desk", "opened"), Input("desk", "seen"), State("desk", "shown"),
        )(self.show)  # fmt: skip
        self._orders.register(dash)
        self._boards.register(dash)
        self._coordination.register(dash)

    @needs(Right.DESK, block=Block.CASES)
    def rows(self, request: object, given: object, further: object, kept: object) -> Any:
        """Return one block of the table, with the anchor of the next one."""
        viewer = desk_viewer()
        asked = asked_of(viewer, given)
        start, size = block_of(request, BLOCK)
        times = min(max(further, 0), MOST_TIMES) if isinstance(further, int) else 0
        of = sha1(orjson.dumps([asked, times]), usedforsecurity=False).hexdigest()[:12]
        anchors = _anchors(kept, of)
        if asked["queue"] in COORDINATION or (start and str(start) not in anchors):
            return no_update, {"rowData": [], "rowCount": start}, no_update
        around = places.surroundings(self._services, viewer)
        try:
            block = self._block(viewer, asked, anchors.get(str(start)), (size, times))
        except NotFound:
            return {"of": of, "at": {}}, {"rowData": [], "rowCount": 0}, ""
        if block.phones and not start:
            # Who asks for a number and finds somebody knows whose it is.
            detail = {"asked": asked.get("words", ""), "cases": sorted(block.phones)[:20]}
            self._services.auditing.note(AuditKind.VIEWED_PERSONAL, "search by phone", detail)
        units, page = units_by_code(around), block.page
        data = [
            row_of(around, units, line, block.may[line.id]) | {"phone": block.phones.get(line.id)}
            for line in page.lines
        ]
        is_last = page.anchor is None or page.reached is not None
        if not is_last:
            anchors[str(start + size)] = page.anchor
        answer = {"rowData": data, "rowCount": start + len(data) if is_last else None}
        return {"of": of, "at": anchors}, answer, _remark(around, block, times)

    def _block(
        self, viewer: Viewer, asked: Mapping[str, str], anchor: Any, size: tuple[int, int]
    ) -> "_Block":
        wish = wish_of(self._services, viewer, asked)
        rows, times = size
        after = tuple(anchor) if anchor else None
        with self._services.store.read() as connection:
            hits = Found(wish, {})
            if "words" in asked:
                hits = found(self._services, connection, viewer, wish, asked["words"])
            budget = queues.BUDGET * FURTHER**times
            page = queues.page(connection, viewer, hits.wish, after, rows, budget)
            desk = self._services.intake.rules.desk
            may = rights(connection, viewer, desk, page.lines, wish.now)
            return _Block(page, may, hits.phones, hits.is_cut)

    @needs(Right.DESK, block=Block.CASES)
    def show(self, opened: object, _: object, shown: object) -> Any:
        """Return the case that is open, or nothing new where it is as it was shown."""
        viewer = desk_viewer()
        number = opened_of(opened)
        if not number:
            return [], [], [], no_update, {"points": []}, None
        try:
            with self._services.store.read() as connection:
                if _is_as_shown(connection, viewer, number, shown):
                    return (no_update,) * 6
                file = desk_file.read(connection, viewer, int(number))
                now = self._services.now()
                desk = self._services.intake.rules.desk
                may = commands.legal(connection, viewer, desk, int(number), now)
        except NotFound:
            self._services.auditing.refused(404, f"case:{number}", {"by": "desk"})
            around = places.surroundings(self._services, viewer)
            return [around.words("这里没有内容")], [], [], no_update, {"points": []}, None
        around = places.surroundings(self._services, viewer)
        drawn = desk_case.draw(around, file, may)
        row = row_of(around, units_by_code(around), file.line, may)
        row["digest"] = _digest(drawn)
        if isinstance(shown, dict) and (shown.get("key"), shown.get("digest")) == (
            row["key"], row["digest"],
        ):  # fmt: skip
            return (no_update,) * 6
        return drawn.head, drawn.facts, drawn.steps, _scope(around, file), _points(file), row


def _anchors(kept: object, of: str) -> dict[str, Any]:
    """Return where the blocks of this very question begin; those of another are forgotten."""
    if not isinstance(kept, dict) or kept.get("of") != of or not isinstance(kept.get("at"), dict):
        return {}
    return {
        start: anchor
        for start, anchor in kept["at"].items()
        if isinstance(anchor, list) and all(isinstance(value, int) for value in anchor)
    }


@dataclass(frozen=True, slots=True)
class _Block:
    """A page with what may be done to each of its cases."""

    page: queues.QueuePage
    may: Mapping[int, tuple[Command, ...]]
    phones: Mapping[int, str]
    is_cut: bool


def _remark(around: Surroundings, block: _Block, times: int) -> Any:
    """Say where a list does not show all there may be."""
    words, reached = around.words, block.page.reached
    if block.is_cut:
        return words("只列出最新的 {n} 件，请加条件缩小范围", n=MOST)
    if reached is None:
        return ""
    said = words("已查到 {at}，更早的尚未查", at=at_words(around, reached))
    return said if times >= MOST_TIMES else [said, button(words("继续查找"), do="further")]


def _is_as_shown(connection: Connection, viewer: Viewer, number: str, shown: object) -> bool:
    """Tell whether a case is as the page has it; what hangs on some may change by itself."""
    if not isinstance(shown, dict) or shown.get("key") != number:
        return False
    found: Sequence[QueueLine] = queues.lines(connection, viewer, [int(number)])
    hanging = Mark.WHISTLED | Mark.LIKELY | Mark.CROSS
    return bool(found and found[0].version == shown.get("version") and not found[0].marks & hanging)


def _digest(drawn: desk_case.Drawn) -> str:
    whole = orjson.dumps(
        [drawn.head, drawn.facts, drawn.steps], default=lambda part: part.to_plotly_json()
    )
    return sha1(whole, usedforsecurity=False).hexdigest()[:12]


def _scope(around: Surroundings, file: DeskFile) -> str:
    """Return what the map shows of the surroundings: the case's community, or the scope."""
    tree, viewer = around.tree, around.viewer
    line = [at for at in tree.ancestors(file.line.cell) if viewer.sees(at)]
    near = [at for at in line if tree.cells[at].depth <= 3]
    return str(tree.cells[(near or line)[-1]].code)


def _points(file: DeskFile) -> dict[str, Any]:
    """Return the case on the map: its point, and its cell's pattern."""
    case = file.case
    value: dict[str, Any] = {"points": [], "fill": {"plain": [file.line.cell]}}
    if case.lng is not None and case.lat is not None:
        value["points"] = [{"lng": case.lng, "lat": case.lat, "tone": "red"}]
    return value
