"""Simulated whistles and directives: legal, believable, the same after a restart."""

from collections import Counter, defaultdict

import pytest

from commandcenter.api import (
    DAY,
    HOUR,
    MINUTE,
    CallState,
    CallUpdate,
    CellUpdate,
    Directive,
    DirectiveAct,
    Millis,
    Whistle,
    WhistleAct,
)
from commandcenter.domain import directives, whistles
from commandcenter.testing import small_tree
from plugins.simulated import source
from tests.plugins.test_simulated_source import NOON, Town

TREE = small_tree()


def _run(town: Town) -> Town:
    for batch in source.run(town):  # type: ignore[arg-type]
        town.take(batch)
    return town


@pytest.fixture(scope="module")
def day() -> Town:
    """A day of a busy town."""
    return _run(Town(NOON + DAY, options={"rate": 2_500}))


def _blown(town: Town) -> dict[str, Whistle]:
    return {told.external_id: told for told in town.told if isinstance(told, Whistle)}


def test_whatever_is_said_of_a_whistle_is_legal(day: Town) -> None:
    blown = _blown(day)
    states = {(key, unit): CallState.CALLED for key, w in blown.items() for unit in w.units}
    ended = set[str]()
    seats = {unit.code: TREE.position[unit.cell] for unit in day.units}
    for whistle in blown.values():
        line = TREE.ancestors(TREE.position[whistle.cell])
        assert whistle.depth <= TREE[whistle.cell].depth
        assert all(seats[unit] in line for unit in whistle.units)
        assert all(TREE.depth[seats[unit]] <= whistle.depth for unit in whistle.units)
    for told in day.told:
        if not isinstance(told, CallUpdate):
            continue
        assert told.at > blown[told.external_id].at
        if told.act is WhistleAct.RECALL:
            assert told.external_id not in ended
            ended.add(told.external_id)
            continue
        key = told.external_id, told.unit
        states[key] = whistles.next_state(states[key], told.act, told.external_id not in ended)


def test_the_called_come_in_time_late_or_never(day: Town) -> None:
    blown = _blown(day)
    came = Counter[str]()
    answers = {
        (told.external_id, told.unit): told.at
        for told in day.told
        if isinstance(told, CallUpdate) and told.act is WhistleAct.REPORT_IN
    }
    for key, whistle in blown.items():
        if whistle.at > NOON + 18 * HOUR or whistle.due is None:
            continue
        for unit in whistle.units:
            at = answers.get((key, unit))
            came["never" if at is None else "late" if at > whistle.due else "in time"] += 1
    assert came["in time"] > came["late"] > 0 and came["never"] > 0
    assert 0.6 < came["in time"] / came.total() < 0.9


def test_a_busy_city_whistles_a_handful_of_times_an_hour_on_cases_and_without(day: Town) -> None:
    today = [whistle for whistle in _blown(day).values() if whistle.at >= NOON]
    assert 25 < len(today) < 100
    assert {whistle.depth for whistle in today} == {2, 3}  # no unit sits at the city
    on_cases = [whistle.case for whistle in today if whistle.case is not None]
    assert 0 < len(on_cases) < len(today)
    assert all(case in day.states for case in on_cases)


def test_a_city_that_begins_has_whistles_of_the_days_before(day: Town) -> None:
    assert any(whistle.at < NOON - DAY for whistle in _blown(day).values())


def test_one_or_two_rounds_are_on_at_every_hour(day: Town) -> None:
    issued = {told.external_id: told for told in day.told if isinstance(told, Directive)}
    for hour in range(1, 24):
        now = NOON + hour * HOUR + 30 * MINUTE
        live = [d for d in issued.values() if d.at <= now < d.deadline]
        assert 1 <= len(live) <= 3
    whole = [d for d in issued.values() if d.cell == TREE.cells[0].code]
    assert {d.depth_to for d in whole} == {3, TREE.deepest}


def test_cells_go_forward_most_in_time_some_late_some_never(day: Town) -> None:
    issued = {told.external_id: told for told in day.told if isinstance(told, Directive)}
    far: dict[str, dict[str, tuple[int, Millis]]] = defaultdict(dict)
    recalled: dict[str, Millis] = {}
    for told in day.told:
        if not isinstance(told, CellUpdate):
            continue
        directive = issued[told.external_id]
        if told.act is DirectiveAct.RECALL:
            recalled[told.external_id] = told.at
            continue
        assert told.external_id not in recalled
        first, last = TREE.range_of(directive.cell)
        at = TREE.position[told.cell]
        assert first <= at <= last and TREE.depth[at] == directive.depth_to
        step = int(directives.TARGETS[told.act])
        assert step > far[told.external_id].get(told.cell, (0, 0))[0]
        far[told.external_id][told.cell] = step, told.at
    counted = Counter[str]()
    for key, cells in far.items():
        if key in recalled or issued[key].deadline + HOUR > NOON + DAY:
            continue
        for step, at in cells.values():
            ending = "late" if at > issued[key].deadline else "in time"
            counted[ending if step == 3 else "never"] += 1
    assert counted["in time"] > 0.9 * counted.total()
    assert counted["late"] > 0 and counted["never"] > 0


def test_a_restart_says_nothing_twice_and_forgets_nothing() -> None:
    options = {"rate": 1_500}
    through = _run(Town(NOON + 5 * HOUR, options=options))
    broken = _run(Town(NOON + 2 * HOUR, options=options))
    broken.end = NOON + 5 * HOUR
    _run(broken)
    assert max(Counter(broken.told).values()) == 1
    assert set(broken.told) == set(through.told)


def test_a_small_town_has_rounds_by_the_clock_no_larger_than_it_is_and_whistles() -> None:
    town = _run(Town(NOON + 8 * HOUR, options={"rate": 20}))
    issued = {told.external_id: told for told in town.told if isinstance(told, Directive)}
    for hour in range(1, 8):
        now = NOON + hour * HOUR + 30 * MINUTE
        assert [d for d in issued.values() if d.at <= now < d.deadline]
    said = defaultdict[str, set[str]](set)
    for told in town.told:
        if isinstance(told, CellUpdate) and told.cell is not None:
            said[told.external_id].add(told.cell)
    assert said and max(map(len, said.values())) <= 4 * 20
    assert len(TREE.cells) > 4 * 20  # or else nothing would have been too large
    assert any(whistle.case is None for whistle in _blown(town).values())


def test_a_quiet_town_has_neither_rounds_nor_whistles_without_a_case() -> None:
    town = _run(Town(NOON + 6 * HOUR, options={"rate": 10}))
    assert not [told for told in town.told if isinstance(told, Directive)]
    assert all(whistle.case is not None for whistle in _blown(town).values())
