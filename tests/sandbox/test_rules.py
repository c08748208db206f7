"""Rules of isolated plugins colour cells: what they said last stands until they say otherwise."""

from collections.abc import Callable
from pathlib import Path

from tests.sandbox.towns import EAST, Town

RULE = """
    import os, time
    from pathlib import Path
    import numpy as np

    HERE = Path(__file__).parent

    def said(name):
        return (HERE / name).exists()

    def grade(view):
        if said("dead"):
            os._exit(7)
        if said("wide"):
            return np.zeros(7, np.int8)
        levels = np.zeros(view.last - view.first + 1, np.int8)
        levels[2] = Colour.YELLOW if said("mild") else Colour.RED
        levels[-1] = Colour.RED * (view.count("total") > 0)
        return levels

    def explain(view, at):
        return f"{view.tree.cells[at].name}: {view.counts('total')[at - view.first]}"

    @hookimpl
    def register_risk_rules():
        return [RiskRule("bad.rule", Text("规则"), grade, explain)]
"""


def ruled(town: Callable[..., Town]) -> tuple[Town, Path]:
    here = town()
    folder = here.plugin("bad", RULE, provides=["risk_rules"])
    return here.start(), folder


def test_a_rule_colours_its_district_with_reasons_and_stands_while_it_fails(
    town: Callable[..., Town],
) -> None:
    here, folder = ruled(town)
    first, last = here.city.tree.range_of(EAST)
    name = here.city.tree.cells[first + 2].name
    assert len(here.grade()) == 109 and here.colours.now.max() == 1, "it is asked, not waited for"
    here.until_graded()
    assert here.grade() == [first + 2]
    assert here.colours.reasons[first + 2].words == f"{name}: 0"
    assert here.grade() == [], "it is not asked again before something changes"
    here.city.accept(here.city.report("one", cell=here.city.tree.cells[last].code))
    (folder / "dead").touch()
    with here.city.store.read() as connection:
        here.rollup.catch_up(connection)
    here.grade()
    here.until_graded()
    assert here.grade() == [] and here.colours.now[first + 2] == 4
    assert here.guard.counts()["bad"].last_error == "ended with code 7"
    (folder / "dead").unlink()
    (folder / "mild").touch()
    changed: list[int] = []
    while len(changed) < 2:
        here.until_graded()
        changed += here.grade()
    assert sorted(changed) == [first + 2, last]
    assert here.colours.reasons[last].words == f"{here.city.tree.cells[last].name}: 1"


def test_a_start_is_no_relief(town: Callable[..., Town]) -> None:
    here, _ = ruled(town)
    here.grade()
    here.until_graded()
    here.grade()
    again = town()
    again.plugin("bad", RULE, provides=["risk_rules"])
    again.start().grade()
    at = here.city.tree.range_of(EAST)[0] + 2
    assert again.colours.now[at] == 4, "what was red is red until its rule has answered"


def test_levels_of_another_shape_are_refused(town: Callable[..., Town]) -> None:
    here, folder = ruled(town)
    (folder / "wide").touch()
    here.grade()
    here.until_graded()
    assert here.grade() == []
    assert "wanted whole numbers (31,)" in here.guard.counts()["bad"].last_error
