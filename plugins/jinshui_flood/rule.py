"""A street is coloured by the highest water in it."""

import numpy as np
from numpy.typing import NDArray

from commandcenter.api import Colour, RiskRule, Text, View

from .said import Water, waters

COLOURS = {"red": Colour.RED, "yellow": Colour.YELLOW}


def flood_rule() -> RiskRule:
    """Return the rule; a flooded street is looked at every half hour."""
    title = Text("道路积水", "Water on the road")
    return RiskRule("jinshui_flood.water", title, grade, explain, check_hours=0.5)


def grade(view: View) -> NDArray[np.int8]:
    """Return a colour for each cell in which water stands above a limit."""
    levels = np.zeros(view.last - view.first + 1, np.int8)
    for water in waters(view):
        at = view.tree.position[water.cell] - view.first
        levels[at] = max(levels[at], COLOURS.get(water.tone, 0))
    return levels


def explain(view: View, position: int) -> str:
    """Say where in the cell the water stands, and how high."""
    code = view.tree.cells[position].code
    worst: Water | None = next((water for water in waters(view) if water.cell == code), None)
    if worst is None:
        return view.t("还没有读数")
    return view.t("{name}积水 {level} 厘米", name=worst.name, level=worst.level)
