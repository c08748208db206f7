"""What the pages for tablets share: their frame, the way back up, the tiles and the stream."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from dash import html
from dash.development.base_component import Component

from commandcenter.domain.cells import Cell, Tree
from commandcenter.domain.rights import Block
from commandcenter.domain.viewers import Clearance, Viewer
from commandcenter.host import kit
from commandcenter.host.catalogue import Catalogue, PanelSpec
from commandcenter.host.words import Words
from commandcenter.live.topics import Topic
from commandcenter.screen import inspection_bar
from commandcenter.screen.frames import grid_rows
from commandcenter.screen.kit import Header, Tile, draw
from commandcenter.screen.tablet_kit import Grid, Lines, Outbox, Switches, Tablet, nav
from commandcenter.screen.wall import stream

MOST_LINES = 6
"""Lines of a list that are shown before more is asked for."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Who looks at a page, and what there is to look at; `build` as the stream will tell it."""

    tree: Tree
    catalogue: Catalogue
    viewer: Viewer
    words: Words
    build: str

    @property
    def language(self) -> str:
        """The language of the page."""
        return self.words.language

    def topic(self, panel: str, cell: str) -> Topic:
        """Return the topic of a panel for this viewer and a cell."""
        return Topic.of(panel, cell, self.viewer.clearance, self.language, {})


@dataclass(frozen=True, slots=True)
class Frame:
    """What a page's frame needs: its place, its name, its topics by slot, its stream's query."""

    place: str
    name: str
    topics: dict[str, Topic]
    query: dict[str, str]


def framed(around: Surroundings, frame: Frame, children: Sequence[Component]) -> Tablet:
    """Return a page: the header, `children` and the foot, with the stream that fills them."""
    platform = around.catalogue.city.platform.in_language(around.language)
    query = frame.query | {"lang": around.language}
    page = Tablet(
        [
            stream(frame.topics, query, around.build, around.words),
            Header(id="header", title=platform, notes=notes(around)[-1:]),
            *inspection_bar.bar(around.viewer, around.words, frame.place, frame.name),
            html.Main(list(children), className="cc-page"),
            _foot(around),
            Outbox(id="outbox"),
        ],
        id="tablet",
        place=frame.place,
        name=f"{frame.name} · {platform}",
    )
    page.topics = dict(frame.topics)
    return page


def notes(around: Surroundings) -> list[str]:
    """Return what must be said of the data: made up, replayed."""
    found = [note.in_language(around.language) for note in around.catalogue.city.notes]
    if any(source.simulated for source in around.catalogue.sources.values()):
        found.append(around.words("模拟数据"))
    return found


def trail(around: Surroundings, position: int, *, own: bool = False) -> html.Nav:
    """Return the way up: each ancestor within the viewer's scope is one tap away.

    With `own` the cell itself is one of them, as on the page of a case that lies in it.
    """
    line = [at for at in around.tree.ancestors(position) if around.viewer.sees(at)]
    cells = [around.tree.cells[at] for at in (line if own else line[:-1])]
    links = [html.A(cell.name, href=cell_path(cell.code)) for cell in cells]
    return nav(links, "cc-trail", around.words("上级单元"))


def cell_path(code: str) -> str:
    """Return the path of a cell's page."""
    return f"/cell/{quote(code, safe='')}"


def level_title(around: Surroundings, cell: Cell) -> str:
    """Return what the level of a cell is called."""
    return around.catalogue.levels[cell.depth].title.in_language(around.language)


def chief(around: Surroundings, cell: Cell) -> Component | None:
    """Return who answers for a cell, with a phone to tap; None where nobody is named.

    Persons are shown to staff; made-up ones are marked.
    """
    person, viewer = cell.chief, around.viewer
    if person is None or viewer.clearance < Clearance.STAFF or Block.PEOPLE not in viewer.blocks:
        return None
    words = around.words
    name = words("{name}(演示)", name=person.name) if person.invented else person.name
    parts: list[Any] = [html.Span(words("网格长"), className="label"), html.Span(name)]
    if person.phone:
        parts.append(html.A(person.phone, href=f"tel:{person.phone}", className="cc-call"))
    return html.Div(parts, className="cc-chief")


DrawBoard = Callable[[kit.Board, str, str], Component]


def lines(
    board: kit.Board, id: str, language: str, empty: str = "", most: int = MOST_LINES
) -> Lines:
    """Return a board as lines to be tapped."""
    columns = [
        {"key": c.key, "title": c.title.in_language(language), "form": c.form}
        for c in board.columns
    ]
    return Lines(id=id, columns=columns, most=most, empty=empty or None)


def tile(
    spec: PanelSpec, slot: str, language: str, draw_board: DrawBoard = Grid.of, **map_props: Any
) -> Tile:
    """Return a panel's tile as a tablet has it; its parts have the ids `<slot>-<part>`."""
    parts = [
        draw_board(part, f"{slot}-{part.name}", language)
        if isinstance(part, kit.Board)
        else draw(part, f"{slot}-{part.name}", language, **map_props)
        for part in spec.parts
    ]
    return Tile(
        parts,
        id=slot,
        title=spec.title.in_language(language),
        formula=spec.formula.in_language(language) if spec.formula else None,
        columns=spec.columns,
        rows=grid_rows(spec.parts, spec.columns),
        interval=spec.interval,
        pushed=spec.remote or None,
    )


def switches(
    around: Surroundings, *more: dict[str, str], in_hand: bool = True
) -> Switches:
    """Return what a viewer may switch at the foot of a page, and the way out.

    A page that nobody holds `in_hand` has neither a side nor large type.
    """
    words = around.words
    other = ("en", "English") if around.language == "zh" else ("zh", "中文")
    links = [
        *more,
        {"title": other[1], "href": f"?lang={other[0]}"},
        {"title": words("浅色"), "href": "?theme=light"},
        {"title": words("深色"), "href": "?theme=dark"},
        {"title": words("随光线"), "href": "?theme=auto"},
    ]
    if in_hand:
        links += [
            {"title": words("左手"), "href": "?hand=left"},
            {"title": words("右手"), "href": "?hand=right"},
            {"title": words("大字"), "href": "?type=large"},
            {"title": words("标准字"), "href": "?type=normal"},
        ]
    label = words("页面设置")
    if around.viewer.kind != "user":
        return Switches(id="switches", links=links, label=label)
    links.append({"title": words("我的账户"), "href": "/account"})
    return Switches(id="switches", links=links, label=label, leave=words("退出"))


def _foot(around: Surroundings) -> html.Footer:
    desk = {"title": around.words("值班台"), "href": "/desk"}
    said = [*notes(around), around.catalogue.city.attribution]
    return html.Footer(
        [
            html.Div([html.Span(line) for line in said if line], className="said"),
            switches(around, *([desk] if around.viewer.has_desk else [])),
        ],
        className="cc-foot",
    )
