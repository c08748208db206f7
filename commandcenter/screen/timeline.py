"""The timeline of a case: each move with its time, who made it, what it was and the note."""

from collections.abc import Sequence
from typing import Any

from dash import html
from dash.development.base_component import Component

from commandcenter.cases.queries import Step
from commandcenter.domain.cases import Command
from commandcenter.domain.classification import BY_WORD
from commandcenter.domain.clocks import DAY, HOUR, MINUTE, Millis
from commandcenter.domain.routing import NEAREST
from commandcenter.domain.text import Text
from commandcenter.host.routing import Placed, PlacedSign
from commandcenter.screen.tablet import Surroundings

C = Command
COMMAND_TITLES = {
    C.REPORT: Text("上报", "Reported"),
    C.REJECT: Text("不予立案", "Rejected"),
    C.FILE: Text("立案", "Filed"),
    C.DISPATCH: Text("派遣", "Dispatched"),
    C.ENGAGE: Text("三跨协办", "Units engaged"),
    C.TAKE_UP: Text("开始处置", "Taken up"),
    C.PART_TAKE_UP: Text("接协办", "Part taken up"),
    C.PART_DONE: Text("协办完成", "Part done"),
    C.RETURN: Text("退回", "Returned"),
    C.HANDLE: Text("处置完成", "Handled"),
    C.REWORK: Text("返工", "Sent back for rework"),
    C.VERIFY: Text("核查通过", "Verified"),
    C.CLOSE: Text("结案", "Closed"),
    C.ASSESS: Text("计入考核", "Assessed"),
    C.RATE: Text("评价", "Rated"),
    C.REOPEN: Text("重开", "Reopened"),
    C.SUSPEND: Text("挂账", "Suspended"),
    C.RESUME: Text("恢复处置", "Resumed"),
    C.ESCALATE: Text("上报上级", "Escalated"),
    C.HAND_DOWN: Text("下派", "Handed down"),
    C.MERGE: Text("合并", "Merged"),
    C.UNMERGE: Text("拆分", "Unmerged"),
    C.LIKELY: Text("疑似重复", "Found to be a likely duplicate"),
    C.DISTINCT: Text("不是重复", "Found to be no duplicate"),
    C.SUPERVISE: Text("督办", "Supervised"),
    C.RELEASE: Text("解除督办", "Released from supervision"),
    C.NOTE: Text("记事", "Noted"),
    C.WHISTLE: Text("吹哨", "Whistled"),
    C.WHISTLE_END: Text("哨毕", "Whistle ended"),
}
BY_RULE = "rule"
"""The actor of moves that the desk's rules make."""


def timeline(around: Surroundings, steps: Sequence[Step]) -> html.Section:
    """Return the moves of a case, the latest first: that is what one looks for."""
    before: list[Millis | None] = [None, *(step.at for step in steps[:-1])]
    lines = [_line(around, step, prior) for step, prior in zip(steps, before, strict=True)]
    heading = html.H2(around.words("办理过程"))
    return html.Section([heading, html.Ol(lines[::-1], className="cc-timeline")])


def at_words(around: Surroundings, at: Millis) -> str:
    """Return a day and time of the city."""
    return around.catalogue.calendar.local(at).strftime("%Y-%m-%d %H:%M")


def span_words(around: Surroundings, span: Millis) -> str:
    """Return a span in its two largest units."""
    words = around.words
    if span < MINUTE:
        return words("{n} 秒", n=span // 1000)
    if span < HOUR:
        return words("{n} 分", n=span // MINUTE)
    if span < DAY:
        return words("{h} 时 {m} 分", h=span // HOUR, m=span % HOUR // MINUTE)
    return words("{d} 天 {h} 时", d=span // DAY, h=span % DAY // HOUR)


def _line(around: Surroundings, step: Step, before: Millis | None) -> html.Li:
    title = COMMAND_TITLES[step.command].in_language(around.language)
    what: list[Component] = [html.B(title)]
    if step.on_time is not None:
        said = around.words("按时") if step.on_time else around.words("超时")
        what.append(html.Span(said, className="judged " + ("good" if step.on_time else "red")))
    facts = [_actor(around, step), _unit(around, step)]
    if before is not None and step.at > before:
        facts.append(around.words("历时 {span}", span=span_words(around, step.at - before)))
    children: list[Component] = [
        html.Time(at_words(around, step.at)),
        html.Div(what, className="what"),
        html.Div(" · ".join(fact for fact in facts if fact), className="by"),
    ]
    if step.note:
        children.append(html.P(_note(around, step)))
    attributes: dict[str, Any] = {"data-command": step.command.value}
    return html.Li(children, **attributes)


def _actor(around: Surroundings, step: Step) -> str:
    """Name who did it, where the viewer may know; a source by its title."""
    if step.actor == BY_RULE:
        return around.words("按规则自动")
    source = around.catalogue.sources.get(step.actor)
    return source.title.in_language(around.language) if source else step.actor


def _note(around: Surroundings, step: Step) -> str:
    """Return what was noted; the rule of a dispatch or a matter by its title, in the language."""
    catalogue, words = around.catalogue, around.words
    if step.command is Command.DISPATCH:
        rules: Sequence[Placed | PlacedSign] = catalogue.routing
    elif step.command in (Command.REPORT, Command.FILE):
        rules = catalogue.classification
    else:
        return step.note
    for placed in rules:
        rule = placed.rule
        if step.note.startswith(rule.note):
            said = (text.in_language(around.language) for text in (rule.title, rule.reason))
            return " · ".join(said) + step.note.removeprefix(rule.note)
    if step.note.startswith(NEAREST):
        return words("按事项职责派至最近的责任单位") + step.note.removeprefix(NEAREST)
    if step.note.startswith(BY_WORD):
        return words("按关键词{word}归类", word=step.note.removeprefix(BY_WORD))
    return step.note


def _unit(around: Surroundings, step: Step) -> str:
    if step.unit is None or step.command is not Command.DISPATCH:
        return ""
    unit = next((unit for unit in around.catalogue.units if unit.code == step.unit), None)
    return unit.title.in_language(around.language) if unit else step.unit
