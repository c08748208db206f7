"""Cells are coloured by rules: each change with its reason, and a bad rule costs only itself."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from commandcenter.api import RiskRule, Text, View
from commandcenter.domain.clocks import DAY, HOUR, MINUTE, Millis
from commandcenter.domain.colours import Colour
from commandcenter.domain.viewers import Clearance
from commandcenter.host.guard import Guard
from commandcenter.host.plugin import Registered
from commandcenter.live.colours import Colours
from commandcenter.live.risk import NO_REASON, Grading
from commandcenter.live.rollup import Rollup
from commandcenter.live.topics import Topic
from commandcenter.live.view import City, ScopeView
from commandcenter.store import colours as kept
from commandcenter.testing.city import LEVELS
from commandcenter.testing.stored import MONDAY, StoredCity

EAST, WEST = "990102", "990103"
BLUE, YELLOW, ORANGE, RED = Colour
Grade = Callable[[View], Any]


def rule(
    key: str,
    grade: Grade,
    explain: Callable[[View, int], Any] = lambda view, at: f"因为{at}",
    districts: tuple[str, ...] = ("*",),
) -> Registered[RiskRule]:
    return Registered(RiskRule(key, Text(key), grade, explain, 3.0), key.split(".")[0], districts)


def marks(levels: dict[int, int]) -> Grade:
    """Return a rule's grading that gives these positions these levels, and the others none."""

    def grade(view: View) -> NDArray[np.int8]:
        given = np.zeros(view.last - view.first + 1, np.int8)
        for at, level in levels.items():
            if view.first <= at <= view.last:
                given[at - view.first] = level
        return given

    return grade


def fail(*_: Any) -> Any:
    raise ValueError("no such street")


class Graded:
    """The small city with rules over it."""

    def __init__(self, city: StoredCity, *rules: Registered[RiskRule]) -> None:
        self.city = city
        self.rollup: Rollup = city.rollup()
        self.colours = Colours(city.tree)
        self.guard = Guard()
        with city.store.read() as connection:
            self.colours.load(connection, city.clock.now)
        self.grading = Grading(rules, self.guard, self.colours, city.store, self.view)

    def view(self, scope: str, plugin: str) -> ScopeView:
        live = City(self.rollup, self.colours, LEVELS, {}, {}, (), ())
        topic = Topic.of(f"{plugin}.rule", scope, Clearance.STAFF, "zh", {})
        return ScopeView(live, topic, str.format, fail)

    def run(self) -> list[int]:
        return [int(at) for at in self.grading.run(self.city.clock.now)]

    def red(self) -> list[tuple[int, int, str, str]]:
        found = self.colours.reddened(0, 108, 99)
        return [(c.cell, int(c.after), c.rule, c.words) for c in found]

    def trend(self, *ago: Millis) -> list[tuple[int, int]]:
        starts = [self.city.clock.now - back for back in ago]
        lines = self.colours.trend(0, 108, 5, starts)
        return list(zip(lines["red"], lines["yellow"], strict=True))


def recorded(city: StoredCity) -> list[tuple[int, int, int, str]]:
    with city.store.read() as connection:
        changes = kept.since(connection, 0)
    return [(c.cell, int(c.before), int(c.after), c.rule) for c in changes]


def test_the_worst_rule_gives_the_colour_and_the_reason(stored: StoredCity) -> None:
    graded = Graded(
        stored,
        rule("a.mild", marks({5: YELLOW, 6: YELLOW})),
        rule("b.harsh", marks({5: RED, 7: ORANGE})),
    )
    assert len(graded.run()) == 109  # the first grading colours every cell
    assert graded.colours.now[[4, 5, 6, 7]].tolist() == [BLUE, RED, YELLOW, ORANGE]
    assert graded.red() == [(5, 4, "b.harsh", "因为5"), (7, 3, "b.harsh", "因为7")]
    assert recorded(stored) == [(5, 1, 4, "b.harsh"), (6, 1, 2, "a.mild"), (7, 1, 3, "b.harsh")]
    change = graded.colours.reasons[5]
    assert change.owner == stored.tree.cells[5].chief.name  # type: ignore[union-attr]
    assert change.next_check == MONDAY + 3 * HOUR


def test_only_what_changes_is_recorded_and_said(stored: StoredCity) -> None:
    levels: dict[int, int] = {5: RED}
    graded = Graded(stored, rule("a.r", marks(levels)))
    graded.run()
    assert graded.run() == []
    levels[8] = YELLOW
    assert graded.run() == [8]
    del levels[5]
    assert graded.run() == [5] and graded.red() == []
    assert recorded(stored) == [(5, 1, 4, "a.r"), (8, 1, 2, "a.r"), (5, 4, 1, "")]
    assert graded.colours.reasons[5].words == NO_REASON


def test_a_risk_is_not_over_because_its_rule_broke(stored: StoredCity) -> None:
    broken: list[bool] = []
    red = marks({5: RED})
    graded = Graded(stored, rule("a.r", lambda view: fail() if broken else red(view)))
    graded.run()
    broken.append(True)
    assert graded.run() == []
    assert graded.red() == [(5, 4, "a.r", "因为5")]
    assert graded.guard.counts()["a"].errors == 1


