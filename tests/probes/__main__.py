"""`make probes`: asks, as each of twelve people, for what lies outside their scope, by every door.

Prints each leak; the last line is JSON with `asked` and `leaks`. Ends with status 1 where anything
leaks.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import cpu_count, get_context

from tests.probes.asking import Found
from tests.probes.rounds import in_town_of_its_own
from tests.probes.world import PEOPLE

MOST_SHOWN = 60


def main() -> int:
    """Run what was asked for; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.probes", description=__doc__)
    parser.add_argument("--things", type=int, default=1000, help="things for each person")
    parser.add_argument("--cases", type=int, default=2400, help="cases of the town")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=cpu_count() or 1, help="processes")
    parser.add_argument("--only", default="", help="one of the people")
    asked = parser.parse_args()
    names = [grant.name for grant in PEOPLE if asked.only in ("", grant.name)]
    shares = [share for share in (names[at :: asked.jobs] for at in range(asked.jobs)) if share]
    with ProcessPoolExecutor(len(shares), get_context("spawn")) as pool:
        given = [(share, asked.cases, asked.things, asked.seed) for share in shares]
        found = Found.together(pool.map(in_town_of_its_own, *zip(*given, strict=True)))
    found.leaks += found.timed()
    for leak, times in Counter(map(str, found.leaks)).most_common(MOST_SHOWN):
        print(f"{times} x {leak}")
    print(json.dumps({"asked": found.asked, "leaks": len(found.leaks)}))
    return 1 if found.leaks else 0


if __name__ == "__main__":
    sys.exit(main())
