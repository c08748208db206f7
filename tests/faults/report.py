"""The table of a run, as it is printed and as the documents hold it."""

from __future__ import annotations

import math
import platform
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

from bench.machine import cpu_model
from tests.faults.scenario import Form, Row

BEGIN, END = "<!-- table of make faults -->", "<!-- end of the table -->"
HEAD = ("fault", "accepted", "lost", "doubled", "up after s", "right after s", "unsaid s")


def printed_head() -> str:
    """The first two lines of the table."""
    return "| " + " | ".join(HEAD) + " |\n|---|" + "---:|" * (len(HEAD) - 1)


def line(row: Row) -> str:
    """One line of the table."""
    right = "never" if math.isnan(row.right) else f"{row.right:.1f}"
    return (
        f"| {row.fault} | {row.accepted:,} | {row.kept.lost} | {row.kept.doubled} "
        f"| {row.up:.1f} | {right} | {row.lie:.1f} |"
    )


def print_row(row: Row) -> None:
    """Print a line, and what is wrong on the error stream."""
    print(line(row), flush=True)
    print(f"  {row.fault}: lists were answered {row.answers}", file=sys.stderr, flush=True)
    for complaint in row.complaints:
        print(f"  {row.fault}: {complaint}", file=sys.stderr, flush=True)


def written(document: str, rows: list[Row], form: Form) -> str:
    """Return the document with this table in place of the one it holds."""
    faulty = [f"- {row.fault}: {complaint}" for row in rows for complaint in row.complaints]
    said = (
        f"{datetime.now(UTC):%Y-%m-%d}, {cpu_model()}, Python {platform.python_version()}: "
        f"{form.rate:,.0f} reports/s, {form.screens} streams."
    )
    parts = [said, "", printed_head(), *map(line, rows), "", *faulty]
    return put(document, (BEGIN, END), parts)


def put(document: str, marks: tuple[str, str], lines: Sequence[str]) -> str:
    """Return a document with other lines between two marks."""
    begin, end = marks
    head, rest = document.split(begin)
    tail = rest.split(end)[1]
    return f"{head}{begin}\n\n" + "\n".join(lines).rstrip() + f"\n\n{end}{tail}"