def test_a_rule_of_a_district_colours_that_district_alone(small: StoredCity) -> None:
    seen: list[tuple[int, int]] = []

    def grade(view: View) -> NDArray[np.int8]:
        seen.append((view.first, view.last))
        return np.full(view.last - view.first + 1, RED, np.int8)

    graded = Graded(small, rule("w.r", grade, districts=(WEST, "unknown")))
    graded.run()
    first, last = small.tree.range_of(WEST)
    assert np.flatnonzero(graded.colours.now == RED).tolist() == list(range(first, last + 1))
    assert set(seen) == {(first, last)}


NONSENSE: dict[str, Grade] = {
    "raises": fail,
    "nothing": lambda view: None,
    "words": lambda view: "red",
    "too few": lambda view: np.zeros(3, np.int8),
    "fractions": lambda view: np.full(view.last - view.first + 1, 1.5),
    "too high": lambda view: np.full(view.last - view.first + 1, 5),
    "below": lambda view: np.full(view.last - view.first + 1, -1),
    "ragged": lambda view: [[1], [1, 2]],
    "exits": lambda view: exit(),
    "asks for cases": lambda view: view.newest(3),
    "looks outside": lambda view: view.count("total", 10**6),
}


@pytest.mark.parametrize("name", NONSENSE)
def test_a_rule_that_raises_or_answers_nonsense_costs_only_itself(
    small: StoredCity, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    graded = Graded(
        small, rule("a.bad", NONSENSE[name]), rule("b.good", marks({5: RED})),
    )  # fmt: skip
    graded.run()
    graded.run()
    assert graded.red() == [(5, 4, "b.good", "因为5")]
    assert graded.guard.counts()["a"].errors == 2
    assert len([r for r in caplog.records if "a.bad" in r.message]) == 1


@pytest.mark.parametrize(
    ("explain", "words"),
    [
        (fail, "plugin a: a.r: ValueError: no such street"),
        (lambda view, at: None, "explain gave NoneType"),
        (lambda view, at: "半个\ud800和\x00", "半个?和\ufffd"),
        (lambda view, at: "长" * 9999, "长" * 500),
    ],
)
def test_a_reason_that_cannot_be_kept_is_replaced_and_the_colour_stays(
    stored: StoredCity, explain: Callable[[View, int], Any], words: str
) -> None:
    graded = Graded(stored, rule("a.r", marks({5: RED}), explain))
    graded.run()
    ((cell, after, _, said),) = graded.red()
    assert (cell, after) == (5, RED) and words in said and len(said) <= 500
    with stored.store.read() as connection:
        assert [change.words for change in kept.latest(connection)] == [said]


def test_colours_and_reasons_survive_a_restart(stored: StoredCity) -> None:
    rules = rule("a.r", marks({5: RED, 9: YELLOW}))
    before = Graded(stored, rules)
    before.run()
    stored.clock.now += HOUR
    after = Graded(stored, rules)
    assert after.red() == before.red()
    after.run()
    assert len(recorded(stored)) == 2, "what is still red did not turn red again"
    gone = Graded(stored)
    gone.run()
    assert recorded(stored)[2:] == [(5, 4, 1, ""), (9, 2, 1, "")]


def test_the_trend_is_what_the_colours_were_at_each_hour(small: StoredCity) -> None:
    leaves = small.tree.at_depth(5).tolist()
    levels: dict[int, int] = {leaves[0]: RED, 3: RED}
    graded = Graded(small, rule("a.r", marks(levels)))
    history: list[tuple[int, dict[int, int]]] = [
        (0, {leaves[1]: YELLOW}), (90, {leaves[0]: YELLOW, leaves[2]: ORANGE}),
        (30, {leaves[0]: 0}), (60, {leaves[1]: RED}),
    ]  # fmt: skip
    for pause, change in history:
        small.clock.now += pause * MINUTE
        levels |= change
        graded.run()
    expected = [(0, 0), (1, 1), (1, 2), (1, 1), (2, 0)]
    ago = [4 * HOUR, 2 * HOUR, 80 * MINUTE, 30 * MINUTE, 0]
    assert graded.trend(*ago) == expected
    assert Graded(small, rule("a.r", marks(levels))).trend(*ago) == expected


def test_old_changes_are_forgotten_but_never_the_last_of_a_cell(stored: StoredCity) -> None:
    levels: dict[int, int] = {5: RED, 6: RED}
    graded = Graded(stored, rule("a.r", marks(levels)))
    graded.run()
    levels[6] = YELLOW
    graded.run()
    stored.clock.now += 31 * DAY
    graded.grading.forget(stored.clock.now)
    assert recorded(stored) == [(5, 1, 4, "a.r"), (6, 4, 2, "a.r")]


def changes_of(graded: Graded) -> Sequence[Any]:
    return graded.colours.reddened(0, 108, 2)


def test_the_newest_red_cells_come_first_up_to_the_limit(small: StoredCity) -> None:
    levels: dict[int, int] = {}
    graded = Graded(small, rule("a.r", marks(levels)))
    for at in (5, 9, 7):
        levels[at] = RED
        graded.run()
        small.clock.now += MINUTE
    assert [change.cell for change in changes_of(graded)] == [7, 9]
