"""The desk's panels: how long the queues are, and that something moved."""

from __future__ import annotations

from commandcenter.api import FourLists, Listed, UnitLoad
from commandcenter.testing import FakeView, check_values, small_data
from tests.plugins.faces import plugin

PANELS = {panel.key: panel for panel in plugin("desk").code.register_panels()}
EAST = "990102"


def counts(view: FakeView) -> dict[str, tuple[int, str]]:
    values = PANELS["desk.queues"].render(view)
    check_values(PANELS["desk.queues"], values)
    return {row["key"]: (row["count"], row["tone"]) for row in values["counts"]["rows"]}


def test_each_queue_has_its_count_and_late_ones_are_red() -> None:
    given = {"state.reported": {EAST: 3}, "overdue": {EAST: 2}, "mark.likely": {EAST: 1}}
    found = counts(FakeView(given, at=EAST))
    assert found["to_file"] == (3, "plain") and found["overdue"] == (2, "red")
    assert found["likely"] == (1, "plain") and found["returned"] == (0, "plain")


def test_a_unit_is_told_what_is_overdue_with_it_alone() -> None:
    first, second = small_data().units[:2]
    loads = (UnitLoad(first, 7, 2), UnitLoad(second, 5, 4))
    zero = Listed(0, 0, 0)
    lists = {first.code: FourLists(zero, Listed(3, 2, 0), zero, zero)}
    view = FakeView(
        {"overdue": {EAST: 6}, "state.filed": {EAST: 9}}, loads=loads, unit_lists=lists,
        options={"unit": first.code},
    )  # fmt: skip
    found = counts(view)
    assert found.pop("overdue") == (2, "red") and found.pop("handed_over") == (3, "plain")
    assert {count for count, _ in found.values()} == {0}
    rows = PANELS["desk.queues"].render(view)["counts"]["rows"]
    assert {row["key"]: row.get("more") for row in rows}["handed_over"] == "哨 2"


def test_the_sign_changes_with_what_a_desk_shows() -> None:
    given = ({}, {"state.filed": {EAST: 1}}, {"calls.acting": {EAST: 1}}, {"overdue": {EAST: 1}})
    signs = {PANELS["desk.moves"].render(FakeView(counts))["moves"] for counts in given}
    assert len(signs) == len(given)
