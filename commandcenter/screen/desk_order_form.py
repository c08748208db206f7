"""The form for whistles and directives: blowing and issuing, recall, ratings, how far cells are.

One form serves all of them; the page shows the fields of the kind that was begun.
"""

from typing import Any

import dash_mantine_components as dmc
from dash import html
from dash.development.base_component import Component

from commandcenter.domain import directives, whistles
from commandcenter.domain.rights import Right
from commandcenter.screen.desk_fields import button, choice, field, named
from commandcenter.screen.desk_form import QUIET
from commandcenter.screen.kit import KitComponent
from commandcenter.screen.tablet import Surroundings

WHISTLE, DIRECTIVE, RATE = "whistle", "directive", "rate"
RECALL, WITHDRAW, ANSWER, PROGRESS = "recall", "withdraw", "answer", "progress"
KINDS = (WHISTLE, DIRECTIVE, RATE, RECALL, WITHDRAW, ANSWER, PROGRESS)
WHISTLE_KEY, DIRECTIVE_KEY = "B", "D"
TITLES = {
    WHISTLE: "发起吹哨",
    DIRECTIVE: "下达指令",
    RATE: "评价",
    RECALL: "收回哨",
    WITHDRAW: "撤回指令",
    ANSWER: "回执",
    PROGRESS: "指令进度",
}
STEPS = {
    directives.Act.RECEIVE: "已接收",
    directives.Act.ACT: "执行中",
    directives.Act.DONE: "已完成",
}


class DeskOrders(KitComponent):
    """The form's script; `may` are the kinds that begin by a key, {kind: key}."""

    _props = ("begun", "placed", "done", "may")


class DeskMoment(KitComponent):
    """A day with its time, in the city's time: "2026-11-21T12:30"."""

    _props = ("value", "title")


def order_form(around: Surroundings) -> DeskOrders:
    """Return the form, which is hidden while nothing was begun."""
    words = around.words
    return DeskOrders(
        [
            html.Div(id="desk-o-head", className="what"),
            html.Div(id="desk-o-detail", className="detail"),
            html.Div(_fields(around), className="fields"),
            html.Div(id="desk-o-count", className="reach", role="status"),
            html.Div(id="desk-o-answer", className="answer", role="status"),
            html.Div(
                [
                    button([words("执行"), html.Kbd("Ctrl+Enter")], "run", order="run"),
                    button([words("取消"), html.Kbd("Esc")], order="cancel"),
                ],
                className="row",
            ),
        ],
        id="desk-orders",
        may=keys_of(around),
    )


def keys_of(around: Surroundings) -> dict[str, str]:
    """Return what a viewer may begin by a key."""
    keys = {WHISTLE: (Right.WHISTLE, WHISTLE_KEY), DIRECTIVE: (Right.DIRECT, DIRECTIVE_KEY)}
    return {kind: key for kind, (right, key) in keys.items() if around.viewer.may(right)}


def _fields(around: Surroundings) -> list[Component]:
    words = around.words
    place, many = words("地点或范围"), words("单位")
    return [
        _field((WHISTLE, DIRECTIVE, ANSWER), place, choice(
            "desk-o-cell", place, [], placeholder=words("按名称或编码查找"),
            nothingFoundMessage=words("没有找到"), **QUIET)),
        _field((WHISTLE, DIRECTIVE), words("级别"), choice(
            "desk-o-level", words("级别"), [], **QUIET)),
        _field((WHISTLE,), many, dmc.MultiSelect(
            id="desk-o-units", data=[], searchable=True, size="xs", limit=60,
            hidePickedOptions=True, maxDropdownHeight=300, **named(many))),
        _field((ANSWER,), words("进度"), dmc.SegmentedControl(
            id="desk-o-step", size="xs", value=directives.Act.RECEIVE.value,
            data=[{"value": act.value, "label": words(said)} for act, said in STEPS.items()])),
        _field((WHISTLE, DIRECTIVE), words("标题"), dmc.TextInput(
            id="desk-o-title", size="xs", **named(words("标题")))),
        _field((WHISTLE,), words("具体位置"), dmc.TextInput(
            id="desk-o-place", size="xs", **named(words("具体位置")))),
        _field((WHISTLE, DIRECTIVE), words("期限"), DeskMoment(
            id="desk-o-by", title=words("期限"))),
        _field((RATE,), words("评价"), dmc.SegmentedControl(
            id="desk-o-rating", size="xs", value="5",
            data=[{"value": str(n), "label": "★" * n}
                  for n in range(whistles.BEST, whistles.WORST - 1, -1)])),
        _field((WHISTLE, DIRECTIVE, RATE, RECALL, WITHDRAW, ANSWER), words("说明"), dmc.Textarea(
            id="desk-o-words", autosize=True, minRows=2, maxRows=8, size="xs",
            **named(words("说明")))),
    ]  # fmt: skip


def _field(kinds: tuple[str, ...], title: str, part: Component) -> html.Div:
    return field(" ".join(f"in-{kind}" for kind in kinds), title, part)


def order(kind: str, **about: Any) -> dict[str, Any]:
    """Return what a button begins, as the page's script takes it."""
    return {"kind": kind, **about}
