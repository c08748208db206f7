"""The page of a cell: who answers for it, how it stands, and a tab for each thing to be asked."""

from functools import partial
from typing import Any

from dash import html
from dash.development.base_component import Component

from commandcenter.cases.photos import sees_photos
from commandcenter.host.catalogue import PanelSpec
from commandcenter.live.topics import Topic
from commandcenter.screen import inspection_bar
from commandcenter.screen.cell_field import LastSeen, on_the_spot
from commandcenter.screen.cell_tabs import CASES, FIELD, HEADING, NOW, SHOWN, Look, Place
from commandcenter.screen.composition import local_panels, refused_panels
from commandcenter.screen.frames import absent_tile
from commandcenter.screen.photo_row import viewer_words
from commandcenter.screen.tablet import (
    MOST_LINES,
    Frame,
    Surroundings,
    chief,
    framed,
    level_title,
    lines,
    tile,
)
from commandcenter.screen.tablet_kit import Grid, Standing, Tablet, nav
from commandcenter.screen.way import way

MAP = "map-map"
"""The map on the page, whose taps lead further."""
TABLES = ("children", "siblings")
"""Slots whose board is a table that can be sorted."""
LONG = ("cases", "chiefs", "team")
"""Slots whose lines are all shown at once."""
ALL_LINES = 100
LOCAL = "local_"
"""What the slots of panels begin with that the plugins of the district bring."""
FIRST = Look()
NOTHING = LastSeen()


def cell_topics(around: Surroundings, code: str, look: Look = FIRST) -> dict[str, Topic]:
    """Return the topics of a cell's page by slot; panels that no plugin brings are left out."""
    place = Place(around, around.tree.position[code])
    panels = place.heading() | place.panels(look)
    local = _local(around, code, look)
    panels |= {slot: s.key for slot, s in local.items() if s.key in around.catalogue.panels}
    return {slot: around.topic(panel, place.scope_of(slot)) for slot, panel in panels.items()}


def cell_page(
    around: Surroundings, code: str, look: Look = FIRST, last: LastSeen = NOTHING
) -> Tablet:
    """Return the page of a cell that the viewer sees; `last` is what was done there lately."""
    at = around.tree.position[code]
    place = Place(around, at)
    query = {"cell": code} | look.query
    name = " ".join(["cell", code, *look.query.values()])
    frame = Frame(name, around.tree.cells[at].name, cell_topics(around, code, look), query)
    tiles = [_tile(place, slot, key) for slot, key in place.panels(look).items()]
    if look.tab == FIELD:
        tiles = [*on_the_spot(around, last), *tiles]
    family = "leaf" if place.is_leaf else "branch"
    children = [
        way(around, at, look),
        _heading(place),
        html.Div(id="acts", className="cc-acts"),
        *inspection_bar.of_cell(around.viewer, around.words, code, frame.name),
        _tabs(place, look),
        *_choices(place, look),
        html.Div(tiles, className=f"cc-tiles {family} of-{look.tab}"),
        *_local_section(around, code, look),
    ]
    return framed(around, frame, children)


def _tabs(place: Place, look: Look) -> html.Nav:
    around = place.around
    links = [
        _choice(tab.title.in_language(around.language), Look(key).path(place.code), key == look.tab)
        for key, tab in place.tabs()
    ]
    return nav(links, "cc-tabs", around.words("分页"))


def _choices(place: Place, look: Look) -> list[Component]:
    """Return which cases can be shown, on the tab of cases."""
    if look.tab != CASES:
        return []
    language = place.around.language
    links = [
        _choice(title.in_language(language), Look(CASES, key).path(place.code), key == look.show)
        for key, (title, panel) in SHOWN.items()
        if panel in place.around.catalogue.panels
    ]
    return [nav(links, "cc-chips", place.around.words("哪些案件"))]


def _choice(title: str, href: str, is_chosen: bool) -> html.A:
    more: dict[str, Any] = {"aria-current": "true"} if is_chosen else {}
    return html.A(title, href=href, **more)


def _local(around: Surroundings, code: str, look: Look) -> dict[str, PanelSpec]:
    """Return the panels that the plugins of the district bring, by slot."""
    if look.tab != NOW:
        return {}
    where = (around.catalogue, around.tree, around.tree.position[code])
    found = [*local_panels(*where), *refused_panels(*where)]
    shown = (spec for spec in found if spec.block in around.viewer.blocks)
    return {f"{LOCAL}{at}": spec for at, spec in enumerate(shown)}


def _local_section(around: Surroundings, code: str, look: Look) -> list[Component]:
    panels = _local(around, code, look)
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


def _heading(place: Place) -> html.Div:
    around, cell = place.around, place.around.tree.cells[place.at]
    below = len(around.tree.children(place.at))
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
    if place.heading():
        children.append(_standing(around))
    return html.Div(children, className="cc-heading-of")


def _standing(around: Surroundings) -> Component:
    """Return the tile of the colour, without a frame: it belongs to the heading."""
    spec = around.catalogue.panel(HEADING["standing"])
    words = viewer_words(around.words) if sees_photos(around.viewer) else None
    made = tile(spec, "standing", around.language, lambda _, id, __: Standing(id=id, words=words))
    return html.Div(made, className="cc-standing-of")


def _fact(words: str) -> html.Span | None:
    return html.Span(words, className="cc-fact") if words else None


def _tile(place: Place, slot: str, key: str) -> Component:
    around = place.around
    spec = around.catalogue.panel(key)
    if slot in TABLES:
        return tile(spec, slot, around.language, partial(Grid.of, own=place.code))
    empty = around.words("没有超时案件") if key == "tablet.overdue" else around.words("暂无")
    draw_lines = partial(lines, empty=empty, most=ALL_LINES if slot in LONG else MOST_LINES)
    return tile(spec, slot, around.language, draw_lines, scope=place.code)
