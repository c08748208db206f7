"""What a source says of whistles and directives, heard as the deliveries it hands in."""

from dataclasses import replace

import pytest

from commandcenter.api import (
    CallUpdate,
    CellUpdate,
    Directive,
    DirectiveAct,
    Whistle,
    WhistleAct,
)
from commandcenter.cases import directive_queries, whistle_queries
from commandcenter.domain.clocks import HOUR, MINUTE
from commandcenter.domain.roles import Role
from commandcenter.errors import PluginError
from commandcenter.host.deliveries import check, pieces, unpacked
from commandcenter.host.told import Told
from commandcenter.ingest.bounds import Bounds
from commandcenter.testing.stored import MONDAY, StoredCity
from tests.cases.coordination import EAST, WEST, officer

STREET = "990102001"
WHISTLE = Whistle(
    "test", "w1", STREET, 2, "夜市占道", ("990102-cg", "990102001-sz"), MONDAY,
    MONDAY + 20 * MINUTE, case="c1",
)  # fmt: skip
ROUND = Directive("test", "d1", EAST, 5, "入户走访", MONDAY, MONDAY + 2 * HOUR)


def hear(city: StoredCity, *told: Told) -> list[str]:
    """Hand a list in as a source of the city's own does, over the wire between processes."""
    source = replace(city.viewer(), role=Role.SOURCE)
    (piece,) = pieces(check(list(told), "test"))
    heard = unpacked(piece, "test")
    assert list(heard) == list(told)
    return city.intake.hear(source, [x for x in heard if isinstance(x, Told)])


def test_a_source_whistles_orders_and_says_what_came_of_it(stored: StoredCity) -> None:
    stored.accept(stored.report("c1", cell=f"{STREET}001001001"))
    call = CallUpdate("test", "w1", WhistleAct.REPORT_IN, MONDAY + MINUTE, "990102-cg", "到场")
    cells = [cell.code for cell in stored.tree.cells if cell.depth == 5][:16]
    said = [
        CellUpdate("test", "d1", act, MONDAY + n * MINUTE, cell)
        for n, act in enumerate((DirectiveAct.RECEIVE, DirectiveAct.ACT, DirectiveAct.DONE))
        for cell in cells
    ]
    told = (WHISTLE, ROUND, call, *said[:-1])
    assert hear(stored, *told) == []
    stored.clock.now += HOUR
    with stored.store.read() as connection:
        viewer = officer(stored)
        whistle = whistle_queries.whistle(connection, viewer, 1)
        directive = directive_queries.directive(connection, viewer, 1, stored.clock.now)
    assert (whistle.line.case_id, whistle.line.depth) == (1, 2)
    assert [c.line.reported_in_at for c in whistle.calls] == [MONDAY + MINUTE, None]
    assert directive.line.counts == (0, 0, 1, 15)
    again = hear(stored, *told)
    assert len(again) == 1 and "report_in" in again[0], "the same again changes nothing"
    assert hear(stored, said[-1]) == []
    assert "done" in hear(stored, said[0])[0]
    over = CallUpdate("test", "w1", WhistleAct.RECALL, MONDAY + HOUR)
    assert hear(stored, over) == []


def test_what_cannot_be_is_refused_with_the_reason_and_the_rest_is_heard(
    small: StoredCity,
) -> None:
    refused = hear(
        small,
        WHISTLE,
        WHISTLE._replace(external_id="w2", case=None, units=("nobody",)),
        WHISTLE._replace(external_id="w3", case=None),
        CallUpdate("test", "w9", WhistleAct.DONE, MONDAY, "990102-cg"),
        ROUND._replace(cell="0"),
        ROUND,
        CellUpdate("test", "d1", DirectiveAct.DONE, MONDAY, WEST),
        CellUpdate("test", "d1", DirectiveAct.RECALL, MONDAY),
        CellUpdate("test", "d1", DirectiveAct.DONE, MONDAY, f"{STREET}001001001"),
    )
    assert [reason.partition(":")[0] for reason in refused] == ["w1", "w2", "w9", "d1", "d1", "d1"]
    assert "recalled" in refused[-1] and "c1" in refused[0]


def test_a_source_of_one_district_speaks_of_no_other(small: StoredCity) -> None:
    bounds = Bounds.of_plugin("x", (WEST,), small.tree)
    source = replace(small.viewer(), role=Role.SOURCE)
    inside = small.intake.within(bounds)
    assert len(inside.hear(source, [ROUND, ROUND._replace(cell=WEST)])) == 1


@pytest.mark.parametrize(
    "told",
    [
        WHISTLE._replace(units=()), WHISTLE._replace(title="\x00"), ROUND._replace(deadline=-1),
        CallUpdate("test", "w1", "dance", MONDAY),  # type: ignore[arg-type]
        CellUpdate("other", "d1", DirectiveAct.DONE, MONDAY, EAST),
    ],
)  # fmt: skip
def test_what_has_no_shape_is_refused_before_it_is_heard(told: Told) -> None:
    with pytest.raises(PluginError):
        check([told], "test")
