"""The pages of inspections: one with its way, notes and findings, and the list of them.

Long: both are made of the same rows, each in a few lines.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from dash import html
from dash.development.base_component import Component

from commandcenter.cases.findings import Finding
from commandcenter.cases.inspection_file import InspectionFile
from commandcenter.cases.inspections import Inspection, InspectionLine, InspectionStep
from commandcenter.domain.clocks import Millis
from commandcenter.domain.inspections import InspectionAct, InspectionState
from commandcenter.domain.state_titles import STATE_TITLES
from commandcenter.domain.text import Text
from commandcenter.live.topics import Topic
from commandcenter.screen.case_hangs import limit
from commandcenter.screen.case_next import unit_title
from commandcenter.screen.case_page import PULSE
from commandcenter.screen.inspection_kit import Elapsed, InspectionQueue, Pulse
from commandcenter.screen.inspection_map import route_map
from commandcenter.screen.kit import Tile
from commandcenter.screen.photo_row import photo_row
from commandcenter.screen.tablet import Frame, Surroundings, framed
from commandcenter.screen.tablet_kit import Moved, Tablet
from commandcenter.screen.timeline import at_words, span_words
from commandcenter.screen.way import way

SLOT = "inspection"
BODY, MOVES = f"{SLOT}-body", f"{SLOT}-moves"
"""What a move of a finding draws anew, and what tells of it."""
PULSES = f"{SLOT}-pulses"
"""What hears of moves: another finding may lie elsewhere."""
MOST_TOPICS = 8
"""So many places are heard at most; where findings lie in more, those above them are."""
TITLES = {
    InspectionState.RUNNING: Text("巡查中", "Running"),
    InspectionState.FOLLOWED: Text("跟踪中", "Followed up"),
    InspectionState.SETTLED: Text("已办结", "Settled"),
}
YELLOW_FROM = 0.7


def inspection_topics(around: Surroundings, file: InspectionFile) -> dict[str, Topic]:
    """Return the topics that tell when something moves where open findings lie, by slot.

    As on the page of a case they say nothing else: the inspection is read again then.
    """
    if PULSE not in around.catalogue.panels:
        return {}
    places = _gathered(around, {one.cell for one in file.findings if one.is_open})
    codes = [around.tree.cells[at].code for at in places]
    return {f"{SLOT}{n}": around.topic(PULSE, code) for n, code in enumerate(codes)}


def inspection_page(around: Surroundings, file: InspectionFile, now: Millis) -> Tablet:
    """Return the page of an inspection that the viewer sees."""
    line = file.inspection.line
    topics = inspection_topics(around, file)
    frame = Frame(f"inspection {line.id}", line.title, topics, {"inspection": str(line.id)})
    body = html.Div(inspection_body(around, file, now), id=BODY, className="cc-inspection")
    sheet = html.Div(
        [
            Moved(id=MOVES),
            html.Div(pulses(topics), id=PULSES, className="cc-pulses", hidden=True),
            body,
            route_map(around, file),
        ],
        className="cc-inspection-sheet",
    )
    at = around.tree.position[around.viewer.scope] if line.cell is None else line.cell
    acts = html.Div(id="acts", className="cc-acts")
    return framed(around, frame, [way(around, at), acts, sheet])


def pulses(topics: Mapping[str, Topic]) -> list[Component]:
    """Return what hears of moves, by slot."""
    return [
        Tile([Pulse(id=f"{slot}-moves", target=MOVES)], id=slot, interval=60.0) for slot in topics
    ]


def inspections_page(
    around: Surroundings, mine: Sequence[InspectionLine], others: Sequence[InspectionLine]
) -> Tablet:
    """Return the list of inspections: the viewer's own, and those of the scope."""
    words = around.words
    frame = Frame("inspections", words("巡查"), {}, {"inspections": "1"})
    sections = [
        _list(around, words("我的巡查"), mine), _list(around, words("辖区内的巡查"), others),
    ]  # fmt: skip
    lists = html.Div([one for one in sections if one], className="cc-results")
    nothing = html.P(words("还没有巡查"), className="cc-nothing-found")
    shown = lists if mine or others else nothing
    above = way(around, around.tree.position[around.viewer.scope])
    return framed(around, frame, [above, html.H1(words("巡查")), shown])


