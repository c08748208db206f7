"""Where the red grids lie: the children of the scope, those with the most first."""

from typing import Any

from commandcenter.api import Bars, Block, Panel, Text, View

from .cells import of_lowest, reds_in


def ranking_panel() -> Panel:
    """A bar for each child."""
    return Panel(
        "prevent.ranking",
        Text("红色网格分布", "Where the red ones are"),
        (Bars("cells", grow=True, rows=10),),
        render,
        pace="slow",
        interval=3.0,
        block=Block.PLACES,
    )


def render(view: View) -> dict[str, Any]:
    """Return the children with their red grids."""
    children = view.children()
    reds = reds_in(view, view.colours(), of_lowest(view), children)
    ranked = sorted(zip(children, reds, strict=True), key=lambda pair: -(pair[1] or 0))
    return {
        "cells": [
            {
                "label": view.tree.cells[at].name,
                "value": red,
                "tone": "red" if red else "plain",
            }
            for at, red in ranked
        ]
    }
