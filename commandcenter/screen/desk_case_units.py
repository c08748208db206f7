"""Whom an open case calls: units with a part in it, each with its clock, and those whistled for."""

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from commandcenter.cases.desk_file import DeskFile, Part
from commandcenter.domain import whistles as rules
from commandcenter.domain.clocks import Millis
from commandcenter.domain.rights import Right
from commandcenter.host.coordination import CallLine, WhistleLine
from commandcenter.screen.case_clock import part_clock
from commandcenter.screen.desk_board import order_button
from commandcenter.screen.desk_fields import section
from commandcenter.screen.desk_order_form import RATE, order
from commandcenter.screen.desk_rows import unit_title, units_by_code
from commandcenter.screen.desk_words import CALL_TITLES, PART_TITLES
from commandcenter.screen.tablet import Surroundings
from commandcenter.screen.tablet_kit import Limit
from commandcenter.screen.timeline import at_words


def parts_of(around: Surroundings, file: DeskFile) -> Component | None:
    """List who shares the case, each with the clock of its own part."""
    if not file.parts:
        return None
    words, units = around.words, units_by_code(around)
    rows = [
        html.Li([
            html.B(words("牵头") if part.is_lead else words("协办")),
            html.Span(unit_title(around, units, part.unit)),
            html.Span(words(PART_TITLES.get(part.state, part.state)), className="quiet"),
            html.Span(_until(around, part.due, part.done_at), className="quiet"),
            _part_limit(around, file, part, at),
            html.P(part.task) if part.task else None,
        ])
        for at, part in enumerate(file.parts)
    ]  # fmt: skip
    return section(words("协办单位"), html.Ul(rows), "parts")


def _part_limit(around: Surroundings, file: DeskFile, part: Part, at: int) -> Component | None:
    if part.due is None or part.done_at is not None:
        return None
    calendar = around.catalogue.calendar
    clock = part_clock(part.due, file.steps, file.filed_as, calendar)
    said = limit_words(around)
    return Limit(id=f"desk-part-{at}", start=clock.start, warn=clock.warn, due=clock.due,
                 words=said)  # fmt: skip


def limit_words(around: Surroundings) -> dict[str, str]:
    """Return what a running clock says, with {span} still to be filled."""
    return {"left": around.words("余 {span}"), "over": around.words("超时 {span}")}


def _until(around: Surroundings, due: Millis | None, done_at: Millis | None) -> str:
    if done_at is not None:
        return around.words("完成于 {at}", at=at_words(around, done_at))
    return around.words("时限 {at}", at=at_words(around, due)) if due is not None else ""


def whistles_of(around: Surroundings, whistles: Sequence[WhistleLine]) -> Component | None:
    if not whistles:
        return None
    words, units = around.words, units_by_code(around)
    rows = []
    for whistle in whistles:
        calls = [
            html.Span(
                [unit_title(around, units, call.unit), " ",
                 html.I(words(CALL_TITLES[call.state]), className="red" if call.late else None),
                 *_rating(around, whistle, call)],
                className="call",
            )
            for call in whistle.calls
        ]  # fmt: skip
        rows.append(html.Li([html.B(whistle.title), *calls]))
    return section(words("吹哨"), html.Ul(rows), "whistles")


def _rating(around: Surroundings, whistle: WhistleLine, call: CallLine) -> list[Component]:
    """Return the button with which the level that whistles, or the called unit, rates the other."""
    viewer = around.viewer
    is_caller = viewer.may(Right.WHISTLE) and viewer.depth <= whistle.depth
    is_called = viewer.may(Right.ANSWER_CALL) and viewer.unit == call.unit
    is_open = whistle.state == rules.WhistleState.OPEN
    if rules.Act.RATE not in rules.legal_acts(call.state, is_open) or not (is_caller or is_called):
        return []
    rates = order(RATE, whistle=whistle.id, unit=call.unit)
    return [order_button(around.words("评价"), rates)]
