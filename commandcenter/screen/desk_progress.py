"""How far a directive is, as its sheet at the desk shows it: by level, by cell, who is late."""

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from commandcenter.cases.directive_queries import CellCounts, Directive, LatePage, Progress
from commandcenter.host.coordination import ProgressCounts
from commandcenter.screen.desk_rows import place_of
from commandcenter.screen.desk_words import PROGRESS_TITLES
from commandcenter.screen.tablet import Surroundings
from commandcenter.screen.timeline import at_words

MOST_CHILDREN = 40
MOST_LATE = 200


def progress_sheet(
    around: Surroundings, found: Directive, far: Progress, late: LatePage
) -> list[Component]:
    """Return what is known of a directive in the viewer's scope."""
    words = around.words
    about = [html.P(found.body)] if found.body else []
    until = words("{at} 前完成", at=at_words(around, found.line.deadline))
    return [
        *about,
        html.P(until, className="quiet"),
        *_table(around, words("各级进度"), [
            (around.catalogue.levels[each.depth].title.in_language(around.language), each.counts)
            for each in far.levels
        ]),
        *_table(around, words("下级单元"), _children(around, far.children)),
        *_late(around, late),
    ]  # fmt: skip


def _children(
    around: Surroundings, children: Sequence[CellCounts]
) -> list[tuple[str, ProgressCounts]]:
    """Return the cells right below, the furthest behind first."""
    behind = sorted(children, key=lambda each: each.counts.done / max(1, sum(each.counts)))
    cells = around.tree.cells
    return [(cells[each.position].name, each.counts) for each in behind[:MOST_CHILDREN]]


def _table(
    around: Surroundings, title: str, rows: Sequence[tuple[str, ProgressCounts]]
) -> list[Component]:
    if not rows:
        return []
    head = html.Tr([html.Th(title), *(html.Th(around.words(said)) for said in PROGRESS_TITLES)])
    lines = [
        html.Tr([html.Td(name), *(html.Td(f"{n:,}") for n in counts)]) for name, counts in rows
    ]
    return [html.Table([html.Thead(head), html.Tbody(lines)], className="progress")]


def _late(around: Surroundings, late: LatePage) -> list[Component]:
    if not late.cells:
        return []
    words = around.words
    more = [html.Li(words("只列出前 {n} 个", n=MOST_LATE))] if late.cursor is not None else []
    rows = [
        html.Li([html.Span(place_of(around, each.position, last=3)), " ",
                 html.I(words(PROGRESS_TITLES[each.state]))])
        for each in late.cells
    ]  # fmt: skip
    return [html.H2(words("逾时未完成")), html.Ul([*rows, *more], className="late")]
