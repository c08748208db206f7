"""The page of a search: cells first, then cases, each a tap away."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dash import html
from dash.development.base_component import Component

from commandcenter.cases.queues import QueueLine
from commandcenter.domain.state_titles import STATE_TITLES
from commandcenter.screen.desk_rows import place_of, title_of
from commandcenter.screen.tablet import Frame, Surroundings, cell_path, framed, level_title
from commandcenter.screen.tablet_kit import Tablet, nav
from commandcenter.screen.timeline import at_words
from commandcenter.screen.way import search


@dataclass(frozen=True, slots=True)
class Found:
    """What was found for some words: positions of cells, and cases; masked phones by case.

    `is_cut` tells whether there are more cases than these.
    """

    cells: Sequence[int] = ()
    cases: Sequence[QueueLine] = ()
    phones: Mapping[int, str] = field(default_factory=dict)
    is_cut: bool = False


def search_page(around: Surroundings, asked: str, found: Found) -> Tablet:
    """Return the page with what was found for `asked`; nothing was looked for where it is empty."""
    words = around.words
    frame = Frame(f"search {asked}", asked or words("搜索"), {}, {"search": "1"})
    home = html.A(around.tree[around.viewer.scope].name, href=cell_path(around.viewer.scope))
    box = html.Div(search(around, asked), className="cc-search-large")
    way = html.Div(nav([home], "cc-trail", words("上级单元")), className="cc-way")
    results = _results(around, asked, found)
    return framed(around, frame, [way, html.H1(words("搜索")), box, *results])


def _results(around: Surroundings, asked: str, found: Found) -> list[Component]:
    words = around.words
    if not asked:
        said = words("输入单元的名称或编号、案件号，或案件里的词语；多个词用空格隔开")
        return [html.P(said, className="cc-nothing-found")]
    if not (found.cells or found.cases):
        return [html.P(words("没有找到“{asked}”", asked=asked), className="cc-nothing-found")]
    sections = []
    if found.cells:
        rows = [_cell(around, at) for at in found.cells]
        sections.append(_section(words("单元（{n}）", n=len(rows)), rows))
    if found.cases:
        lines = [_case(around, line, found.phones.get(line.id)) for line in found.cases]
        n = f"{len(lines)}+" if found.is_cut else len(lines)
        sections.append(_section(words("案件（{n}）", n=n), lines))
    return [html.Div(sections, className="cc-results")]


def _section(title: str, rows: Sequence[Component]) -> html.Section:
    return html.Section([html.H2(title), html.Ul(list(rows))], className="cc-lines")


def _cell(around: Surroundings, at: int) -> html.Li:
    cell = around.tree.cells[at]
    above = [a for a in around.tree.ancestors(at)[:-1] if around.viewer.sees(a)]
    path = " › ".join(around.tree.cells[a].name for a in above)
    said = " · ".join(part for part in (level_title(around, cell), cell.code, path) if part)
    return _row(cell_path(cell.code), cell.name, "", said)


def _case(around: Surroundings, line: QueueLine, phone: str | None) -> html.Li:
    state = STATE_TITLES[line.state].in_language(around.language)
    said = [around.words("案件 {n}", n=line.id), state, place_of(around, line.cell)]
    under = " · ".join([*said, phone] if phone else said)
    title = title_of(around, line.title, line.matter)
    return _row(f"/case/{line.id}", title, at_words(around, line.reported_at), under)


def _row(href: str, name: str, at: str, under: str) -> html.Li:
    inside: list[Any] = [html.Span(name, className="name")]
    if at:
        inside.append(html.Span(at, className="age"))
    inside.append(html.Span(under, className="under"))
    return html.Li(html.A(inside, href=href, className="open"))
