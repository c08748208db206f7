"""Fields of the desk: choices among many, found by typing."""

from collections.abc import Iterable
from typing import Any

import dash_mantine_components as dmc
from dash import html
from dash.development.base_component import Component

from commandcenter.screen.tablet import Surroundings

Options = list[tuple[str, str]]
"""Keys and what they are called."""
MOST_OPTIONS = 60
DEEPEST_CELL = 2
"""Cells down to this level are offered; a deeper one is found by its place."""


def matter_options(around: Surroundings) -> Options:
    """Return the matters that a case can be of."""
    matters = around.catalogue.matters.items()
    return [(code, matter.title.in_language(around.language)) for code, matter in matters]


def unit_options(around: Surroundings, chosen: str | None = None) -> Options:
    """Return the units that a list can be cut to: of the upper levels in the scope, and `chosen`.

    A city has thousands; those of one place are what a command offers.
    """
    tree, viewer = around.tree, around.viewer
    deepest = max(1, int(tree.depth[viewer.first]))
    return [
        (unit.code, unit.title.in_language(around.language))
        for unit in around.catalogue.units
        if unit.code == chosen
        or (viewer.sees(at := tree.position[unit.cell]) and tree.depth[at] <= deepest)
    ]


def units_of_places(around: Surroundings, positions: Iterable[int]) -> Options:
    """Return the units that are responsible in all of some places, the nearest first."""
    lines = [set(around.tree.ancestors(at)) for at in set(positions)]
    shared = set.intersection(*lines) if lines else set()
    position = around.tree.position
    found = [unit for unit in around.catalogue.units if position[unit.cell] in shared]
    found.sort(key=lambda unit: -position[unit.cell])
    return [(unit.code, unit.title.in_language(around.language)) for unit in found]


def cell_options(around: Surroundings, chosen: str | None) -> Options:
    """Return the cells that can be chosen: the upper levels below the scope, and what is chosen."""
    tree, viewer = around.tree, around.viewer
    deepest = max(DEEPEST_CELL, int(tree.depth[viewer.first]) + 1)
    found = [
        (cell.code, cell.name)
        for at, cell in enumerate(tree.cells[viewer.first : viewer.last + 1], viewer.first)
        if cell.depth <= deepest
    ]
    if (
        chosen is not None
        and chosen in tree
        and chosen not in dict(found)
        and viewer.sees(tree.position[chosen])
    ):
        found.append((chosen, tree[chosen].name))
    return found


def choice(id: str, title: str, options: Options, **more: Any) -> dmc.Select:
    """Return a field for one of many, found by typing."""
    return dmc.Select(
        id=id,
        data=[{"value": key, "label": name} for key, name in options],
        searchable=True,
        clearable=True,
        size="xs",
        limit=MOST_OPTIONS,
        maxDropdownHeight=360,
        selectFirstOptionOnChange=True,
        comboboxProps={"withinPortal": True, "shadow": "md", "width": "max-content",
                       "position": "bottom-start"},
        **named(title) | more,
    )  # fmt: skip


def named(title: str) -> dict[str, Any]:
    """Return what a field is called by who does not see its title beside it."""
    return {"aria-label": title}


def field(classes: str, title: str, part: Component) -> html.Div:
    """Return a field of a form under its title; `classes` say when it is shown."""
    parts = [html.Span(title), part]
    return html.Div(parts, className=f"field {classes}", role="group", **named(title))


def button(children: Any, name: str = "", hint: str = "", **told: str) -> html.Button:
    """Return a button whose `data-` attributes tell the page's script what it is for."""
    data: dict[str, Any] = {f"data-{key}": value for key, value in told.items()}
    data |= {"title": hint} if hint else {}
    return html.Button(children, type="button", className=name or None, **data)


def section(title: str, children: Any, kind: str = "") -> html.Section:
    """Return a part of the case with its heading."""
    return html.Section([html.H2(title), children], className=f"part {kind}".strip())
