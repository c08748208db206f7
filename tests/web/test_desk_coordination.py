"""Whistles and directives given at the desk: to whom, how far they reach, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from commandcenter.cases import directive_queries, whistle_queries
from commandcenter.cases.accounts import Grant
from commandcenter.cases.directive_queries import Directive
from commandcenter.cases.whistle_queries import Wanted, Whistle
from commandcenter.domain.coordination import CallState
from commandcenter.domain.roles import Role
from commandcenter.domain.viewers import Clearance, Viewer
from commandcenter.screen.desk_words import CALL_TITLES, DECISIONS
from tests.screen.desk_server import DUTY, OFFICER, UNIT, add_officers
from tests.web.conftest import CITY, EAST, WEST, Town, now
from tests.web.test_desk import call, dash_outputs, seated

CHIEF, STREET_DUTY = "chief", "street"
GRID = f"{EAST}001001001"
FIELDS = ("cell", "level", "units", "title", "place", "by", "rating", "step", "words")


@pytest.fixture
def desk(town: Town) -> Town:
    add_officers(town.services, [
        Grant(STREET_DUTY, f"{EAST}001", Clearance.STAFF, role=Role.DUTY_OFFICER),
        Grant(CHIEF, GRID, Clearance.STAFF, role=Role.GRID_CHIEF),
    ])  # fmt: skip
    return town


def place(client: FlaskClient, begun: dict[str, Any], **fields: Any) -> tuple[dict[str, Any], str]:
    """Send a form as the page does; returns what the page goes on with, and all that was said."""
    (joined,) = (out for out in dash_outputs(client) if out.startswith("..desk-o-answer.children@"))
    found = call(
        client, joined.strip(".").split("..."),
        {"desk-orders.placed": {"key": "0123456789", "n": 1} | begun},
        {f"desk-o-{name}.value": fields.get(name) for name in FIELDS},
    )  # fmt: skip
    return found["desk-orders"]["done"], str(found)


def boss(town: Town) -> Viewer:
    return Viewer("boss", CITY, 0, len(town.services.tree) - 1, Clearance.STAFF)


def whistled(town: Town) -> list[Whistle]:
    with town.services.store.read() as connection:
        viewer = boss(town)
        page = whistle_queries.page(connection, viewer, Wanted(0, viewer.last), None, 9)
        return [whistle_queries.whistle(connection, viewer, line.id) for line in page.lines]


def directed(town: Town, viewer: Viewer | None = None) -> list[Directive]:
    with town.services.store.read() as connection:
        seen, at = viewer or boss(town), now()
        page = directive_queries.page(connection, seen, None, None, 9, at)
        return [directive_queries.directive(connection, seen, x.id, at) for x in page.lines]


def reach(client: FlaskClient, kind: str, code: str, level: str | None, **about: Any) -> Any:
    return call(
        client, ["desk-o-units.data", "desk-o-units.value", "desk-o-count.children"],
        {"desk-orders.begun": {"kind": kind, "key": "0123456789"} | about,
         "desk-o-cell.value": code, "desk-o-level.value": level},
        {"desk-o-units.value": []},
    )  # fmt: skip


def test_a_whistle_is_blown_once_for_units_that_may_be_called_and_rated_and_called_off(
    desk: Town,
) -> None:
    client = seated(desk, DUTY)
    data = reach(client, "whistle", GRID, "grid")["desk-o-units"]["data"]
    offered = {unit["value"] for unit in data}
    assert UNIT in offered and not any(unit.startswith(WEST) for unit in offered)
    blown = {"cell": GRID, "units": [UNIT], "title": "燃气泄漏", "words": "有居民受困"}
    done, said = place(client, {"kind": "whistle"}, **blown | {"title": " "})
    assert not done.get("closes") and "请填写标题" in said
    for _ in range(2):  # the same form sent twice is one whistle
        assert place(client, {"kind": "whistle"}, **blown)[0]["closes"]
    (whistle,) = whistled(desk)
    assert [call.line.unit for call in whistle.calls] == [UNIT] and whistle.reason == "有居民受困"

    number = {"whistle": whistle.line.id}
    assert not place(seated(desk, OFFICER), {"kind": "recall", **number})[0].get("closes")
    call(seated(desk, OFFICER), ["desk.noted"],
         {"desk.told": {**number, "act": "report_in", "unit": UNIT, "n": 1}}, {})  # fmt: skip
    rates = {"kind": "rate", **number, "unit": UNIT}
    assert place(client, rates, rating="4")[0]["closes"]
    assert place(seated(desk, OFFICER), rates, rating="2")[0]["closes"]
    assert place(client, {"kind": "recall", **number}, words="已控制")[0]["closes"]
    (whistle,) = whistled(desk)
    assert whistle.line.state == "recalled"
    assert (whistle.calls[0].rating_by_caller, whistle.calls[0].rating_by_called) == (4, 2)
    states = {"desk.queue": "whistles", "desk.seen": 1, "desk.noted": None}
    board = str(call(client, ["desk-board.children"], states, {}))
    assert "近日已了" in board and "燃气泄漏" in board
    assert place(client, {"kind": "whistle", "key": "another-one"}, **blown)[0]["closes"]
    (fresh,) = (each for each in whistled(desk) if each.line.state == "open")
    assert place(client, {"kind": "recall", "whistle": fresh.line.id})[0]["closes"]
    assert "已收回" in str(call(client, ["desk-board.children"], states, {}))


def test_the_desk_has_a_word_for_all_that_can_become_of_a_call_and_a_twin() -> None:
    assert set(CALL_TITLES) == set(CallState)
    assert set(DECISIONS) == {"merge", "distinct"}  # as `cases.twins` writes them


def test_nobody_whistles_or_orders_beyond_role_and_scope(desk: Town) -> None:
    order = {"level": "micro", "title": "入户排查"}
    for name, kind, cell in (
        (OFFICER, "whistle", GRID), (OFFICER, "directive", EAST), (CHIEF, "directive", GRID),
        (STREET_DUTY, "whistle", f"{WEST}001"), (STREET_DUTY, "directive", WEST),
    ):  # fmt: skip
        fields = {"cell": cell, "units": [UNIT], "title": "来人"} if kind == "whistle" else order
        done, _ = place(seated(desk, name), {"kind": kind}, **{"cell": cell} | fields)
        assert not done.get("closes"), (name, kind)
    assert whistled(desk) == [] and directed(desk) == []


def test_a_directive_says_its_reach_before_and_chiefs_answer_for_their_own_cells(
    desk: Town,
) -> None:
    client, tree = seated(desk, DUTY), desk.services.tree
    every = [at for at in range(len(tree)) if tree.depth[at] == tree.deepest]
    said = reach(client, "directive", CITY, "micro")["desk-o-count"]["children"]
    assert f"{len(every):,}" in said
    order = {"cell": CITY, "level": "micro", "title": "入户排查", "words": "两小时内完成"}
    assert place(client, {"kind": "directive"}, **order)[0]["closes"]
    (directive,) = directed(desk)
    assert directive.cells == len(every) and directive.body == "两小时内完成"

    chief, number = seated(desk, CHIEF), directive.line.id
    about = {"kind": "answer", "directive": number}
    first, last = tree.range_of(GRID)
    own = sum(first <= at <= last for at in every)
    reached = reach(chief, "answer", GRID, None, directive=number)
    assert f" {own} " in reached["desk-o-count"]["children"]
    assert place(chief, about, cell=GRID, step="act", words="正在走访")[0]["closes"]
    assert not place(chief, about, cell=WEST, step="done")[0].get("closes")
    (directive,) = directed(desk)
    assert directive.line.counts.acting == own and directive.line.counts.done == 0

    # The open sheet goes on with what others say, without a button.
    (sheet,) = (out for out in dash_outputs(client) if out.startswith("desk-o-detail.children@"))
    begun = {"kind": "progress", "key": "0123456789", "directive": number}
    said = call(client, [sheet], {"desk.seen": 1}, {"desk-orders.begun": begun})
    assert f"'{own:,}'" in str(said)
    other = {"desk-orders.begun": begun | {"kind": "answer"}}
    assert call(client, [sheet], {"desk.seen": 2}, other) == {}

    withdraw = {"kind": "withdraw", "directive": directive.line.id}
    assert not place(chief, withdraw)[0].get("closes")
    assert place(client, withdraw, words="误发")[0]["closes"]
    assert directed(desk)[0].line.state == "recalled"
