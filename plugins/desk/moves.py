"""A sign that changes with all that moves in a scope, for desks that then read their rows again."""

from hashlib import sha1
from typing import Any

from commandcenter.api import Note, Panel, State, Text, View

FLOWS = (
    "reported", "filed", "rejected", "dispatched", "taken_up", "handled", "verified", "reworked",
    "closed",
)  # fmt: skip
STOCK = ("total", "supervised", "overdue", "whistles", *(f"state.{state}" for state in State))
MARKS = ("returned", "cross", "likely", "escalated", "reopened", "whistled")
MOST = 100
"""Directives of which every word counts: those that the desk lists."""
CALLS = ("called", "reported_in", "acting", "done")


def moves_panel() -> Panel:
    """One short text without a meaning of its own."""
    return Panel("desk.moves", Text("动态", "Moves"), (Note("moves"),), render, interval=60.0)


def render(view: View) -> dict[str, Any]:
    """Return a digest of all counts of the scope that some move or act changes."""
    names = [
        *FLOWS, *STOCK, *(f"mark.{mark}" for mark in MARKS), *(f"calls.{call}" for call in CALLS),
        *(f"held.{depth}" for depth in range(len(view.levels))),
    ]  # fmt: skip
    told = [view.count(name) for name in names]
    told += [n for line in view.directives(MOST) for n in (line.id, *line.counts)]
    return {"moves": sha1(repr(told).encode(), usedforsecurity=False).hexdigest()[:12]}
