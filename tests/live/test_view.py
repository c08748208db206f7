"""What a panel sees: its scope and nothing beside it, today against the usual, who holds what.

Longer than most: one view over one town answers all that can be asked of it.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest

from commandcenter.domain.cases import Command, State
from commandcenter.domain.cells import Cell, Officer
from commandcenter.domain.clocks import DAY, HOUR, MINUTE, Millis
from commandcenter.domain.colours import Colour
from commandcenter.domain.text import Text
from commandcenter.domain.viewers import Clearance
from commandcenter.errors import NotFound, PluginError
from commandcenter.host.panel import ColourChange, Month
from commandcenter.host.reports import Filing, Report
from commandcenter.live.colours import Colours
from commandcenter.live.months import spans
from commandcenter.live.rollup import Rollup
from commandcenter.live.topics import Topic
from commandcenter.live.view import City, ScopeView
from commandcenter.testing import FakeView, small_data
from commandcenter.testing.city import LEVELS
from commandcenter.testing.stored import MONDAY, StoredCity

EAST, WEST, SOUTH = "990102", "990103", "990105"


def no_connection() -> Any:
    raise PluginError("no cases here")


def live_city(city: StoredCity, rollup: Rollup | None = None) -> City:
    return City(
        rollup or city.rollup(), Colours(city.tree), LEVELS, city.channels, city.matters,
        small_data().units, (),
    )  # fmt: skip


def view_of(
    city: StoredCity, scope: str, live: City | None = None, clearance: int = Clearance.STAFF
) -> ScopeView:
    topic = Topic.of("x.p", scope, clearance, "zh", {"rows": 3})
    return ScopeView(live or live_city(city), topic, str.format, no_connection)


def first_leaf(city: StoredCity, code: str) -> str:
    return city.tree.cells[city.tree.range_of(code)[1]].code


def report_at(city: StoredCity, at: Sequence[int], scope: str = EAST) -> None:
    for number, when in enumerate(at):
        name = f"{scope}-{when}-{number}"
        handed = city.report(name, cell=first_leaf(city, scope))
        city.accept(Filing(Report.model_validate(handed), when))


def test_a_view_refuses_every_position_outside_its_scope(small: StoredCity) -> None:
    view = view_of(small, WEST)
    inside = range(view.first, view.last + 1)
    for position in range(-3, len(small.tree) + 3):
        if position in inside:
            assert view.count("total", position) == 0
            assert view.children(position) == small.tree.children(position)
        else:
            with pytest.raises(NotFound, match=f"outside {WEST}"):
                view.count("total", position)
            with pytest.raises(NotFound, match=f"outside {WEST}"):
                view.children(position)


def test_a_view_of_a_cell_that_does_not_exist_is_refused(small: StoredCity) -> None:
    with pytest.raises(NotFound, match="123456"):
        view_of(small, "123456")


def test_counts_are_those_of_the_scope_and_a_panel_cannot_change_them(small: StoredCity) -> None:
    report_at(small, [MONDAY, MONDAY])
    report_at(small, [MONDAY], WEST)
    live = live_city(small)
    east = view_of(small, EAST, live)
    assert east.count("total") == 2 and east.counts("total").tolist().count(2) == 5
    assert len(east.counts("total")) == east.last - east.first + 1
    east.counts("total")[:] = 99
    east.colours()[:] = 4
    assert east.count("total") == 2 and east.colours().max() == 0
    assert view_of(small, "990100", live).count("total") == 3
    with pytest.raises(KeyError):
        east.count("no such metric")
    assert east.options == {"rows": 3} and east.scope.code == EAST


def test_hours_run_over_midnight_and_have_the_usual_of_their_own_weekday(
    small: StoredCity,
) -> None:
    small.clock.now = MONDAY - 9 * HOUR - 30 * MINUTE  # Monday, 00:30
    this = small.clock.now - 30 * MINUTE
    report_at(small, [this + MINUTE, this - HOUR, this - HOUR, this - 23 * HOUR, this - 24 * HOUR])
    report_at(small, [this - 7 * DAY + MINUTE] * 4 + [this - 14 * DAY + MINUTE] * 2)
    report_at(small, [this - 7 * DAY - HOUR] * 6)
    starts, reports, usual = view_of(small, EAST).hours()
    assert starts == [this - back * HOUR for back in range(23, -1, -1)]
    assert reports == [1] + [0] * 21 + [2, 1]
    # Two Mondays are known with 4 and 2; of Sundays one, with 6 in its last hour.
    assert usual[-1] == 3.0 and usual[-2] == 6.0 and usual[5] == 0.0
    assert view_of(small, WEST).hours()[1] == [0] * 24


def test_without_a_week_of_history_nothing_is_usual(small: StoredCity) -> None:
    report_at(small, [MONDAY, MONDAY - HOUR, MONDAY - 2 * HOUR])
    view = view_of(small, EAST)
    assert set(view.hours()[2]) == {None}
    now, usual = view.recent()
    assert now[0] == 2 and usual is None


def test_recent_holds_this_hour_and_the_last_against_the_same_span_of_usual_days(
    small: StoredCity,
) -> None:
    small.clock.now = MONDAY + 15 * MINUTE  # Monday, 10:15
    report_at(small, [MONDAY - HOUR, MONDAY, MONDAY + MINUTE])
    report_at(small, [MONDAY - 7 * DAY] * 8 + [MONDAY - 7 * DAY - HOUR] * 3)
    now, usual = view_of(small, EAST).recent()
    assert now[0] == 3
    assert usual is not None and usual[0] == pytest.approx(3 + 8 * 0.25)
    assert now.shape == usual.shape == (31,)


def test_recent_just_after_midnight_reaches_into_yesterday(small: StoredCity) -> None:
    small.clock.now = midnight = MONDAY - 10 * HOUR
    report_at(small, [midnight - 1, midnight - 2, midnight])
    now, _ = view_of(small, EAST).recent()
    assert now[0] == 3


def test_the_status_of_levels_is_that_of_the_scope_and_leaves_micro_grids_out(
    small: StoredCity,
) -> None:
    cell = first_leaf(small, EAST)
    small.accept(
        small.report("a", matter="P0201", cell=cell), small.report("b", matter="E0101", cell=cell),
        small.report("c", matter="E0201", cell=first_leaf(small, WEST)),
    )  # fmt: skip
    small.clock.now += 3 * HOUR
    live = live_city(small)
    east = {
        level.key: (s.held, s.overdue, s.waiting)
        for level, s in view_of(small, EAST, live).level_status()
    }
    assert east == {
        "city": (0, 0, 0), "district": (1, 1, 1), "street": (0, 0, 0), "community": (1, 0, 1),
        "grid": (0, 0, 0),
    }  # fmt: skip
    city = {level.key: s for level, s in view_of(small, "990100", live).level_status()}
    assert (city["grid"].held, city["grid"].overdue, city["district"].held) == (1, 1, 1)


def test_the_age_of_a_step_is_the_mean_of_the_cases_in_it(small: StoredCity) -> None:
    report_at(small, [MONDAY - HOUR, MONDAY - 3 * HOUR])
    view = view_of(small, EAST)
    assert view.step_age(State.REPORTED) == pytest.approx(2 * 3600)
    assert view.step_age(State.CLOSED) is None
    assert view_of(small, WEST).step_age(State.REPORTED) is None


def test_units_are_those_seated_in_the_scope_the_most_overdue_first(small: StoredCity) -> None:
    cell = first_leaf(small, EAST)
    small.accept(
        *(small.report(f"h{n}", matter="E0101", cell=cell) for n in range(3)),
        small.report("s", matter="P0201", cell=cell),
        small.report("w", matter="P0201", cell=first_leaf(small, WEST)),
    )
    small.clock.now += 3 * HOUR
    loads = view_of(small, EAST).unit_loads()
    assert [(x.unit.code, x.held, x.overdue) for x in loads] == [
        ("990102002-sz", 1, 1), ("990102002-hw", 3, 0)
    ]  # fmt: skip
    small.advance("s", Command.TAKE_UP)
    small.advance("s", Command.HANDLE)
    small.advance("s", Command.VERIFY)
    small.advance("s", Command.CLOSE)
    assert [x.unit.code for x in view_of(small, EAST).unit_loads()] == ["990102002-hw"]


def test_cases_are_those_of_the_scope(small: StoredCity) -> None:
    report_at(small, [MONDAY, MONDAY])
    report_at(small, [MONDAY], WEST)
    small.clock.now += HOUR
    topic = Topic.of("x.p", EAST, 0, "zh", {})
    with small.store.read() as connection:
        view = ScopeView(live_city(small), topic, str.format, lambda: connection)
        assert [line.id for line in view.newest(9)] == [2, 1]
        assert [line.id for line in view.most_overdue(1)] == [1]


def test_a_chief_is_named_to_staff_alone(small: StoredCity) -> None:
    live = live_city(small)
    graded = np.full(len(small.tree), Colour.BLUE, np.int8)
    graded[5] = Colour.RED
    change = ColourChange(5, MONDAY, Colour.BLUE, Colour.RED, "x.r", "多", "王某", MONDAY + DAY)
    live.colours.set(graded, [change], MONDAY)
    (staff,) = view_of(small, "990100", live).colour_changes(9)
    (public,) = view_of(small, "990100", live, Clearance.PUBLIC).colour_changes(9)
    assert (staff.owner, public.owner, public.words) == ("王某", "", "多")
    assert view_of(small, SOUTH, live).colour_changes(9) == []


def test_the_month_is_held_against_the_same_days_of_the_last_one(small: StoredCity) -> None:
    small.clock.now = MONDAY + 9 * DAY  # the 14th of January
    report_at(small, [MONDAY, MONDAY + 8 * DAY, MONDAY + 9 * DAY])  # today does not count yet
    report_at(small, [MONDAY - 31 * DAY] * 4 + [MONDAY - 20 * DAY])  # 5 and 16 December
    live = live_city(small)
    view = view_of(small, EAST, live)
    unknown, known = Month(0, None, None), Month(13, 2, 4)
    assert view.month("reported") in (unknown, known), "it is read beside, quick as that may be"
    live.rollup.months.wait(60)
    assert view.month("reported") == known
    assert view_of(small, WEST, live).month("reported") == Month(13, 0, 0)
    with pytest.raises(NotFound, match=f"outside {EAST}"):
        view.month("reported", 0)


def test_before_the_city_was_connected_nothing_is_known_of_the_last_month(
    small: StoredCity,
) -> None:
    small.clock.now = MONDAY + 9 * DAY
    report_at(small, [MONDAY])
    live = live_city(small)
    view_of(small, EAST, live).month("reported")
    live.rollup.months.wait(60)
    assert view_of(small, EAST, live).month("reported") == Month(13, 1, None)


def test_on_the_first_of_a_month_there_is_nothing_to_compare(small: StoredCity) -> None:
    small.clock.now = MONDAY - 4 * DAY
    report_at(small, [MONDAY - 5 * DAY])
    live = live_city(small)
    live.rollup.months.made()
    live.rollup.months.wait(60)
    assert view_of(small, EAST, live).month("reported") == Month(0, None, None)


@pytest.mark.parametrize(
    ("day", "this", "before"),
    [
        (date(2026, 11, 21), (date(2026, 11, 1), 20), (date(2026, 10, 1), 20)),
        (date(2026, 3, 31), (date(2026, 3, 1), 30), (date(2026, 2, 1), 28)),
        (date(2026, 1, 2), (date(2026, 1, 1), 1), (date(2025, 12, 1), 1)),
    ],
)
def test_the_days_of_a_month_and_of_the_one_before(
    day: date, this: tuple[date, int], before: tuple[date, int]
) -> None:
    found = [(date.fromordinal(s.start), len(s)) for s in spans(day.toordinal())]
    assert found == [this, before]


def test_units_here_hold_cases_of_the_scope_wherever_they_are_seated(small: StoredCity) -> None:
    cell = first_leaf(small, EAST)
    small.accept(
        *(small.report(f"h{n}", matter="E0101", cell=cell) for n in range(3)),
        small.report("s", matter="P0201", cell=cell),
    )
    small.clock.now += 3 * HOUR
    with small.store.read() as connection:
        for scope, found in ((cell, 2), (EAST, 2), ("990100", 2), (WEST, 0)):
            topic = Topic.of("x.p", scope, 0, "zh", {})
            view = ScopeView(live_city(small), topic, str.format, lambda: connection)
            loads = [(x.unit.code, x.held, x.overdue) for x in view.units_here(9)]
            assert loads == [("990102002-sz", 1, 1), ("990102002-hw", 3, 0)][:found]


def test_a_record_is_of_the_scope_in_a_small_one_and_of_the_city_in_a_wide_one(
    small: StoredCity,
) -> None:
    cell = first_leaf(small, EAST)
    small.accept(
        small.report("s", matter="P0201", cell=cell), small.report("t", matter="P0201", cell=cell)
    )
    small.advance("s", Command.TAKE_UP)
    small.advance("s", Command.HANDLE)
    (here,) = view_of(small, EAST).unit_loads()
    assert tuple(here.record) == (1, 1, 1) and here.held == 2
    with small.store.read() as connection:
        for scope, found in ((cell, [(1, 1, 1)]), (WEST, [])):
            topic = Topic.of("x.p", scope, 0, "zh", {})
            view = ScopeView(live_city(small), topic, str.format, lambda: connection)
            assert [tuple(x.record) for x in view.units_here(9)] == found


def test_who_is_on_duty_is_told_to_staff_alone(small: StoredCity) -> None:
    def staff(cell: Cell, now: Millis) -> list[Officer]:
        return [Officer(f"{cell.code}@{now}", Text("副网格长"))]

    live = replace(live_city(small), staff=staff)
    (officer,) = view_of(small, EAST, live).staff()
    assert officer.name == f"{EAST}@{small.clock.now}"
    assert view_of(small, EAST, live, Clearance.PUBLIC).staff() == []
    assert view_of(small, EAST).staff() == []


def test_the_view_for_tests_has_all_that_the_real_one_has(small: StoredCity) -> None:
    real = {name for name in dir(view_of(small, EAST)) if not name.startswith("_")}
    assert real <= {name for name in dir(FakeView()) if not name.startswith("_")}
