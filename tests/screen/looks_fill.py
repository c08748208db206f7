"""What fills boards, forms and sheets, so that all that can stand there is looked at."""

from __future__ import annotations

from typing import Any

from commandcenter.cases import directives, whistles
from commandcenter.domain.cases import Command
from commandcenter.domain.cells import Officer
from commandcenter.domain.clocks import HOUR, Millis
from commandcenter.domain.colours import Colour
from commandcenter.domain.directives import Order
from commandcenter.domain.evidence import Exhibit
from commandcenter.domain.roles import Role
from commandcenter.domain.text import Text
from commandcenter.domain.viewers import Clearance, Viewer
from commandcenter.domain.whistles import Summons
from commandcenter.host.coordination import ProgressCounts
from commandcenter.host.panel import ColourChange
from commandcenter.host.reports import Update
from commandcenter.web.services import Services
from tests.plugins.faces import MICRO, call, case, directive, loads, whistle
from tests.web.conftest import CITY, EAST, now

UNITS = (f"{EAST}-hw", f"{EAST}-cg")


def boards(at: Millis) -> dict[str, Any]:
    """Return what a view of the small city has, so that no board of a tablet is empty."""
    late, done = call("990102001-hw", minutes=-5), call("990102001-sz")
    line = case(1)
    change = ColourChange(line.cell, at - HOUR, Colour.BLUE, Colour.RED, "x", "超时 9 件", "王某",
                          at + HOUR)  # fmt: skip
    return {
        "whistled": [whistle(1, late, done, case_id=7)],
        "directed": [directive(1, counts=ProgressCounts(1, 0, 0, 0), total=4)],
        "progressed": {1: {MICRO: 3}},
        "works_here": loads((10, 4), (10, 0)),
        "changes": [change],
        "officers": {MICRO: [Officer("赵乙", Text("副网格长", "Deputy"), "100-1", at + HOUR)]},
        "days": 20,
        "this_month": {"reported": {MICRO: 9}, "closed": {MICRO: 7}},
        "last_month": {"reported": {MICRO: 7}, "closed": {MICRO: 9}},
        "cases": [line, case(2, due=at - HOUR, supervised=True)],
    }


def coordinate(services: Services, number: int) -> None:
    """Whistle for a case, and order two rounds of all grids."""
    tree, ground = services.tree, services.intake.rules.desk.ground
    viewer = Viewer("boss", CITY, 0, len(tree) - 1, Clearance.STAFF, role=Role.DUTY_OFFICER)
    place = tree.position[MICRO]
    with services.store.write() as connection:
        given = Summons(place, "夜市占道会商", UNITS, place="东门口", case_id=number)
        whistles.blow(connection, viewer, ground, given, now())
        for title in ("防汛巡查", "入户排查"):
            order = Order(0, tree.deepest, title, "逐户走访", now() + 3 * HOUR)
            directives.issue(connection, viewer, ground, order, now())


def handle(services: Services, source: Viewer, external_id: str) -> None:
    """Bring a case to where it waits for its check, with a simulated photo and a paper."""
    shown = (Exhibit.stand_in("E0101", "处置后"), Exhibit("https://e.cn/note.pdf", "验收单"))
    told = [
        Update("tests", external_id, Command.TAKE_UP, now()),
        Update("tests", external_id, Command.HANDLE, now(), note="已清理", evidence=shown),
    ]
    outcomes = services.intake.advance(source, told)
    assert all(outcome.refusal is None for outcome in outcomes), outcomes
