"""The table of a run, as it is printed and as the documents hold it."""

from __future__ import annotations

import math
import os
import platform
import statistics
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

from bench.machine import cpu_model
from tests.faults.report import put
from tests.plugin_faults.town import EVENTS_PER_SECOND, STREAMS
from tests.plugin_faults.trial import WORSE, Row

BEGIN, END = "<!-- table of make plugin-faults -->", "<!-- end of the plugins' table -->"
HEAD = ("the plugin", "is shown as", "after s", "well after s", "others before, p95 ms",
        "others meanwhile, p95 ms", "an isolated neighbour, p95 ms")  # fmt: skip

LONGEST_SHOWN = 80


def printed_head() -> str:
    """The first two lines of the table."""
    return "| " + " | ".join(HEAD) + " |\n|---|---|" + "---:|" * (len(HEAD) - 2)


def line(row: Row) -> str:
    """One line of the table."""
    said = row.said.partition(" · ")[2] or row.said
    shown = "`" + said.replace("|", "/").replace("`", "'")[:LONGEST_SHOWN] + "`" if said else "well"
    numbers = (row.seen, row.back, row.quiet_ms, row.p95_ms, row.neighbour_ms)
    words = ["never" if math.isnan(number) else f"{number:.1f}" for number in numbers]
    return f"| {row.name} | {shown} | {' | '.join(words)} |"


def print_row(row: Row) -> None:
    """Print a line, and what is wrong on the error stream."""
    print(line(row), flush=True)
    for complaint in row.complaints:
        print(f"  {row.name}: {complaint}", file=sys.stderr, flush=True)


def summary(rows: Sequence[Row], plugins: int, lost: int) -> dict[str, float]:
    """The figures of all misdeeds together; `others_worse` compares with the quiet before each."""
    quiet, loud = middle([row.quiet_ms for row in rows]), middle([row.p95_ms for row in rows])
    return {
        "plugins": plugins,
        "screens_lost": lost,
        "others_p95_ms": max((row.p95_ms for row in rows), default=math.nan),
        "others_quiet_p95_ms": quiet,
        "others_worse_percent": round(100 * (loud / quiet - 1), 1) if quiet else 0.0,
        "load": round(os.getloadavg()[0], 1),
        "complaints": sum(len(row.complaints) for row in rows),
    }


def is_worse(rows: Sequence[Row]) -> bool:
    """Whether the others are slower by more than they may be, over all rows."""
    quiet = middle([row.quiet_ms for row in rows])
    return middle([row.p95_ms for row in rows]) > WORSE * quiet


def middle(numbers: Sequence[float]) -> float:
    """Return the median of what was measured; nan where nothing was."""
    known = [number for number in numbers if not math.isnan(number)]
    return statistics.median(known) if known else math.nan


def written(document: str, rows: Sequence[Row]) -> str:
    """Return the document with this table in place of the one it holds."""
    faulty = [f"- {row.name}: {complaint}" for row in rows for complaint in row.complaints]
    said = (
        f"{datetime.now(UTC):%Y-%m-%d}, {cpu_model()}, {os.cpu_count()} cores, Python "
        f"{platform.python_version()}, load {os.getloadavg()[0]:.1f}: {EVENTS_PER_SECOND:.0f} "
        f"events/s, one wall in Chromium, {STREAMS} streams."
    )
    parts = [said, "", printed_head(), *map(line, rows), "", *faulty]
    return put(document, (BEGIN, END), parts)
