"""What lies outside a scope is not told through any door: a few of what `make probes` asks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.probes.asking import Found, Leak, Prober
from tests.probes.doors import Asked
from tests.probes.rounds import probed
from tests.probes.world import PEOPLE, Thing, World, world


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A town of marked things."""
    made = world(tmp_path_factory.mktemp("probes"), 120)
    yield made
    made.close()


@pytest.mark.timeout(300)
def test_nobody_is_told_of_what_lies_outside(town: World) -> None:
    found = probed(town, [grant.name for grant in PEOPLE], things=3, seed=7)
    assert found.asked > 300
    found.leaks += found.timed()
    assert [str(leak) for leak in found.leaks if leak.who != "anybody"] == []


def test_a_probe_finds_what_is_told(town: World) -> None:
    """Asked for something within the scope, the same questions must find it."""
    found = Found()
    prober = Prober(town, "leader", found)
    viewer = town.viewer("leader")
    mine = next(thing for thing in town.things if thing.kind == "case" and viewer.sees(thing.cell))
    prober.probe(mine)
    told = {leak.door for leak in found.leaks}
    assert {"case", "api case", "page of a case", "stream of a case", "search page"} <= told


def test_a_word_of_another_scope_anywhere_in_an_answer_is_found(town: World) -> None:
    found = Found()
    prober = Prober(town, "duty", found)
    viewer = town.viewer("duty")
    theirs = next(t for t in town.things if t.kind == "case" and town.is_outside(viewer, t))
    prober._scan(Asked("error", "GET", "/x"), f'{{"message": "no, but {theirs.mark}"}}')
    prober._scan(Asked("error", "GET", "/x"), 'in "990102001" it is')
    assert found.leaks == [
        Leak("duty", "error", f"tells of {theirs}"),
        Leak("duty", "error", "names the cell 990102001"),
    ]


def test_a_thing_within_the_scope_is_none_of_those_that_are_asked_for(town: World) -> None:
    viewer = town.viewer("street")
    chosen = town.outside(viewer, 100, 1)
    assert len(chosen) == 100 and {thing.kind for thing in chosen} >= {"case", "cell", "photo"}
    assert not any(viewer.sees(thing.cell) for thing in chosen)
    assert Thing("case", "1", viewer.first, "x") not in chosen
