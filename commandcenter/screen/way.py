"""The way through the tree, above every page: up, to the siblings, and by search to anywhere."""

from typing import Any

from dash import html
from dash.development.base_component import Component

from commandcenter.domain.rights import Right
from commandcenter.screen.cell_tabs import Look, Place
from commandcenter.screen.tablet import Surroundings, trail
from commandcenter.screen.tablet_kit import Search, nav


def way(around: Surroundings, at: int, look: Look | None = None) -> html.Div:
    """Return the ancestors of a cell, its siblings, and the search.

    Without `look` the page is not the cell's own but lies in it, as that of a case: the cell is the
    last of the ancestors then.
    """
    children: list[Component] = [trail(around, at, own=look is None)]
    if look is not None:
        children += _siblings(Place(around, at), look)
    return html.Div([*children, *search(around)], className="cc-way")


def search(around: Surroundings, asked: str = "") -> list[Component]:
    """Return the search box, which leads to the page of what was found."""
    if not around.viewer.may(Right.SEARCH):
        return []
    words = around.words
    link = html.A(words("搜索"), href="/search", className="cc-search-link")
    said = words("搜索单元、案件号、词语")
    return [Search(link, id="search", said=said, go=words("搜索"), asked=asked)]


def _siblings(place: Place, look: Look) -> list[Component]:
    """Return the cells beside this one: a list that opens, the one before and the one after."""
    around, at = place.around, place.at
    name = around.tree.cells[at].name
    if place.parent is None:
        return []
    cells = around.tree.children(place.parent)
    if len(cells) < 2:
        return []
    here, words = cells.index(at), around.words
    links = [_sibling(around, other, look, is_here=other == at) for other in cells]
    opener = html.Summary(name, title=words("同级单元（{n}）", n=len(cells)))
    found: list[Component] = [
        html.Details([opener, nav(links, "list", words("同级单元"))], className="cc-siblings")
    ]
    for step, sign, said in ((-1, "‹", words("上一个")), (1, "›", words("下一个"))):
        beside = here + step
        if 0 <= beside < len(cells):
            found.append(_step(around, cells[beside], look, sign, said))
    return found


def _sibling(around: Surroundings, at: int, look: Look, is_here: bool) -> html.A:
    cell = around.tree.cells[at]
    more: dict[str, Any] = {"aria-current": "page"} if is_here else {}
    return html.A(cell.name, href=look.path(cell.code), **more)


def _step(around: Surroundings, at: int, look: Look, sign: str, said: str) -> html.A:
    cell = around.tree.cells[at]
    label = f"{said} {cell.name}"
    more: dict[str, Any] = {"aria-label": label}
    return html.A(sign, href=look.path(cell.code), title=label, className="cc-step", **more)
