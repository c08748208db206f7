"""Whistles and directives at the desk: the lists, and what their buttons tell."""

from typing import Any

from dash import Dash, Input, Output, no_update

from commandcenter.cases import directive_queries, directives, whistle_queries, whistles
from commandcenter.cases.whistle_queries import Wanted
from commandcenter.domain import directives as directive_rules
from commandcenter.domain import whistles as whistle_rules
from commandcenter.domain.rights import COORDINATING, Block, Right
from commandcenter.domain.roles import Role
from commandcenter.domain.viewers import Viewer
from commandcenter.errors import CommandCenterError
from commandcenter.host.coordination import WhistleLine
from commandcenter.screen.desk_board import BoardRights, directive_board, whistle_board
from commandcenter.screen.desk_queues import DIRECTIVES, WHISTLES
from commandcenter.store.store import Connection
from commandcenter.web import places
from commandcenter.web.permission import needs
from commandcenter.web.places import desk_viewer
from commandcenter.web.services import Services

MOST = 100
MOST_PAST = 10


class Boards:
    """The lists at the desk that are no queues of cases."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def register(self, dash: Dash) -> None:
        """Make the callbacks known."""
        dash.callback(
            Output("desk-board", "children"),
            Input("desk", "queue"), Input("desk", "seen"), Input("desk", "noted"),
        )(self.show)  # fmt: skip
        dash.callback(Output("desk", "noted"), Input("desk", "told"), prevent_initial_call=True)(
            self.tell
        )

    @needs(Right.DESK, block=Block.CASES)
    def show(self, queue: object, _: object, __: object) -> Any:
        """Return a list as it is now."""
        viewer = desk_viewer()
        if queue not in (WHISTLES, DIRECTIVES):
            return no_update
        around, now = places.surroundings(self._services, viewer), self._services.now()
        with self._services.store.read() as connection:
            if queue == WHISTLES:
                lines, past = _whistles(connection, viewer), _past(connection, viewer)
                return whistle_board(around, lines, past, now, self._rights(viewer))
            live = directive_queries.open_directives(connection, viewer, MOST, now)
        return directive_board(around, live, now, self._rights(viewer))

    @needs(*COORDINATING, block=Block.CASES)
    def tell(self, told: object) -> Any:
        """Carry out what a button tells; whatever refuses it is said."""
        viewer = desk_viewer()
        if not isinstance(told, dict):
            return no_update
        words = places.surroundings(self._services, viewer).words
        n = told.get("n", 0)
        try:
            with self._services.store.write() as connection:
                self._carry_out(connection, viewer, told)
        except (CommandCenterError, ValueError, TypeError) as error:
            return {"n": n, "said": words("没有执行：{why}", why=str(error))}
        return {"n": n, "said": words("已登记")}

    def _carry_out(self, connection: Connection, viewer: Viewer, told: dict[str, Any]) -> None:
        now, ground = self._services.now(), self._services.intake.rules.desk.ground
        if "whistle" in told:
            act = whistle_rules.Act(str(told.get("act")))
            said = whistles.Told(int(told["whistle"]), act, str(told.get("unit", ""))[:64])
            whistles.act(connection, viewer, ground, said, now)
            told_of = {"act": act.value, "unit": said.unit, "by": "desk"}
            self._services.auditing.tell(connection, f"whistle:{said.whistle}", told_of)
            return
        number, step = int(told.get("directive", 0)), directive_rules.Act(str(told.get("act")))
        tree = self._services.tree
        around = directive_queries.directive(connection, viewer, number, now).line
        cells = directive_rules.cells_of(tree, around.cell, around.depth_to)
        given = [
            directive_rules.Acknowledgement(int(at), step) for at in cells if viewer.sees(int(at))
        ]
        directives.acknowledge(connection, viewer, number, given[:1], now)
        told_of = {"act": step.value, "by": "desk"}
        self._services.auditing.tell(connection, f"directive:{number}", told_of)

    def _rights(self, viewer: Viewer) -> BoardRights:
        ground = self._services.intake.rules.desk.ground
        level = ground.depth_of(viewer)
        return BoardRights(
            lambda unit: unit in ground.units and ground.may_act_for(viewer, unit),
            lambda depth: viewer.may(Right.WHISTLE) and level <= depth,
            lambda depth: viewer.may(Right.DIRECT) and level <= depth,
            viewer.may(Right.ANSWER_ORDER),
        )


def _whistles(connection: Connection, viewer: Viewer) -> list[WhistleLine]:
    """Return the whistles of a scope; those that call a unit, for who is of it."""
    if viewer.role is Role.UNIT_OFFICER:
        return whistle_queries.of_unit(connection, viewer, viewer.unit or "", MOST)
    return whistle_queries.open_whistles(connection, viewer, viewer.first, viewer.last, MOST)


def _past(connection: Connection, viewer: Viewer) -> list[WhistleLine]:
    """Return the whistles that ended last, which both sides can still rate."""
    unit = viewer.unit if viewer.role is Role.UNIT_OFFICER else None
    wanted = Wanted(viewer.first, viewer.last, is_open=False, unit=unit)
    return whistle_queries.page(connection, viewer, wanted, None, MOST_PAST).lines
