"""Whistles and directives given at the desk: what their form offers, and what came of it.

They go the way of /api/v1/whistles and /api/v1/directives: the same functions ask again who may.
"""

from collections.abc import Mapping
from typing import Any

from dash import Dash, Input, Output, State, html, no_update
from dash.development.base_component import Component

from commandcenter.cases import directive_queries, directives, queries, whistle_queries, whistles
from commandcenter.cases.search import cells as cells_like
from commandcenter.domain import directives as directive_rules
from commandcenter.domain import whistles as whistle_rules
from commandcenter.domain.clocks import HOUR, MINUTE, Millis
from commandcenter.domain.rights import COORDINATING, Block, Right
from commandcenter.domain.viewers import Viewer
from commandcenter.errors import CommandCenterError, NotFound
from commandcenter.screen import desk_order_form as form
from commandcenter.screen.desk_answers import coordination_refusal
from commandcenter.screen.desk_rows import place_of, unit_title, units_by_code
from commandcenter.screen.tablet import Surroundings
from commandcenter.store.store import Connection
from commandcenter.web import places
from commandcenter.web.desk_begun import (
    Begun,
    answered_cells,
    answers_of,
    note_of,
    order_of,
    rating_of,
    summons_of,
)
from commandcenter.web.desk_sheets import Sheets, sheet_of
from commandcenter.web.permission import needs
from commandcenter.web.places import desk_viewer
from commandcenter.web.services import Services

FIELDS = ("cell", "level", "units", "title", "place", "by", "rating", "step", "words")
MOST_CELLS = 40
LONGEST_SEARCH = 60
ASKED_FOR: Mapping[str, Millis] = {form.WHISTLE: 30 * MINUTE, form.DIRECTIVE: 2 * HOUR}
"""What those who are called have where nobody chooses something else."""
NOTHING: list[Any] = []
Options = list[dict[str, str]]


