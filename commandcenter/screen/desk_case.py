"""The case that is open at the desk: what it is, why it is where it is, and what hangs on it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dash import html
from dash.development.base_component import Component

from commandcenter.cases.desk_file import DeskFile, Evidence
from commandcenter.cases.photos import is_shown
from commandcenter.cases.queries import Step
from commandcenter.cases.queues import QueueLine
from commandcenter.cases.twins import Reporter, Twin
from commandcenter.domain.cases import OPEN, Command, Mark, State
from commandcenter.domain.matters import Matter
from commandcenter.domain.state_titles import STATE_TITLES
from commandcenter.domain.viewers import Clearance
from commandcenter.screen.case_clock import clock_of
from commandcenter.screen.desk_answers import reason_words
from commandcenter.screen.desk_board import order_button
from commandcenter.screen.desk_case_units import limit_words, parts_of, whistles_of
from commandcenter.screen.desk_commands import LETTERS, TITLES, offered
from commandcenter.screen.desk_fields import button, section
from commandcenter.screen.desk_order_form import TITLES as ORDER_TITLES
from commandcenter.screen.desk_order_form import WHISTLE, WHISTLE_KEY, keys_of, order
from commandcenter.screen.desk_rows import (
    channel_title,
    mark_titles,
    matter_title,
    place_of,
    title_of,
    unit_title,
    units_by_code,
)
from commandcenter.screen.desk_words import DECISIONS
from commandcenter.screen.links import link
from commandcenter.screen.photo_row import photo_row
from commandcenter.screen.tablet import Surroundings
from commandcenter.screen.tablet_kit import Limit
from commandcenter.screen.timeline import COMMAND_TITLES, at_words, timeline
from commandcenter.screen.unmask import unmask_button

MOST_REPORTERS = 12
SENT_BACK = (Command.RETURN, Command.ESCALATE, Command.REWORK)


@dataclass(frozen=True, slots=True)
class Drawn:
    """What is shown of a case: above the form, under it, and after the map."""

    head: list[Component]
    facts: list[Component]
    steps: list[Component]


def draw(around: Surroundings, file: DeskFile, may: Sequence[Command]) -> Drawn:
    """Return a case as the desk shows it; `may` is what its viewer may do with it."""
    return Drawn(_head(around, file, may), _facts(around, file), [timeline(around, file.steps)])


def _head(around: Surroundings, file: DeskFile, may: Sequence[Command]) -> list[Component]:
    line, words = file.line, around.words
    state = STATE_TITLES[line.state].in_language(around.language)
    held = around.catalogue.levels[line.depth].title.in_language(around.language)
    attributes: dict[str, Any] = {"data-state": line.state.value}
    marks: list[Component] = [html.Span(state, className="cc-state", **attributes)]
    if line.supervised:
        marks.append(html.Span(words("督办"), className="cc-state supervised"))
    marks += [html.Span(m, className="mark") for m in mark_titles(line.marks, around.language)]
    marks.append(html.Span(words("{level}持有", level=held), className="held"))
    title = title_of(around, line.title, line.matter)
    number = html.A(words("案件 {n}", n=line.id), href=f"/case/{line.id}", className="number")
    return [
        html.Div([number, html.Div(marks, className="marks")], className="line"),
        html.H1(title),
        _clock(around, file),
        _buttons(around, line, offered(may, line.supervised)),
    ]


def _clock(around: Surroundings, file: DeskFile) -> Component:
    words, line = around.words, file.line
    matter = around.catalogue.matters.get(line.matter or "")
    clock = clock_of(file.case, file.steps, matter, around.catalogue.calendar)
    if clock is None:
        stands = line.state is State.SUSPENDED
        said = words("挂账，时限停走") if stands else words("此刻没有时限在走")
        return html.Div(said, className="clock none")
    says = limit_words(around)
    limit = Limit(id="desk-limit", start=clock.start, warn=clock.warn, due=clock.due, words=says)
    until = html.Span(words("时限 {at}", at=at_words(around, clock.due)), className="until")
    return html.Div([limit, until], className="clock")


def _buttons(around: Surroundings, line: QueueLine, may: Sequence[Command]) -> html.Div:
    """Return the commands that this viewer may give now, each with its key."""
    found = [
        button(
            [TITLES[command].in_language(around.language), html.Kbd(LETTERS[command])],
            "first" if at == 0 else "",
            command=command.value,
        )
        for at, command in enumerate(may)
    ]
    if WHISTLE in keys_of(around) and line.state in OPEN:
        begins = order(WHISTLE, case=line.id)
        blow = [around.words(ORDER_TITLES[WHISTLE]), html.Kbd(WHISTLE_KEY)]
        found.append(order_button(blow, begins, ""))
    none = html.Span(around.words("此案您只能查看"), className="none")
    return html.Div(found or none, className="commands")


def _facts(around: Surroundings, file: DeskFile) -> list[Component]:
    sections = [
        _reason(around, file),
        _twins(around, file.twins) if file.line.marks & Mark.LIKELY else None,
        whistles_of(around, file.whistles),
        parts_of(around, file),
        _what(around, file),
        _pictures(around, file),
        _reporters(around, file),
        _related(around, file),
        _evidence(around, file.evidence),
    ]
    return [section for section in sections if section is not None]


def _reason(around: Surroundings, file: DeskFile) -> Component | None:
    """Say why the case is where it is: the last dispatch with its rule, or what was said last."""
    units = units_by_code(around)
    steps = [s for s in file.steps if s.command in (Command.DISPATCH, Command.ENGAGE)]
    back = [step for step in file.steps if step.command in SENT_BACK]
    words = around.words
    lines: list[Component] = []
    if file.line.unit and steps:
        unit = unit_title(around, units, file.line.unit)
        lines.append(html.P([html.B(unit), html.Span(_why(around, steps[-1]))]))
    if back and (not steps or back[-1].at >= steps[-1].at):
        lines.append(html.P([html.B(TITLES[back[-1].command].in_language(around.language)),
                             html.Span(back[-1].note)], className="back"))  # fmt: skip
    return section(words("派遣依据"), html.Div(lines), "reason") if lines else None


def _why(around: Surroundings, step: Step) -> str:
    return reason_words(around, step.note) or around.words("按事项职责派至最近的责任单位")


def _what(around: Surroundings, file: DeskFile) -> Component:
    words, line, case = around.words, file.line, file.case
    units = units_by_code(around)
    filed, now = file.filed_as, matter_title(around, line.matter)
    rows: list[tuple[str, Any]] = [
        (words("事项"), filed.title.in_language(around.language) if filed else now),
        (words("地点"), html.A(place_of(around, line.cell), href=_cell_path(around, line.cell))),
        (words("责任单位"), unit_title(around, units, line.unit) or words("尚未派遣")),
        (words("渠道"), channel_title(around, line.channel)),
        (words("上报时间"), at_words(around, line.reported_at)),
        (words("来源编号"), f"{case.source} · {case.external_id}"),
    ]
    rows[1:1] = _terms(around, file.filed_as)
    if case.description:
        rows.insert(0, (words("描述"), html.P(case.description)))
    elsewhere = [address for address in case.attachments if not is_shown(address)]
    if elsewhere:
        rows.append((words("附件"), html.Ul([html.Li(link(a)) for a in elsewhere])))
    pairs: list[Component] = []
    for name, value in rows:
        pairs += [html.Dt(name), html.Dd(value)]
    return section(words("案情"), html.Dl(pairs, className="cc-facts"), "what")


def _terms(around: Surroundings, matter: Matter | None) -> list[tuple[str, Any]]:
    """Return when such a case is filed and closed, as it was said when this one was filed."""
    if matter is None:
        return []
    words, language = around.words, around.language
    found = [(words("立案条件"), matter.filing), (words("结案条件"), matter.closing)]
    return [(name, said.in_language(language)) for name, said in found if said.zh]


def _cell_path(around: Surroundings, position: int) -> str:
    return f"/cell/{around.tree.cells[position].code}"


def _reporters(around: Surroundings, file: DeskFile) -> Component | None:
    """List all who reported it; whoever may not know persons is told how many."""
    words = around.words
    personal = around.viewer.clearance >= Clearance.PERSONAL
    rows = [
        html.Li([html.Time(at_words(around, r.reported_at)),
                 html.Span(_reporter(around, r, personal)),
                 _number(around, r.case_id) if r.case_id != file.line.id else None])
        for r in file.reporters[:MOST_REPORTERS]
    ]  # fmt: skip
    if not rows:
        return None
    title = words("上报人（{n}）", n=len(file.reporters))
    opener = unmask_button(around, file.line.id)
    return section(title, html.Div([html.Ul(rows), opener]), "reporters")


def _reporter(around: Surroundings, reporter: Reporter, personal: bool) -> list[Component | str]:
    channel = channel_title(around, reporter.channel)
    if not personal:
        return [channel, " · ", html.Span(around.words("已隐去"), className="masked")]
    parts: list[Component | str] = [channel]
    if reporter.name:
        parts += [" · ", reporter.name]
    if reporter.phone:
        parts += [" · ", html.Span(reporter.phone, className="phone")]
    return parts


def _number(around: Surroundings, case_id: int) -> html.Button:
    return button(around.words("案件 {n}", n=case_id), "link", open=str(case_id))


def _twins(around: Surroundings, twins: Sequence[Twin]) -> Component | None:
    if not twins:
        return None
    words = around.words
    rows = [
        html.Li([
            html.B(f"{twin.score:.0%}"),
            _number(around, twin.case_id),
            html.Span(twin.reason),
            html.Span(words(DECISIONS.get(twin.decision or "", "")), className="quiet")
            if twin.decision else None,
        ])
        for twin in twins
    ]  # fmt: skip
    return section(words("疑似与下列案件重复"), html.Ul(rows), "twins")


def _related(around: Surroundings, file: DeskFile) -> Component | None:
    if file.merged_into is None:
        return None
    words = around.words
    said = html.P([words("已并入 "), _number(around, file.merged_into)])
    return section(words("合并"), said, "merged")


def _pictures(around: Surroundings, file: DeskFile) -> Component | None:
    row = photo_row(around, "desk-pictures", file.photos)
    return section(around.words("照片"), row, "pictures") if row else None


def _evidence(around: Surroundings, evidence: Sequence[Evidence]) -> Component | None:
    """List what was handed in, by the step that it proves; pictures stand above by themselves."""
    if not evidence:
        return None
    rows = [
        html.Li([html.Time(at_words(around, piece.at)),
                 html.Span(COMMAND_TITLES[Command(piece.command)].in_language(around.language)),
                 html.Span(around.words("照片")) if is_shown(piece.url) else link(piece.url),
                 html.Span(piece.note, className="quiet")])
        for piece in evidence
    ]  # fmt: skip
    return section(around.words("佐证"), html.Ul(rows), "evidence")
