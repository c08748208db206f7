"""The page of a cell: what is here, what lies below, what is new and what is late."""

from functools import partial

from dash import html
from dash.development.base_component import Component

from commandcenter.host.catalogue import PanelSpec
from commandcenter.live.topics import Topic
from commandcenter.screen.composition import local_panels, refused_panels
from commandcenter.screen.frames import absent_tile
from commandcenter.screen.tablet import (
    Frame,
    Surroundings,
    chief,
    framed,
    level_title,
    lines,
    tile,
    trail,
)
from commandcenter.screen.tablet_kit import Grid, Standing, Tablet

PANELS = {
    "standing": "tablet.standing",
    "counts": "tablet.counts",
    "map": "tablet.map",
    "children": "tablet.children",
    "overdue": "tablet.overdue",
    "newest": "tablet.newest",
    "levels": "tablet.levels",
    "lists": "tablet.lists",
    "whistles": "tablet.whistles",
    "directives": "tablet.directives",
    "chiefs": "tablet.chief",
}
"""The panel of each slot, in the order of the page."""
MAP = "map-map"
"""The map on the page, whose taps lead further."""
OF_CHILDREN = ("children", "chiefs")
"""Slots that say nothing of a cell without cells below it."""
LOCAL = "local_"
"""What the slots of panels begin with that the plugins of the district bring."""


def cell_topics(around: Surroundings, code: str) -> dict[str, Topic]:
    """Return the topics of a cell's page by slot; panels that no plugin brings are left out."""
    panels = _panels(around, code)
    local = _local(around, code)
    panels |= {slot: s.key for slot, s in local.items() if s.key in around.catalogue.panels}
    return {slot: around.topic(panel, code) for slot, panel in panels.items()}


def cell_page(around: Surroundings, code: str) -> Tablet:
    """Return the page of a cell that the viewer sees."""
    at = around.tree.position[code]
    panels = _panels(around, code)
    frame = Frame(
        f"cell {code}", around.tree.cells[at].name, cell_topics(around, code), {"cell": code}
    )
    tiles = [_tile(around, slot, code) for slot in panels if slot != "standing"]
    has_children = " branch" if "children" in panels else " leaf"
    children = [
        trail(around, at),
        _heading(around, at, "standing" in panels),
        html.Div(tiles, className="cc-tiles" + has_children),
        *_local_section(around, code),
    ]
    return framed(around, frame, children)


def _panels(around: Surroundings, code: str) -> dict[str, str]:
    at = around.tree.position[code]
    is_leaf = int(around.tree.last[at]) == at
    return {
        slot: panel
        for slot, panel in PANELS.items()
        if panel in around.catalogue.panels and not (is_leaf and slot in OF_CHILDREN)
    }


def _local(around: Surroundings, code: str) -> dict[str, PanelSpec]:
    """Return the panels that the plugins of the district bring, by slot."""
    where = (around.catalogue, around.tree, around.tree.position[code])
    found = [*local_panels(*where), *refused_panels(*where)]
    shown = (spec for spec in found if spec.key not in PANELS.values())
    return {f"{LOCAL}{at}": spec for at, spec in enumerate(shown)}


def _local_section(around: Surroundings, code: str) -> list[Component]:
    panels = _local(around, code)
    if not panels:
        return []
    draw_lines = partial(lines, empty=around.words("暂无"))
    tiles = [
        tile(spec, slot, around.language, draw_lines, scope=code)
        if spec.key in around.catalogue.panels
        else absent_tile(spec.key, slot, around.catalogue, around.words)
        for slot, spec in panels.items()
    ]
    title = html.H2(around.words("专题"), className="cc-local-title")
    return [title, html.Div(tiles, className="cc-tiles cc-local")]


def _heading(around: Surroundings, at: int, has_standing: bool) -> html.Div:
    cell = around.tree.cells[at]
    below = len(around.tree.children(at))
    facts = [
        html.Span(level_title(around, cell), className="cc-level"),
        html.Span(cell.code, className="cc-code"),
        _fact(around.words("{n} 个下级单元", n=below) if below else ""),
        _fact(around.words("{n} 户", n=f"{cell.households:,}") if cell.households else ""),
        chief(around, cell),
    ]
    title: list[Component] = [html.H1(cell.name)]
    title.append(html.Div([fact for fact in facts if fact is not None], className="facts"))
    children: list[Component] = [html.Div(title, className="who")]
    if has_standing:
        children.append(_standing(around))
    return html.Div(children, className="cc-heading-of")


def _standing(around: Surroundings) -> Component:
    """Return the tile of the colour, without a frame: it belongs to the heading."""
    spec = around.catalogue.panel(PANELS["standing"])
    made = tile(spec, "standing", around.language, lambda _, id, __: Standing(id=id))
    return html.Div(made, className="cc-standing-of")


def _fact(words: str) -> html.Span | None:
    return html.Span(words, className="cc-fact") if words else None


def _tile(around: Surroundings, slot: str, code: str) -> Component:
    spec = around.catalogue.panel(PANELS[slot])
    if slot == "children":
        return tile(spec, slot, around.language, Grid.of)
    empty = around.words("没有超时案件") if slot == "overdue" else around.words("暂无")
    return tile(spec, slot, around.language, partial(lines, empty=empty), scope=code)