def inspection_body(
    around: Surroundings, file: InspectionFile, now: Millis
) -> list[Component]:
    """Return what changes while an inspection goes on and its findings move."""
    found = file.inspection
    sections = [
        _head(around, found),
        InspectionQueue(id="inspection-queue", number=found.line.id),
        _summary(around, found),
        _findings(around, file, now),
        _notes(around, file),
        _visits(around, found),
    ]
    return [section for section in sections if section is not None]


def row(around: Surroundings, line: InspectionLine) -> html.A:
    """Return an inspection as a line to be tapped."""
    words = around.words
    counts = words("到访 {n} 处", n=line.places)
    if line.findings:
        counts += " · " + words(
            "发现 {n} 件，未结 {left} 件", n=line.findings, left=line.open_findings
        )
    place = "" if line.cell is None else around.tree.cells[line.cell].name
    under = [line.who, at_words(around, line.started_at), place, counts]
    state: dict[str, Any] = {"data-state": line.state.value}
    title = TITLES[line.state].in_language(around.language)
    return html.A(
        [
            html.Span(line.title or words("巡查 {n}", n=line.id), className="name"),
            html.Span(title, className="cc-state", **state),
            html.Span(" · ".join(part for part in under if part), className="under"),
        ],
        href=f"/inspection/{line.id}",
        className="cc-inspection-line",
    )


def _head(around: Surroundings, found: Inspection) -> html.Div:
    words, line = around.words, found.line
    state: dict[str, Any] = {"data-state": line.state.value}
    title = TITLES[line.state].in_language(around.language)
    lasts: Component | str
    if line.ended_at is None:
        lasts = Elapsed(id="inspection-elapsed", since=line.started_at)
    else:
        lasts = span_words(around, line.ended_at - line.started_at)
    facts = [
        (words("巡查人"), line.who),
        (words("开始"), at_words(around, line.started_at)),
        (words("历时"), lasts),
        (words("行程"), _far(found.metres)),
    ]
    links = [html.A(words("全部巡查"), href="/inspections", className="cc-all")]
    if line.ended_at is not None:
        address = f"/inspections/{line.id}/report.pdf"
        title_ = words("一页报告（PDF）")
        links.insert(0, html.A(title_, href=address, className="cc-report", target="_blank"))
    said = [html.Div([html.Small(name), html.B(value)]) for name, value in facts]
    name = html.Div(
        [html.H1(line.title), html.Div(html.Span(title, className="cc-state", **state))]
    )
    return html.Div(
        [name, html.Div(said, className="facts"), html.Div(links, className="links")],
        className="head",
    )


def _summary(around: Surroundings, found: Inspection) -> html.Section | None:
    if not found.summary:
        return None
    return html.Section([html.H2(around.words("小结")), html.P(found.summary)], className="sum")


def _findings(around: Surroundings, file: InspectionFile, now: Millis) -> html.Section:
    words, found = around.words, file.findings
    left = sum(one.is_open for one in found)
    late = sum(one.is_open and one.is_overdue(now) for one in found)
    parts: list[Component | str] = [words("发现 {n} 件", n=len(found))]
    if found:
        parts.append(html.Small(words("未结 {left} 件", left=left)))
    if late:
        parts.append(html.Small(words("超时 {n} 件", n=late), className="red"))
    rows = [_finding(around, file, one, now) for one in found]
    return html.Section([html.H2(parts), html.Ul(rows)], className="found")


