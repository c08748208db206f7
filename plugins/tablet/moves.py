"""A sign that changes with every move in a cell, for pages that then read their case again."""

from hashlib import sha1
from typing import Any

from commandcenter.api import Note, Panel, State, Text, View

FLOWS = (
    "reported", "filed", "rejected", "dispatched", "taken_up", "handled", "verified", "reworked",
    "closed", "returned", "suspended", "escalated", "merged", "reopened", "rated", "noted",
)  # fmt: skip
STOCK = ("total", "supervised", *(f"state.{state}" for state in State))


def moves_panel() -> Panel:
    """One short text without a meaning of its own."""
    return Panel("tablet.moves", Text("动态", "Moves"), (Note("moves"),), render, interval=60.0)


def render(view: View) -> dict[str, Any]:
    """Return a digest of all counts of the cell that some move changes."""
    held = (f"held.{depth}" for depth in range(len(view.levels)))
    counts = tuple(view.count(metric) for metric in (*FLOWS, *STOCK, *held))
    return {"moves": sha1(repr(counts).encode(), usedforsecurity=False).hexdigest()[:12]}
