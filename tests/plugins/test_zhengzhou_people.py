"""Made-up people of Zhengzhou: the same for the same cell and shift, and marked as made up."""

from commandcenter.api import HOUR, Cell
from plugins.zhengzhou.city import SEED, zhengzhou
from plugins.zhengzhou.people import DEPUTIES, ON_DUTY, staff

MIDNIGHT = 1_780_243_200_000
"""2026-06-01 00:00 in Zhengzhou: a shift begins."""
GRID = Cell("410105001003001", "第1网格", 4, "410105001003", 113.6, 34.7)


def test_deputies_stay_and_those_on_duty_change_with_the_shift():
    first = staff(SEED, GRID, MIDNIGHT)
    assert staff(SEED, GRID, MIDNIGHT + 8 * HOUR - 1) == first
    later = staff(SEED, GRID, MIDNIGHT + 8 * HOUR)
    deputies = DEPUTIES[GRID.depth]
    assert later[:deputies] == first[:deputies] and later[deputies:] != first[deputies:]
    assert {officer.until for officer in first[deputies:]} == {MIDNIGHT + 8 * HOUR}


def test_every_level_has_somebody_who_can_be_reached_and_all_are_made_up():
    for depth in range(6):
        cell = GRID._replace(depth=depth)
        found = staff(SEED, cell, MIDNIGHT)
        assert len(found) == DEPUTIES[depth] + ON_DUTY[depth] >= 1
        assert all(officer.invented and officer.phone.startswith("100-") for officer in found)
        assert all(officer.post.zh and officer.post.en for officer in found)


def test_the_city_says_who_works_for_its_cells():
    city = zhengzhou()
    assert city.staff is not None
    assert city.staff(GRID, MIDNIGHT) == staff(SEED, GRID, MIDNIGHT)
