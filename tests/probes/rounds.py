"""Asking as some of the people: each process has the same town to itself and asks as its share."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time

from tests.probes.asking import Found, Prober
from tests.probes.world import World, world


def in_town_of_its_own(names: list[str], cases: int, things: int, seed: int) -> Found:
    """Make a town and ask in it as each of some people."""
    with TemporaryDirectory() as folder:
        made = world(Path(folder), cases)
        found = probed(made, names, things, seed)
        made.close()
    return found


def probed(made: World, names: list[str], things: int, seed: int) -> Found:
    """Ask as each of some people for so many things."""
    found = Found()
    for name in names:
        prober = Prober(made, name, found)
        outside = made.outside(made.viewer(name), things, seed)
        for thing in outside:
            prober.probe(thing)
        told = f"{name}: {len(outside)} things, {found.asked} questions so far"
        print(f"{told}, {process_time():.0f} s of processor", flush=True)
    return found
