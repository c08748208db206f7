"""What the pages of tablets offer to do: exactly what this viewer may, here and now."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from commandcenter.cases import accounts, commands, queries
from commandcenter.cases.accounts import User
from commandcenter.cases.instructions import Instruction
from commandcenter.domain.cases import Command
from commandcenter.domain.roles import Role
from commandcenter.domain.viewers import Viewer
from commandcenter.screen.field_bar import FIELD_WORDS
from commandcenter.settings import ROOT
from commandcenter.store.tables import users
from commandcenter.web.field_bars import FieldBars
from tests.web.conftest import CITY, EAST, Town, now
from tests.web.test_photos import LEAF, with_staff

SAID = re.compile(r"""\bsay\(\s*(['"])(.*?)\1""")
GRID = f"{EAST}001001001"


@pytest.fixture
def staffed(town: Town) -> Town:
    """The town with those who work in it."""
    return with_staff(town)


def viewer(town: Town, name: str) -> Viewer:
    with town.services.store.read() as connection:
        number = connection.execute(select(users.c.id).where(users.c.name == name)).scalar_one()
        account: User | None = accounts.user(connection, number)
        assert account is not None
        found = accounts.viewer_of(account, town.services.tree, "zh")
        assert found is not None
        return found


def offered(town: Town, name: str, cell: str) -> dict[str, Any]:
    made = FieldBars(town.services).of_cell(viewer(town, name), cell)
    return {act["key"]: act for act in made.acts}


def bar_of_case(town: Town, name: str, number: int) -> Any:
    who = viewer(town, name)
    with town.services.store.read() as connection:
        case = queries.case(connection, who, number)
    return FieldBars(town.services).of_case(who, case)


def on_case(town: Town, name: str, number: int) -> dict[str, Any]:
    return {act["key"]: act for act in bar_of_case(town, name, number).acts}


def test_a_cell_offers_what_the_viewer_may_do_in_it(staffed: Town) -> None:
    assert set(offered(staffed, "leader", CITY)) == {"start", "check", "direct"}
    assert set(offered(staffed, "leader", EAST)) == {"start", "check", "whistle", "direct"}
    assert set(offered(staffed, "chief", EAST)) == {"start", "check", "whistle"}
    assert set(offered(staffed, "worker", LEAF)) == {"start", "check"}
    assert set(offered(staffed, "blind", EAST)) == {"check"}
    assert offered(staffed, "city", CITY) == {}


def test_only_levels_below_are_ordered_and_units_of_the_place_called(staffed: Town) -> None:
    order = offered(staffed, "leader", EAST)["direct"]
    assert [level[0] for level in order["levels"]] == ["street", "community", "grid", "micro"]
    assert order["levels"][-1][3] == 16
    whistle = offered(staffed, "leader", f"{EAST}001")["whistle"]
    assert [level[0] for level in whistle["levels"]] == ["district", "street"]
    assert {unit[0].split("-")[0] for unit in whistle["units"]} == {EAST, f"{EAST}001"}


def test_a_small_cell_is_a_place_by_itself_and_a_large_one_is_not(staffed: Town) -> None:
    assert not offered(staffed, "chief", EAST)["start"]["here"]
    assert offered(staffed, "chief", GRID)["start"]["here"]
    assert not offered(staffed, "public", GRID)["start"]["photos"]


def test_a_case_offers_what_is_legal_for_the_viewer_and_nothing_else(staffed: Town) -> None:
    number = staffed.report(LEAF, "one", matter="E0101")
    services = staffed.services
    for name in ("leader", "chief", "worker"):
        found = on_case(staffed, name, number)
        who = viewer(staffed, name)
        with services.store.read() as connection:
            desk = services.intake.rules.desk
            legal = set(commands.legal(connection, who, desk, number, now()))
        given = {Command(key) for key, act in found.items() if act["kind"] == "command"}
        assert given == legal - {Command.RELEASE}, name
    leader = on_case(staffed, "leader", number)
    assert list(leader)[:4] == ["supervise", "photo", "note", "whistle"]
    assert list(on_case(staffed, "chief", number))[:3] == ["take_up", "photo", "note"]
    assert leader["supervise"]["needs"] == ["note"] and "whistle" in leader
    assert on_case(staffed, "city", number) == {}


def test_what_was_done_changes_what_is_offered(staffed: Town) -> None:
    number = staffed.report(LEAF, "one", matter="E0101")
    services, before = staffed.services, bar_of_case(staffed, "leader", number).about
    order = Instruction(number, Command.SUPERVISE, now(), note="快")
    with services.store.write() as connection:
        commands.execute(
            connection, viewer(staffed, "leader"), services.intake.rules.desk,
            services.intake.rules.matters, [order],
        )  # fmt: skip
    found = on_case(staffed, "leader", number)
    assert "release" in found and "supervise" not in found
    after = bar_of_case(staffed, "leader", number).about
    assert (before["version"], after["version"]) == (1, 2), "the version that the page shows"


@pytest.mark.parametrize(
    ("matter", "needs"), [("P0201", ["note", "photo"]), ("E0401", ["note"]), ("E0101", [])]
)
def test_the_form_asks_for_the_evidence_that_the_matter_asks_for(
    staffed: Town, matter: str, needs: list[str]
) -> None:
    number = staffed.report(LEAF, "one", matter=matter)
    services, leader = staffed.services, viewer(staffed, "leader")
    duty = replace(leader, role=Role.DUTY_OFFICER)
    steps = [Instruction(number, step, now()) for step in (Command.DISPATCH, Command.TAKE_UP)]
    rules = services.intake.rules
    with services.store.write() as connection:
        commands.execute(connection, duty, rules.desk, rules.matters, steps)
    with services.store.read() as connection:
        case = queries.case(connection, duty, number)
    acts = {act["key"]: act for act in FieldBars(services).acts_on_case(duty, case)}
    assert acts["handle"]["needs"] == needs and acts["handle"]["fields"] == ["evidence"]


def test_the_words_of_the_forms_are_told_to_their_scripts() -> None:
    said = {
        words
        for file in ROOT.glob("assets/field-*.js")
        for _, words in SAID.findall(file.read_text("utf-8"))
    }
    assert said and said <= set(FIELD_WORDS)
    assert set(FIELD_WORDS) <= said