def _finding(
    around: Surroundings, file: InspectionFile, one: Finding, now: Millis
) -> html.Li:
    words = around.words
    matter = around.catalogue.matters.get(one.matter or "")
    title = one.title or (matter.title.in_language(around.language) if matter else words("待分类"))
    is_late = one.is_open and one.is_overdue(now)
    tone = "good" if not one.is_open else "red" if is_late else "plain"
    marks: dict[str, Any] = {"data-state": one.state.value}
    state = STATE_TITLES[one.state].in_language(around.language)
    under = [
        words("案件 {n}", n=one.case_id), around.tree.cells[one.cell].name,
        unit_title(around, one.unit) if one.is_open else at_words(around, one.since),
    ]  # fmt: skip
    link = html.A(
        [
            html.Span(title, className="name"),
            html.Span(state, className="cc-state", **marks),
            html.Span(" · ".join(under), className="under"),
        ],
        href=f"/case/{one.case_id}",
    )
    parts: list[Component | None] = [
        link, _clock(around, one), *(html.P(text) for text in one.texts),
        _pictures(around, f"found-{one.found}", file, one.photos),
    ]  # fmt: skip
    return html.Li([part for part in parts if part is not None], className=f"tone-{tone}")


def _clock(around: Surroundings, one: Finding) -> Component | None:
    if not one.is_open or one.due is None:
        return None
    warn = one.warn or one.since + round((one.due - one.since) * YELLOW_FROM)
    return limit(around, f"found-{one.found}-limit", (one.since, warn, one.due))


def _notes(around: Surroundings, file: InspectionFile) -> html.Section | None:
    notes = file.inspection.of(InspectionAct.NOTE)
    if not notes:
        return None
    items = [_note(around, file, note) for note in notes]
    title = html.H2(around.words("记录 {n} 条", n=len(notes)))
    return html.Section([title, html.Ul(items)], className="notes")


def _note(around: Surroundings, file: InspectionFile, note: InspectionStep) -> html.Li:
    where = f"{at_words(around, note.at)[-5:]} · {around.tree.cells[note.cell].name}"
    parts: list[Component | None] = [
        html.Small(where), html.P(note.text) if note.text else None,
        _pictures(around, f"note-{note.id}", file, note.photos),
    ]  # fmt: skip
    return html.Li([part for part in parts if part is not None])


def _visits(around: Surroundings, found: Inspection) -> html.Section:
    steps = {
        step.cell: step
        for step in reversed(found.of(InspectionAct.START, InspectionAct.VISIT))
    }
    items = [_visit(around, steps[cell]) for cell in found.visited]
    title = html.H2(around.words("到访 {n} 处", n=len(items)))
    return html.Section([title, html.Ol(items)], className="visits")


def _visit(around: Surroundings, step: InspectionStep) -> html.Li:
    cell = around.tree.cells[step.cell]
    at = html.Small(at_words(around, step.at)[-5:])
    code: dict[str, Any] = {"data-cell": cell.code}
    return html.Li(html.A([html.Span(cell.name), at], href=f"/cell/{cell.code}"), **code)


def _pictures(
    around: Surroundings, id: str, file: InspectionFile, numbers: Sequence[int]
) -> Component | None:
    shown = [file.photos[number] for number in numbers if number in file.photos]
    return photo_row(around, id, shown)


def _list(
    around: Surroundings, title: str, lines: Sequence[InspectionLine]
) -> html.Section | None:
    if not lines:
        return None
    items = [html.Li(row(around, line)) for line in lines]
    return html.Section([html.H2(title), html.Ul(items)], className="cc-inspections")


def _gathered(around: Surroundings, cells: set[int]) -> list[int]:
    """Return few cells of the scope in which all of some lie."""
    places = set(cells)
    while len(places) > MOST_TOPICS:
        deepest = max(int(around.tree.depth[at]) for at in places)
        places = {_above_of(around, at, deepest) for at in places}
    return sorted(places)


def _above_of(around: Surroundings, at: int, deepest: int) -> int:
    parent = int(around.tree.parent[at])
    is_deep = int(around.tree.depth[at]) == deepest
    return parent if is_deep and parent >= 0 and around.viewer.sees(parent) else at


def _far(metres: float) -> str:
    return f"{metres / 1000:.1f} km" if metres >= 1000 else f"{metres:.0f} m"
