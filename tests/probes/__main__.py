"""`make probes`: asks, as each of twelve people, for what lies outside their scope, by every door.

Prints each leak; the last line is JSON with `asked` and `leaks`. Ends with status 1 where anything
leaks.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.probes.asking import Found, Prober
from tests.probes.world import PEOPLE, World, world

MOST_SHOWN = 60


def main() -> int:
    """Run what was asked for; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.probes", description=__doc__)
    parser.add_argument("--things", type=int, default=1000, help="things for each person")
    parser.add_argument("--cases", type=int, default=2400, help="cases of the town")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="one of the people")
    asked = parser.parse_args()
    names = [grant.name for grant in PEOPLE if asked.only in ("", grant.name)]
    with TemporaryDirectory() as folder:
        made = world(Path(folder), asked.cases)
        found = probed(made, names, asked.things, asked.seed)
        made.close()
    for leak, times in Counter(map(str, found.leaks)).most_common(MOST_SHOWN):
        print(f"{times} x {leak}")
    print(json.dumps({"asked": found.asked, "leaks": len(found.leaks)}))
    return 1 if found.leaks else 0


def probed(made: World, names: list[str], things: int, seed: int) -> Found:
    """Ask as each of some people for so many things."""
    found = Found()
    for name in names:
        prober = Prober(made, name, found)
        outside = made.outside(made.viewer(name), things, seed)
        for thing in outside:
            prober.probe(thing)
        print(f"{name}: {len(outside)} things, {found.asked} questions", flush=True)
    found.leaks += found.timed()
    return found


if __name__ == "__main__":
    sys.exit(main())
