"""Whistles and directives at the desk: one line each, with what this viewer may do about it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from dash import html
from dash.development.base_component import Component

from commandcenter.domain import directives, whistles
from commandcenter.domain.clocks import Millis
from commandcenter.host.coordination import CallLine, DirectiveLine, WhistleLine
from commandcenter.screen.desk_fields import button
from commandcenter.screen.desk_order_form import (
    ANSWER,
    DIRECTIVE,
    PROGRESS,
    RATE,
    RECALL,
    TITLES,
    WHISTLE,
    WITHDRAW,
    keys_of,
    order,
)
from commandcenter.screen.desk_rows import place_of, unit_title, units_by_code
from commandcenter.screen.desk_words import CALL_TITLES, PROGRESS_TITLES
from commandcenter.screen.tablet import Surroundings
from commandcenter.screen.timeline import at_words

ACT_TITLES = {
    whistles.Act.REPORT_IN: "报到",
    whistles.Act.ACT: "处置中",
    whistles.Act.DONE: "完成",
}
STEP_TITLES = {
    directives.Act.RECEIVE: "接收",
    directives.Act.ACT: "执行中",
    directives.Act.DONE: "完成",
}


@dataclass(frozen=True, slots=True)
class BoardRights:
    """What a viewer may do: speak for a unit, whistle for a level, issue for one, say how far."""

    speaks_for: Callable[[str], bool]
    calls: Callable[[int], bool]
    issues: Callable[[int], bool]
    answers: bool


def whistle_board(
    around: Surroundings, lines: Sequence[WhistleLine], past: Sequence[WhistleLine], now: Millis,
    may: BoardRights,
) -> list[Component]:  # fmt: skip
    """Return the open whistles, under them those that ended last, which can still be rated."""
    words = around.words
    found: list[Component] = [_whistle(around, line, now, may) for line in lines]
    if not lines:
        found = [html.P(words("没有未了的哨"), className="none")]
    if past:
        found.append(html.H2(words("近日已了")))
        found += [_whistle(around, line, now, may) for line in past]
    return [*_head(around, WHISTLE), *found]


def _head(around: Surroundings, kind: str) -> list[Component]:
    """Return the button that begins a whistle or a directive, for who may."""
    key = keys_of(around).get(kind)
    if key is None:
        return []
    begins = order_button([around.words(TITLES[kind]), html.Kbd(key)], order(kind), "first")
    return [html.Div(begins, className="commands")]


def order_button(children: Any, begins: Mapping[str, Any], name: str = "act quiet") -> html.Button:
    """Return a button that begins a form."""
    return button(children, name, order=orjson.dumps(dict(begins)).decode())


def _whistle(
    around: Surroundings, line: WhistleLine, now: Millis, may: BoardRights
) -> html.Article:
    words = around.words
    level = around.catalogue.levels[line.depth].title.in_language(around.language)
    about = [
        words("{level}吹哨", level=level),
        place_of(around, line.cell, 3, 2),
        line.place,
        words("{at} 前报到", at=at_words(around, line.due)),
        line.caller,
    ]
    case = []
    if line.case_id is not None:
        case = [button(words("案件 {n}", n=line.case_id), "link", open=str(line.case_id))]
    units = units_by_code(around)
    calls = [
        _call(around, line, call, unit_title(around, units, call.unit), may) for call in line.calls
    ]
    is_open = line.state == whistles.WhistleState.OPEN
    late = is_open and any(_is_late(call, now) for call in line.calls)
    back = []
    if is_open and may.calls(line.depth):
        back = [order_button(words("收回"), order(RECALL, whistle=line.id))]
    return html.Article(
        [
            html.Header([html.B(line.title), *case, *back]),
            html.Div(" · ".join(filter(None, about)), className="quiet"),
            html.Ul(calls),
        ],
        className="late" if late else None,
    )


def _is_late(call: CallLine, now: Millis) -> bool:
    return call.reported_in_at is None and (call.late or call.due <= now)


def _call(
    around: Surroundings, line: WhistleLine, call: CallLine, name: str, may: BoardRights
) -> html.Li:
    words = around.words
    said = words(CALL_TITLES[call.state])
    if call.late:
        said = words("{said}，逾时", said=said)
    is_open = line.state == whistles.WhistleState.OPEN
    legal, speaks = whistles.legal_acts(call.state, is_open), may.speaks_for(call.unit)
    acts = legal if speaks else ()
    buttons = [
        button(words(ACT_TITLES[act]), "act", tell=told(whistle=line.id, act=act, unit=call.unit))
        for act in acts
        if act in ACT_TITLES
    ]
    if whistles.Act.RATE in legal and (speaks or may.calls(line.depth)):
        rates = order(RATE, whistle=line.id, unit=call.unit)
        buttons.append(order_button(words("评价"), rates))
    state: dict[str, Any] = {"data-call": call.state.value}
    shown = html.Span(said, className="state" + (" red" if call.late else ""), **state)
    return html.Li([html.Span(name, className="unit"), shown, *buttons])


def directive_board(
    around: Surroundings, lines: Sequence[DirectiveLine], now: Millis, may: BoardRights
) -> list[Component]:
    """Return the live directives with how far their cells in the scope are."""
    found: list[Component] = [_directive(around, line, now, may) for line in lines]
    if not lines:
        found = [html.P(around.words("没有进行中的指令"), className="none")]
    return [*_head(around, DIRECTIVE), *found]


def _directive(
    around: Surroundings, line: DirectiveLine, now: Millis, may: BoardRights
) -> html.Article:
    words = around.words
    level = around.catalogue.levels[line.depth_to].title.in_language(around.language)
    about = [
        words("{n} 个{level}", n=f"{line.total:,}", level=level),
        words("{at} 前完成", at=at_words(around, line.deadline)),
        words("逾时 {n}", n=f"{line.late:,}") if line.late else "",
    ]
    shares = [
        html.Li([html.Span(words(title)), html.B(f"{count:,}")])
        for title, count in zip(PROGRESS_TITLES, line.counts, strict=True)
    ]
    done = line.counts.done / line.total if line.total else 0.0
    bar = html.Div(html.Span(style={"width": f"{done:.1%}"}), className="bar")
    # One cell answers for itself with a button; of several each has its own worker.
    buttons = [
        button(words(STEP_TITLES[act]), "act", tell=told(directive=line.id, act=act))
        for act in STEP_TITLES
        if may.answers and line.total == 1
        and line.counts[: list(STEP_TITLES).index(act) + 1].count(1)
    ]
    buttons.append(order_button(words("进度"), order(PROGRESS, directive=line.id)))
    if may.answers:
        buttons.append(order_button(words("回执"), order(ANSWER, directive=line.id)))
    if may.issues(line.depth_from):
        buttons.append(order_button(words("撤回"), order(WITHDRAW, directive=line.id)))
    return html.Article(
        [
            html.Header([html.B(line.title), *buttons]),
            html.Div(" · ".join(filter(None, about)), className="quiet"),
            bar,
            html.Ul(shares, className="shares"),
        ],
        className="late" if line.late and now > line.deadline else None,
    )


def told(**said: Any) -> str:
    """Return what a button tells the server, as the page hands it back."""
    return orjson.dumps(said).decode()
