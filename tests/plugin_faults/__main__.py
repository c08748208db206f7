"""`make plugin-faults`: has plugins misbehave in every way, one by one and all at once.

They do so in a running city under 50 events a second with an open wall. Prints a table as it goes;
the last line is JSON. Ends with status 1 where something is not as it must be. With --write the
table goes into docs/reliability.md.
"""

from __future__ import annotations

import argparse
import json
import re
import signal
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import sync_playwright

from commandcenter.settings import ROOT, Settings
from tests.e2e.servers import made
from tests.plugin_faults.folders import written as written_folders
from tests.plugin_faults.report import is_worse, print_row, printed_head, summary, written
from tests.plugin_faults.table import Misdeed, misdeeds
from tests.plugin_faults.town import Town, town, variables
from tests.plugin_faults.trial import ALL, FULL, SHORT, Form, Row, Trial
from tests.services.chromium import ARGUMENTS
from tests.services.process import browser_program

DOCUMENT = ROOT / "docs" / "reliability.md"


def main() -> int:
    """Run what was asked for; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.plugin_faults", description=__doc__)
    parser.add_argument("--short", action="store_true", help="fewer in turn, fewer seconds")
    parser.add_argument("--only", default="", help="misdeeds whose names match this expression")
    parser.add_argument("--write", action="store_true", help="keep the table in the documents")
    parser.add_argument("--logs", type=Path, help="file for what the server writes")
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended from outside"))
    wanted = [misdeed for misdeed in misdeeds() if re.search(asked.only, misdeed.name)]
    with TemporaryDirectory(prefix="plugin-faults-") as base:
        rows, lost = _run(Path(base), wanted, SHORT if asked.short else FULL, asked.logs)
    if asked.write:
        DOCUMENT.write_text(written(DOCUMENT.read_text("utf-8"), rows), "utf-8")
    found = summary(rows, len(wanted), lost)
    print(json.dumps(found))
    return int(bool(found["complaints"] or lost or (is_worse(rows) and not asked.short)))


def _run(
    base: Path, wanted: Sequence[Misdeed], form: Form, logs: Path | None
) -> tuple[list[Row], int]:
    folders = written_folders(base / "folders", wanted)
    server = made(base / "city", Settings().cache_folder, **variables(folders), **form.limits)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=browser_program(), args=list(ARGUMENTS)
        )
        try:
            with town(server, folders, chromium) as place:
                return rows_of(place, wanted, form)
        finally:
            if logs:
                logs.write_text(server.log(), "utf-8")
            server.stop()
            chromium.close()


def rows_of(place: Town, wanted: Sequence[Misdeed], form: Form) -> tuple[list[Row], int]:
    """Do all misdeeds in turn, then all at once; return the rows and how many screens were lost."""
    trial = Trial(place, form)
    print(printed_head(), flush=True)
    rows = []
    turns = [misdeed for misdeed in wanted if misdeed.is_short or not form.is_short]
    for name, those in [*((each.what, [each]) for each in turns), (ALL, list(wanted))]:
        rows.append(_row(trial, name, those))
        print_row(rows[-1])
    return rows, len(place.losses())


def _row(trial: Trial, name: str, those: Sequence[Misdeed]) -> Row:
    try:
        return trial.run(name, those)
    except Exception as error:  # one that cannot be told must not hide all others
        traceback.print_exc()
        return Row(name, complaints=[f"{type(error).__name__}: {error}"[:300]])


if __name__ == "__main__":
    sys.exit(main())
