"""`make faults`: causes every fault in production's shape and tells what became of the reports.

Prints a table as it goes; the last line is JSON. Ends with status 1 where something is not as it
must be. With --write the table goes into docs/reliability.md.
"""

from __future__ import annotations

import argparse
import json
import math
import re
import signal
import sys
import traceback
from pathlib import Path

from commandcenter.settings import ROOT, Settings
from tests.faults.cluster import Cluster, Size, cluster, save_logs
from tests.faults.report import print_row, printed_head, written
from tests.faults.scenario import FULL, SHORT, Form, Row, Scenario
from tests.faults.table import Fault, faults, lacks

DOCUMENT = ROOT / "docs" / "reliability.md"


def main() -> int:
    """Run what was asked for; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--short", action="store_true", help="100 reports/s, 20 streams, seconds")
    parser.add_argument("--only", default="", help="faults whose names match this expression")
    parser.add_argument("--write", action="store_true", help="keep the table in the documents")
    parser.add_argument("--logs", type=Path, help="folder for the logs of all processes")
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended from outside"))
    form = SHORT if asked.short else FULL
    wanted = [
        fault
        for fault in faults()
        if re.search(asked.only, fault.name) and not (asked.short and fault.short is None)
    ]
    size = Size() if asked.short else Size(history=20_000, disk=6144)
    with cluster(size, Settings().cache_folder) as made:
        try:
            rows = _run(made, form, wanted)
        finally:
            if asked.logs:
                save_logs(made, asked.logs)
    if asked.write:
        DOCUMENT.write_text(written(DOCUMENT.read_text(), rows, form))
    print(json.dumps(summary(rows)))
    return int(any(row.complaints for row in rows))


def _run(made: Cluster, form: Form, wanted: list[Fault]) -> list[Row]:
    rows = []
    scenario = Scenario(made, form)
    try:
        scenario.warm_up(2.0 if form.is_short else 20.0)
        print(printed_head(), flush=True)
        for fault in wanted:
            if lacks(made, fault):
                print(f"{fault.name}: not caused, it needs root", file=sys.stderr)
                continue
            row = _row(scenario, fault)
            rows.append(row)
            print_row(row)
            made.heal()
    finally:
        scenario.close()
    return rows


def _row(scenario: Scenario, fault: Fault) -> Row:
    try:
        return scenario.run(fault)
    except Exception as error:  # one fault that cannot be told must not hide all others
        traceback.print_exc()
        scenario.cluster.heal()
        scenario.clients.give_up()
        return Row(fault.name, complaints=[f"{type(error).__name__}: {error}"[:300]])


def summary(rows: list[Row]) -> dict[str, float]:
    """The figures of all faults together."""
    slowest = max((row.right for row in rows if not math.isnan(row.right)), default=0.0)
    return {
        "faults": len(rows),
        "accepted": sum(row.accepted for row in rows),
        "lost": sum(row.kept.lost for row in rows),
        "doubled": sum(row.kept.doubled for row in rows),
        "slowest_recovery_s": round(slowest, 1),
    }


if __name__ == "__main__":
    sys.exit(main())
