"""Of many watched topics only those are looked at that are new, changed, or due by the clock."""

from dataclasses import dataclass

from commandcenter.live.dues import LONGEST_WAIT, Dues
from commandcenter.testing.stored import StoredCity


@dataclass
class At:
    at: int


def test_what_did_not_change_is_not_looked_at_until_it_is_due(small: StoredCity) -> None:
    rollup = small.rollup()
    leaf = len(small.tree) - 1
    shown = {"city": At(0), "leaf": At(leaf)}
    dues = Dues(shown)
    assert dues.look(10.0, rollup, 0) == shown, "the first time all are"
    assert dues.look(10.1, rollup, 0) == {}
    rollup.touch({leaf})
    assert dues.look(10.2, rollup, 0).keys() == {"city", "leaf"}, "a change is one of those above"
    assert dues.look(10.2, rollup, 0) == {}
    dues.due_at(10.5)
    assert dues.look(10.4, rollup, 0) == {}
    assert dues.look(10.5, rollup, 0) == shown
    assert dues.look(10.5 + LONGEST_WAIT, rollup, 0) == shown


def test_what_is_new_or_was_answered_is_looked_at_next_and_forgotten_when_it_went(
    small: StoredCity,
) -> None:
    rollup, shown = small.rollup(), {"city": At(0)}
    dues = Dues(shown)
    dues.look(10.0, rollup, 0)
    shown["new"] = At(1)
    dues.again("new")
    dues.again("gone")
    assert dues.look(10.1, rollup, 0) == {"new": At(1)}
    assert dues.look(10.2, rollup, 0) == {}


def test_a_push_anywhere_has_all_looked_at(small: StoredCity) -> None:
    rollup, shown = small.rollup(), {"city": At(0)}
    dues = Dues(shown)
    dues.look(10.0, rollup, 0)
    assert dues.look(10.1, rollup, 1) == shown
    assert dues.look(10.2, rollup, 1) == {}
