"""What every page for tablets has of inspections: the bar of the one that runs, and how one begins.

Buttons say by `data-inspect` what they do; which of them is shown, the script says.
"""

from typing import Any

from dash import html
from dash.development.base_component import Component

from commandcenter.domain.rights import Right
from commandcenter.domain.viewers import Clearance, Viewer
from commandcenter.host.words import Words
from commandcenter.screen.inspection_kit import Inspecting

SAID = (
    "巡查中", "开始巡查", "{place}巡查", "名称", "开始", "取消", "到访此处", "已到访",
    "列为巡查发现", "已列为发现", "记录", "照片", "保存", "查看", "结束", "结束巡查", "小结",
    "看到了什么？", "总体情况、要求、下次复查", "已选 {n} 张", "到访 {place}", "记录：{text}",
    "发现：案件 {n}", "发现：新上报的案件", "路线", "开始巡查：{title}", "待发送", "正在发送",
    "未被接受", "未被接受：{reason}", "本机无法保存，请连接网络后再试",
    "正在等待网络，连接后自动发送", "已记下", "请写点什么，或拍一张照片", "巡查工具",
)  # fmt: skip
"""What the scripts of inspections say."""


def may_inspect(viewer: Viewer) -> bool:
    """Tell whether a viewer has inspections at all."""
    return viewer.may(Right.INSPECT) and viewer.clearance >= Clearance.STAFF


def bar(viewer: Viewer, words: Words, place: str, name: str) -> list[Component]:
    """Return the bar of a page, which is empty while no inspection runs."""
    if not may_inspect(viewer) or viewer.kind != "user":
        return []
    said = {word: words(word) for word in SAID}
    translated = {word: said_ for word, said_ in said.items() if said_ != word}
    made = Inspecting(
        id="inspecting", place=place, name=name, owner=viewer.name, words=translated
    )
    return [made]


def of_cell(viewer: Viewer, words: Words, code: str, name: str) -> list[Component]:
    """Return what the page of a cell offers: to begin there, or that one is there now."""
    if not may_inspect(viewer) or viewer.kind != "user":
        return []
    return [
        html.Div(
            [
                _button("start", words("开始巡查"), cell=code, name=name),
                _button("visit", words("到访此处"), cell=code, name=name),
                html.A(words("巡查记录"), href="/inspections"),
            ],
            className="cc-inspect-do",
        )
    ]


def of_case(viewer: Viewer, words: Words, number: int) -> list[Component]:
    """Return what the page of a case offers while an inspection runs."""
    if not may_inspect(viewer) or viewer.kind != "user":
        return []
    button = _button("find", words("列为巡查发现"), case=str(number))
    return [html.Div([button], className="cc-inspect-do of-case")]


def _button(does: str, title: str, **about: str) -> html.Button:
    more: dict[str, Any] = {f"data-{name}": value for name, value in about.items()}
    more |= {"data-inspect": does, "type": "button"}
    return html.Button(title, **more)