class Coordination:
    """Fills the form of whistles and directives, and carries it out."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def register(self, dash: Dash) -> None:
        """Make the callbacks known."""
        Sheets(self._services).register(dash)
        begun = Input("desk-orders", "begun")
        dash.callback(
            Output("desk-o-head", "children"), Output("desk-o-detail", "children"),
            Output("desk-o-cell", "data"), Output("desk-o-cell", "value"),
            Output("desk-o-by", "value"), Output("desk-o-answer", "children"),
            begun, prevent_initial_call=True,
        )(self.begin)  # fmt: skip
        dash.callback(
            Output("desk-o-cell", "data", allow_duplicate=True),
            Input("desk-o-cell", "searchValue"), State("desk-o-cell", "value"),
            State("desk-orders", "begun"), prevent_initial_call=True,
        )(self.find)  # fmt: skip
        dash.callback(
            Output("desk-o-level", "data"), Output("desk-o-level", "value"),
            begun, Input("desk-o-cell", "value"), prevent_initial_call=True,
        )(self.levels)  # fmt: skip
        dash.callback(
            Output("desk-o-units", "data"), Output("desk-o-units", "value"),
            Output("desk-o-count", "children"),
            begun, Input("desk-o-cell", "value"), Input("desk-o-level", "value"),
            State("desk-o-units", "value"), prevent_initial_call=True,
        )(self.reach)  # fmt: skip
        dash.callback(
            Output("desk-o-answer", "children", allow_duplicate=True),
            Output("desk-orders", "done"),
            Input("desk-orders", "placed"), *(State(f"desk-o-{name}", "value") for name in FIELDS),
            prevent_initial_call=True,
        )(self.place)  # fmt: skip

    @needs(Right.DESK, block=Block.CASES)
    def begin(self, given: object) -> Any:
        """Return what a form is about, and what it proposes."""
        viewer, begun = desk_viewer(), Begun.of(given)
        if begun is None:
            return "", NOTHING, NOTHING, None, None, NOTHING
        around = places.surroundings(self._services, viewer)
        try:
            with self._services.store.read() as connection:
                said, detail = self._about(around, connection, begun)
                at = self._proposed(connection, viewer, begun)
        except NotFound:
            return around.words("这里没有内容"), NOTHING, NOTHING, None, None, NOTHING
        head = [html.B(around.words(form.TITLES[begun.kind])), html.Span(said)]
        chosen = self._services.tree.cells[at].code if at is not None else None
        data = self._cells(around, "", chosen)
        return head, detail, data, chosen, self._by(begun), NOTHING

    def _about(
        self, around: Surroundings, connection: Connection, begun: Begun
    ) -> tuple[str, list[Component]]:
        """Return the title of what a form is about, and what there is to see of it."""
        viewer, words = around.viewer, around.words
        if begun.whistle:
            found = whistle_queries.whistle(connection, viewer, begun.whistle)
            unit = unit_title(around, units_by_code(around), begun.unit or None)
            return " · ".join(filter(None, (unit, found.line.title))), []
        if begun.directive:
            now, number = self._services.now(), begun.directive
            known = directive_queries.directive(connection, viewer, number, now)
            if begun.kind != form.PROGRESS:
                return known.line.title, []
            return known.line.title, sheet_of(self._services, around, connection, known)
        return words("案件 {n}", n=begun.case) if begun.case else "", []

    def _proposed(self, connection: Connection, viewer: Viewer, begun: Begun) -> int | None:
        if begun.case is not None:
            return queries.case(connection, viewer, begun.case).line.cell
        is_city = viewer.first == 0 and begun.kind == form.WHISTLE
        return None if is_city else viewer.first

    def _by(self, begun: Begun) -> str | None:
        length = ASKED_FOR.get(begun.kind)
        if length is None:
            return None
        local = self._services.catalogue.calendar.local(self._services.now() + length)
        return local.strftime("%Y-%m-%dT%H:%M")

    @needs(Right.DESK, block=Block.CASES)
    def find(self, searched: object, chosen: object, given: object) -> Any:
        """Return the cells that are called so, and the one that is chosen."""
        viewer, begun = desk_viewer(), Begun.of(given)
        if begun is None or not isinstance(searched, str):
            return no_update
        around = places.surroundings(self._services, viewer)
        code = chosen if isinstance(chosen, str) else None
        named = searched.rpartition(" · ")[2]
        # What was just chosen stands in the field, and may not be known as chosen here yet.
        if self._seen(viewer, named) is not None and searched == self._cell(around, named)["label"]:
            return no_update
        return self._cells(around, searched.strip()[:LONGEST_SEARCH], code)

    def _cells(self, around: Surroundings, searched: str, chosen: str | None) -> Options:
        tree, viewer = self._services.tree, around.viewer
        if searched:
            found = cells_like(tree, viewer, searched, MOST_CELLS)
        else:
            found = [viewer.first, *tree.children(viewer.first)[:MOST_CELLS]]
        codes = [tree.cells[at].code for at in found]
        if chosen and chosen in tree and viewer.sees(tree.position[chosen]):
            codes.insert(0, chosen)
        return [self._cell(around, code) for code in dict.fromkeys(codes)]

    def _cell(self, around: Surroundings, code: str) -> dict[str, str]:
        at = self._services.tree.position[code]
        return {"value": code, "label": f"{place_of(around, at)} · {code}"}

    @needs(Right.DESK, block=Block.CASES)
    def levels(self, given: object, code: object) -> Any:
        """Return the levels that can whistle to a cell, or that a directive in it can go to."""
        viewer, begun = desk_viewer(), Begun.of(given)
        at = self._seen(viewer, code)
        if begun is None or at is None or begun.kind not in (form.WHISTLE, form.DIRECTIVE):
            return NOTHING, None
        ground, tree = self._services.intake.rules.desk.ground, self._services.tree
        depth, own = int(tree.depth[at]), ground.depth_of(viewer)
        if begun.kind == form.WHISTLE:
            depths = list(range(max(1, own), min(depth, ground.lowest) + 1))
        else:
            depths = list(range(max(1, depth, own + 1), tree.deepest + 1))
        levels = self._services.catalogue.levels
        data = [{"value": levels[d].key, "label": levels[d].title.in_language(viewer.language)}
                for d in depths]  # fmt: skip
        return data, data[-1]["value"] if data else None

    @needs(Right.DESK, block=Block.CASES)
    def reach(self, given: object, code: object, level: object, units: object) -> Any:
        """Return the units that can be called, and in words how far a form reaches."""
        viewer, begun = desk_viewer(), Begun.of(given)
        at = self._seen(viewer, code)
        if begun is None or at is None:
            return NOTHING, NOTHING, ""
        around = places.surroundings(self._services, viewer)
        keys = [each.key for each in around.catalogue.levels]
        depth = keys.index(level) if isinstance(level, str) and level in keys else None
        if begun.kind == form.WHISTLE:
            data = self._units(around, at, depth)
            known = {unit["value"] for unit in data}
            chosen = units if isinstance(units, list) else []
            kept = [unit for unit in chosen if unit in known]
            # What was chosen while this was asked must not be undone by what stood before.
            left = NOTHING if kept == chosen else kept
            return data, left, around.words("可呼叫 {n} 个单位", n=len(data))
        return NOTHING, NOTHING, self._count(around, begun, at, depth)

    def _units(self, around: Surroundings, at: int, depth: int | None) -> Options:
        """Return the units that the rules let a level call to a place, the nearest first."""
        ground, tree = self._services.intake.rules.desk.ground, self._services.tree
        most = ground.lowest if depth is None else depth
        line = set(tree.ancestors(at))
        seats = {unit: ground.seat(unit) for unit in ground.units}
        found = [unit for unit, seat in seats.items() if seat in line and tree.depth[seat] <= most]
        found.sort(key=lambda unit: -seats[unit])
        return [{"value": unit, "label": unit_title(around, ground.units, unit)} for unit in found]

    def _count(self, around: Surroundings, begun: Begun, at: int, depth: int | None) -> str:
        words, levels = around.words, around.catalogue.levels
        if begun.kind == form.DIRECTIVE and depth is not None:
            count = len(directive_rules.cells_of(self._services.tree, at, depth))
            level = levels[depth].title.in_language(around.language)
            return words("将下达给 {n} 个{level}", n=f"{count:,}", level=level)
        if begun.kind == form.ANSWER:
            code = self._services.tree.cells[at].code
            try:
                with self._services.store.read() as connection:
                    cells = answered_cells(
                        self._services, connection, around.viewer, begun.directive, code
                    )
            except NotFound:
                return ""
            return words("将登记 {n} 个单元", n=f"{len(cells):,}")
        return ""

    @needs(*COORDINATING, block=Block.CASES)
    def place(self, given: object, *values: object) -> Any:
        """Carry out a form; whatever refuses it is said, and all that was typed stays."""
        viewer, begun = desk_viewer(), Begun.of(given)
        around = places.surroundings(self._services, viewer)
        n = given.get("n", 0) if isinstance(given, dict) else 0
        if begun is None:
            return no_update, {"n": n}
        fields = dict(zip(FIELDS, values, strict=True))
        try:
            with self._services.store.write() as connection:
                said = self._carry_out(connection, around, begun, fields)
                self._tell(connection, begun, fields)
        except (CommandCenterError, ValueError) as error:
            return coordination_refusal(around, error), {"n": n}
        return NOTHING, {"n": n, "closes": True, "said": said}

    def _carry_out(
        self, connection: Connection, around: Surroundings, begun: Begun, fields: dict[str, Any]
    ) -> str:
        """Write what a form asks for; returns what is said of it."""
        services, viewer, words = self._services, around.viewer, around.words
        now, ground = services.now(), services.intake.rules.desk.ground
        note = note_of(fields)
        match begun.kind:
            case form.WHISTLE:
                summons = summons_of(services, viewer, begun, fields)
                whistles.blow(connection, viewer, ground, summons, now)
                return words("已呼叫 {n} 个单位", n=len(summons.units))
            case form.DIRECTIVE:
                order = order_of(services, viewer, begun, fields)
                directives.issue(connection, viewer, ground, order, now)
                count = len(directive_rules.cells_of(services.tree, order.cell, order.depth_to))
                return words("已下达给 {n} 个单元", n=f"{count:,}")
            case form.RATE | form.RECALL:
                is_rate = begun.kind == form.RATE
                act = whistle_rules.Act.RATE if is_rate else whistle_rules.Act.RECALL
                rating = rating_of(fields) if is_rate else None
                told = whistles.Told(begun.whistle, act, begun.unit, note, rating)
                whistles.act(connection, viewer, ground, told, now)
            case form.WITHDRAW:
                recall = directives.Recall(begun.directive, note)
                directives.recall(connection, viewer, ground, recall, now)
            case form.ANSWER:
                number = begun.directive
                cells = answered_cells(services, connection, viewer, number, fields["cell"])
                given = answers_of(cells, fields)
                taken = directives.acknowledge(connection, viewer, number, given, now)
                return words("已登记 {n} 个单元", n=f"{taken.changed:,}")
        return words("已登记")

    def _tell(self, connection: Connection, begun: Begun, fields: dict[str, Any]) -> None:
        """Write down what a form did; what it made is named by the acts of that moment."""
        number = begun.whistle or begun.directive
        about = "whistle" if begun.whistle else "directive" if begun.directive else begun.kind
        at = self._services.tree.position.get(str(fields["cell"]))
        told = {"act": begun.kind, "unit": begun.unit, "case": begun.case, "by": "desk"}
        what = f"{about}:{number}" if number else about
        self._services.auditing.tell(connection, what, told, at)

    def _seen(self, viewer: Viewer, code: object) -> int | None:
        at = self._services.tree.position.get(code) if isinstance(code, str) else None
        return at if at is not None and viewer.sees(at) else None
