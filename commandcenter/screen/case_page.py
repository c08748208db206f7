"""The page of a case: where it stands, how long it has, what was done."""

from typing import Any

from dash import html
from dash.development.base_component import Component

from commandcenter.cases import photos
from commandcenter.cases.field_file import CaseFile
from commandcenter.cases.queries import Case
from commandcenter.domain.state_titles import STATE_TITLES
from commandcenter.domain.viewers import Clearance
from commandcenter.live.topics import Topic
from commandcenter.screen import inspection_bar
from commandcenter.screen.case_clock import clock_of
from commandcenter.screen.case_hangs import hangs, limit, pictures, place_map
from commandcenter.screen.case_next import next_line, unit_title
from commandcenter.screen.kit import Tile
from commandcenter.screen.links import link
from commandcenter.screen.tablet import Frame, Surroundings, framed
from commandcenter.screen.tablet_kit import Moved, Tablet
from commandcenter.screen.timeline import at_words, timeline
from commandcenter.screen.unmask import unmask_button
from commandcenter.screen.way import way

PULSE = "tablet.moves"
"""The panel whose value changes with every move in a cell."""
SLOT = "case"
BODY, MOVES = "case-body", f"{SLOT}-moves"
"""What a move draws anew, and what tells of the move."""


def case_topics(around: Surroundings, file: CaseFile) -> dict[str, Topic]:
    """Return the topic that tells when something moves where the case lies.

    It is the same for all cases and viewers of that cell, and says nothing but that: the page then
    reads the one case again, in the web process.
    """
    if PULSE not in around.catalogue.panels:
        return {}
    return {SLOT: around.topic(PULSE, around.tree.cells[file.case.line.cell].code)}


def case_page(around: Surroundings, file: CaseFile) -> Tablet:
    """Return the page of a case that the viewer sees."""
    line = file.case.line
    name = title_of(around, file.case)
    query = {"case": str(line.id)}
    frame = Frame(f"case {line.id}", name, case_topics(around, file), query)
    body = html.Div(case_body(around, file), id=BODY, className="cc-case")
    sheet = html.Div([body, place_map(around, file)], className="cc-case-sheet")
    tile = Tile(
        [Moved(id=MOVES), sheet],
        id=SLOT,
        title=around.words("案件 {n}", n=line.id),
        interval=60.0,
    )
    acts = html.Div(id="acts", className="cc-acts")
    found = inspection_bar.of_case(around.viewer, around.words, line.id)
    return framed(around, frame, [way(around, line.cell), acts, *found, tile])


def case_body(around: Surroundings, file: CaseFile) -> list[Component]:
    """Return what a move of the case changes: all but its place."""
    told = [
        next_line(around, file.case),
        pictures(around, file),
        hangs(around, file),
        html.Section([html.H2(around.words("案情")), _facts(around, file)]),
    ]
    return [
        _head(around, file),
        html.Div([section for section in told if section is not None], className="told"),
        html.Div(timeline(around, file.steps), className="steps"),
    ]


def title_of(around: Surroundings, case: Case) -> str:
    """Return what the case is called: what a citizen wrote may name persons, so for staff only."""
    if around.viewer.clearance >= Clearance.STAFF and case.line.title:
        return case.line.title
    return _matter_title(around, case)


def _matter_title(around: Surroundings, case: Case) -> str:
    matter = around.catalogue.matters.get(case.line.matter or "")
    return matter.title.in_language(around.language) if matter else around.words("待分类")


def _head(around: Surroundings, file: CaseFile) -> html.Div:
    words, line = around.words, file.case.line
    state = STATE_TITLES[line.state].in_language(around.language)
    attributes: dict[str, Any] = {"data-state": line.state.value}
    marks = [html.Span(state, className="cc-state", **attributes)]
    if line.supervised:
        marks.append(html.Span(words("督办"), className="cc-state supervised"))
    matter = around.catalogue.matters.get(line.matter or "")
    clock = clock_of(file.case, file.steps, matter, around.catalogue.calendar)
    children: list[Component] = [
        html.Div([html.H1(title_of(around, file.case)), html.Div(marks, className="marks")])
    ]
    if clock:
        running = limit(around, "case-limit", (clock.start, clock.warn, clock.due))
        until = words("时限 {at}", at=at_words(around, clock.due))
        children.append(html.Div([running, html.Div(until, className="until")], className="clock"))
    else:
        children.append(html.Div(words("此刻没有时限在走"), className="clock none"))
    return html.Div(children, className="head")


def _facts(around: Surroundings, file: CaseFile) -> html.Dl:
    words, case, line = around.words, file.case, file.case.line
    channel = around.catalogue.channels.get(line.channel)
    happened, reported = at_words(around, case.occurred_at), at_words(around, line.reported_at)
    links = [html.Li(link(address)) for address in _links(file)]
    rows: list[tuple[str, Any]] = [
        (words("描述"), html.P(case.description) if case.description else None),
        (words("事项"), _matter_title(around, case)),
        (words("责任单位"), unit_title(around, line.unit)),
        (words("位置"), _place(around, line.cell)),
        (words("发生时间"), happened if happened != reported else None),
        (words("上报时间"), reported),
        (words("上报人"), _reporter(around, case)),
        (words("渠道"), channel.title.in_language(around.language) if channel else line.channel),
        (words("附件"), html.Ul(links) if links else None),
        (words("来源编号"), f"{case.source} · {case.external_id}"),
    ]
    pairs: list[Component] = []
    for name, value in rows:
        pairs += [html.Dt(name), html.Dd(value)] if value is not None else []
    return html.Dl(pairs, className="cc-facts")


def _place(around: Surroundings, position: int) -> str:
    """Name the place from the viewer's own scope down."""
    seen = [at for at in around.tree.ancestors(position) if around.viewer.sees(at)]
    return " ".join(around.tree.cells[at].name for at in seen[1:] or seen)


def _links(file: CaseFile) -> list[str]:
    """Return what was handed in and is no photo of this server: those are shown by themselves."""
    given = [*file.case.attachments, *(piece.url for piece in file.evidence)]
    return [address for address in dict.fromkeys(given) if not photos.is_shown(address)]


def _reporter(around: Surroundings, case: Case) -> Component | str:
    if around.viewer.clearance < Clearance.PERSONAL:
        return html.Span(around.words("已隐去，需要个人信息权限"), className="masked")
    parts: list[Component] = []
    if case.reporter_name:
        parts.append(html.Span(case.reporter_name))
    if case.reporter_phone:
        parts.append(html.Span(case.reporter_phone))
    known = html.Span(parts, className="person") if parts else around.words("未留")
    opener = unmask_button(around, case.line.id)
    return html.Span([known, opener], className="persons") if opener else known
