"""The tables of access: what they promise the rest of the product."""

import runpy

import pytest

from commandcenter.domain.cases import TABLE
from commandcenter.domain.rights import (
    BLOCK_TITLES,
    BLOCKS,
    BY_TIER,
    RIGHT_TITLES,
    RIGHTS,
    WITHOUT_ROLE,
    Block,
    Right,
    blocks_from,
    blocks_kept,
    blocks_of,
    needs_second_factor,
)
from commandcenter.domain.roles import Role
from commandcenter.domain.viewers import Clearance, Viewer
from commandcenter.settings import ROOT

CASES = frozenset({Block.CASES})


def viewer(role: Role | None = None, kind: str = "user", depth: int = 0) -> Viewer:
    return Viewer("x", "1", 0, 9, Clearance.STAFF, kind=kind, role=role, depth=depth)


def test_the_page_of_access_is_drawn_from_the_tables_as_they_are() -> None:
    drawn = runpy.run_path(str(ROOT / "docs" / "access_tables.py"))["page"]()
    there = (ROOT / "docs" / "access.md").read_text("utf-8")
    assert there == drawn, "the tables have changed: run python docs/access_tables.py"


def test_every_right_and_every_block_stands_in_the_tables() -> None:
    assert set(RIGHTS) == set(RIGHT_TITLES) == set(Right)
    assert set(BY_TIER) == set(BLOCK_TITLES) == BLOCKS == set(Block)


def test_who_commands_is_who_stands_in_the_table_of_the_loop() -> None:
    assert RIGHTS[Right.COMMAND] == {role for rule in TABLE for role in rule.roles}


def test_who_has_no_role_looks_and_searches_and_nothing_else() -> None:
    for kind in ("user", "wall"):
        assert viewer(kind=kind).rights == {Right.LOOK, Right.SEARCH}
    assert viewer(kind="nothing known").rights == frozenset()


def test_keys_of_programs_look_at_nothing_beyond_their_purpose() -> None:
    assert not WITHOUT_ROLE["plugin"] & {Right.LOOK, Right.SEARCH}
    assert viewer(kind="metrics").rights == {Right.METRICS}


def test_who_runs_the_server_and_who_audits_touch_no_case() -> None:
    for role in (Role.OPERATOR, Role.AUDITOR, Role.WALL):
        may = viewer(role).rights
        assert not may & {Right.COMMAND, Right.WHISTLE, Right.DIRECT, Right.UNMASK}
    assert viewer(Role.AUDITOR).may(Right.AUDIT)
    assert not viewer(Role.OPERATOR).may(Right.AUDIT)


def test_a_wall_sees_no_persons_unless_told() -> None:
    wall = viewer(kind="wall")
    assert wall.blocks == BLOCKS - {Block.PEOPLE}
    told = Viewer("x", "1", 0, 9, Clearance.STAFF, kind="wall", given=BLOCKS)
    assert Block.PEOPLE in told.blocks


@pytest.mark.parametrize("role", [None, *Role])
def test_a_lower_tier_never_sees_more_than_a_higher_one(role: Role | None) -> None:
    for depth in range(6):
        assert blocks_of(role, depth + 1) <= blocks_of(role, depth)


def test_a_grid_sees_its_cases_and_only_its_chief_the_record() -> None:
    assert Block.APPRAISAL not in blocks_of(Role.GRID_WORKER, 4)
    assert Block.APPRAISAL not in blocks_of(None, 4)
    assert Block.APPRAISAL in blocks_of(Role.GRID_CHIEF, 4)
    assert Block.CASES in blocks_of(Role.GRID_WORKER, 5)


def test_blocks_of_an_account_are_kept_and_read_again() -> None:
    assert blocks_from(blocks_kept({Block.PEOPLE, Block.CASES})) == {Block.CASES, Block.PEOPLE}
    assert blocks_from(blocks_kept(None)) is None
    assert blocks_from(blocks_kept(())) == frozenset()
    assert blocks_from("cases,secrets") == CASES


def test_a_second_factor_is_asked_of_who_runs_the_server_and_who_audits() -> None:
    assert {role for role in Role if needs_second_factor(role)} == {Role.OPERATOR, Role.AUDITOR}
