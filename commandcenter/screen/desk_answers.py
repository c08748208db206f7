"""What the desk says about a command: the head of its form, and what came of each case."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dash import html
from dash.development.base_component import Component

from commandcenter.cases.queries import Step
from commandcenter.cases.queues import QueueLine
from commandcenter.domain.cases import Command, State
from commandcenter.domain.state_titles import STATE_TITLES
from commandcenter.errors import Forbidden, Invalid, NotFound
from commandcenter.screen.desk_commands import TITLES
from commandcenter.screen.desk_fields import button
from commandcenter.screen.desk_rows import title_of, unit_title, units_by_code
from commandcenter.screen.tablet import Surroundings
from commandcenter.screen.timeline import COMMAND_TITLES, at_words

MOST_NAMED = 3
FIELD_TITLES: Mapping[str, str] = {
    "note": "请写明说明",
    "matter": "请选择事项",
    "unit": "请选择责任单位",
    "units": "请选择协办单位",
    "lead": "请选择牵头单位",
    "master": "请填写主案件编号",
    "rating": "请给出满意度",
    "evidence": "请附上照片，佐证网址须可用",
}
Asks = Sequence[str]
EVIDENCE_TITLES: Mapping[str, str] = {"words": "说明", "photo": "照片"}
"""What a matter asks for when a case of it is handled."""
ORDER_FIELDS: Mapping[str, str] = {
    "title": "请填写标题",
    "cell": "请选择地点或范围",
    "level": "请选择级别",
    "depth": "请选择级别",
    "depth_to": "请选择级别",
    "units": "请选择要呼叫的单位",
    "due": "请给出将来的期限",
    "deadline": "请给出将来的期限",
    "rating": "请给出评价",
    "step": "请选择进度",
}
"""What to do about a field of a whistle or a directive."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of one case: nothing refused it, or the kind of refusal with its reason."""

    case_id: int
    kind: str
    why: str
    field: str
    state: str

    @property
    def is_done(self) -> bool:
        """Whether the command was carried out."""
        return not self.kind


def form_head(
    around: Surroundings, command: Command, lines: Sequence[QueueLine], more: tuple[int, Asks]
) -> list[Component]:
    """Return what a form is about: the command, its case or how many cases.

    `more` is how many others the command cannot be given for, and what evidence it needs.
    """
    left, asks = more
    words = around.words
    found: list[Component] = [html.B(TITLES[command].in_language(around.language))]
    if len(lines) == 1:
        title = title_of(around, lines[0].title, lines[0].matter)
        found.append(html.Span(f"{lines[0].id} · {title}"))
    else:
        found.append(html.Span(words("共 {n} 件，每件单独答复", n=len(lines))))
    if left:
        said = words("另有 {n} 件此刻不能这样处理", n=left)
        found.append(html.Span(said, className="left"))
    if asks:
        what = "、".join(words(EVIDENCE_TITLES[each]) for each in asks)
        said = words("须附：{what}", what=what)
        found.append(html.Span(said, className=" ".join(("asks", *asks))))
    return found


def nearest_units(around: Surroundings, likely: Sequence[tuple[str, str, str]]) -> list[Component]:
    """Return the likeliest units, each a click or a key away, with the reason."""
    return [
        button(
            [html.Kbd(f"Alt+{at}"), html.B(title), html.Small(reason_words(around, reason))],
            unit=code,
        )
        for at, (code, title, reason) in enumerate(likely, 1)
    ]


def reason_words(around: Surroundings, note: str) -> str:
    """Return why a unit is named: a routing rule by its title, in the language."""
    for placed in around.catalogue.routing:
        if note.startswith(placed.rule.note):
            texts = (placed.rule.title, placed.rule.reason)
            said = " · ".join(text.in_language(around.language) for text in texts)
            return said + note.removeprefix(placed.rule.note)
    return note.partition(": ")[2] or note


Standing = tuple[Mapping[int, QueueLine], Mapping[int, Sequence[Step]], Mapping[int, int]]
"""Refused cases as they are now, the moves of those in conflict, and the versions shown before."""


def answers_of(
    around: Surroundings, command: Command, answered: Sequence[Answered], standing: Standing
) -> list[Component]:
    """Return one line for each case of several, or why the only one was refused."""
    refused = [each for each in answered if not each.is_done]
    if len(answered) == 1:
        return [_refusal(around, each, standing) for each in refused]
    words = around.words
    done = len(answered) - len(refused)
    summary = words("完成 {done} 件，未完成 {left} 件", done=done, left=len(refused))
    lines = []
    for each in answered:
        said: Any = _refusal(around, each, standing)
        if each.is_done:
            state = STATE_TITLES[State(each.state)].in_language(around.language)
            said = html.Span(words("已完成 · {state}", state=state), className="good")
        number = button(f"{each.case_id}", "link", open=str(each.case_id))
        lines.append(html.Li([number, said]))
    return [html.P(summary), html.Ul(lines)]


def _refusal(around: Surroundings, each: Answered, standing: Standing) -> Component:
    words = around.words
    now, since, shown = standing
    line = now.get(each.case_id)
    if each.kind == "conflict" and line is not None:
        changes = len(since.get(each.case_id, ())) and max(1, line.version - shown[each.case_id])
        steps = list(since.get(each.case_id, ()))[-changes:] if changes else []
        return html.Div(
            [
                html.P(words("此案刚被他人改动，您填写的内容仍在："), className="red"),
                html.Ul([html.Li(_step(around, step)) for step in steps]),
                html.P(words("现为“{state}”。可按新的情况再次执行，或取消。",
                             state=STATE_TITLES[line.state].in_language(around.language))),
            ],
            className="conflict",
        )  # fmt: skip
    if each.kind == "illegal" and line is not None:
        state = STATE_TITLES[line.state].in_language(around.language)
        return html.Span([words("此案现为“{state}”，不能这样处理。", state=state), _why(each)],
                         className="red")  # fmt: skip
    if each.kind == "invalid" and each.field in FIELD_TITLES:
        return html.Span([words(FIELD_TITLES[each.field]), _why(each)], className="red")
    said = {
        "forbidden": words("您的角色不能这样处理"),
        "gone": words("这里没有内容"),
    }.get(each.kind, words("没有执行"))
    return html.Span([said, _why(each)], className="red")


def _why(each: Answered) -> Component:
    """Return the server's own reason, for who wants to know it exactly."""
    return html.Small(each.why)


def _step(around: Surroundings, step: Step) -> list[Component | str]:
    units = units_by_code(around)
    facts = [step.actor, unit_title(around, units, step.unit), step.note]
    return [
        html.Time(at_words(around, step.at)),
        html.B(COMMAND_TITLES[step.command].in_language(around.language)),
        " · ".join(fact for fact in facts if fact),
    ]


def coordination_refusal(around: Surroundings, error: Exception) -> list[Component]:
    """Return why a whistle or a directive was not given: what to do, and the server's reason."""
    words = around.words
    field = error.field if isinstance(error, Invalid) else None
    said = words(ORDER_FIELDS.get(field or "", "没有执行"))
    if isinstance(error, Forbidden):
        said = words("您的角色不能这样处理")
    if isinstance(error, NotFound):
        said = words("这里没有内容")
    return [html.Span([said, html.Small(str(error))], className="red")]
