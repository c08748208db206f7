"""The three rules that come with the product; a cell to which none applies is blue."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from commandcenter.api import Colour, RiskRule, Text, View

Levels = NDArray[np.int8]


@dataclass(frozen=True)
class Bounds:
    """From which ratio on a cell is yellow or red, and how many cases each needs at least."""

    yellow: float
    red: float
    least_yellow: int
    least_red: int

    def grade(self, part: NDArray[Any], whole: NDArray[Any], cases: NDArray[np.int32]) -> Levels:
        """Return a colour for each cell, 0 for none; multiplies so that nothing divides by 0."""
        red = (part >= self.red * whole) & (cases >= self.least_red)
        yellow = (part >= self.yellow * whole) & (cases >= self.least_yellow)
        return np.where(red, Colour.RED, np.where(yellow, Colour.YELLOW, 0)).astype(np.int8)


OVERDUE = Bounds(15, 30, 8, 8)
"""Per cent of the open cases that are overdue."""
SURGE = Bounds(3, 6, 6, 6)
"""Times the usual reports of this hour and the one before; small numbers jump by chance."""
CROWDED = Bounds(2, 4, 4, 6)
"""Open cases per 100 households."""


def grade_overdue(view: View) -> Levels:
    """Grade by the share of the open cases that are overdue."""
    held = view.counts("open")
    return OVERDUE.grade(view.counts("overdue") * 100.0, held, held)


def explain_overdue(view: View, position: int) -> str:
    """Say which share of the open cases is overdue."""
    held, late = view.count("open", position), view.count("overdue", position)
    share = round(100 * late / held) if held else 0
    return view.t("超时占 {share}%({overdue}/{open})", share=share, overdue=late, open=held)


def grade_surge(view: View) -> Levels:
    """Grade by the reports of this hour and the one before against the usual; none, no grade."""
    reported, usual = view.recent()
    if usual is None:
        return np.zeros(len(reported), np.int8)
    return SURGE.grade(reported, usual, reported)


def explain_surge(view: View, position: int) -> str:
    """Say how many times the usual was reported."""
    reported, usual = view.recent()
    at = position - view.first
    expected = 0.0 if usual is None else float(usual[at])
    count = int(reported[at])
    if count >= 100 * expected:
        # A factor of hundreds says nothing but that there is usually nothing.
        return view.t("近两小时上报 {n} 件,往常几乎没有", n=count)
    return view.t(
        "近两小时上报 {n} 件,为往常的 {times} 倍", n=count, times=f"{count / expected:.1f}"
    )


def grade_crowded(view: View) -> Levels:
    """Grade by the open cases per 100 households; where nobody lives there is no grade."""
    held, homes = view.counts("open"), view.tree.households[view.first : view.last + 1]
    graded = CROWDED.grade(held * 100.0, homes, held)
    graded[homes == 0] = 0
    return graded


def explain_crowded(view: View, position: int) -> str:
    """Say how many cases are open for every 100 households."""
    held, homes = view.count("open", position), view.tree.cells[position].households
    rate = f"{100 * held / homes:.1f}" if homes else "—"
    return view.t("每百户在办 {rate} 件({open}/{homes}户)", rate=rate, open=held, homes=homes)


RULES = (
    RiskRule("prevent.overdue", Text("超时占比", "Overdue share"), grade_overdue, explain_overdue),
    RiskRule("prevent.surge", Text("上报激增", "Surge"), grade_surge, explain_surge, 1.0),
    RiskRule(
        "prevent.crowded",
        Text("每百户在办", "Per 100 homes"),
        grade_crowded,
        explain_crowded,
        4.0,
    ),
)
"""Surges are checked every hour, what is overdue every two, what has piled up every four."""
