"""The bar of what may be done from where one stands, on the pages of cells and cases.

The server says what this viewer may do here; assets/field-*.js has a form for each kind of act.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from dash.development.base_component import Component

from commandcenter.domain.cases import Command, Need
from commandcenter.domain.checks import FINDING_TITLES
from commandcenter.domain.text import Text
from commandcenter.host.words import Words
from commandcenter.screen.desk_commands import ASKED_OF, TITLES, needs_of, offered
from commandcenter.screen.kit import KitComponent

PLACE, BAR = "acts", "field"
"""The ids of the place on a page where the bar is, and of the bar."""
C = Command
FORWARD = (
    C.TAKE_UP, C.PART_TAKE_UP, C.HANDLE, C.PART_DONE, C.DISPATCH, C.FILE, C.VERIFY, C.CLOSE,
    C.RESUME,
)  # fmt: skip
"""What brings a case on: the first of these that is legal is at hand."""
AT_HAND = (C.SUPERVISE, C.RELEASE, C.NOTE, C.RATE)
"""What those who only look do with a case."""
START, CHECK, WHISTLE, DIRECT, PHOTO = "start", "check", "whistle", "direct", "photo"
KIND_TITLES: Mapping[str, Text] = {
    START: Text("上报案件", "Start a case"),
    CHECK: Text("核查", "Check"),
    WHISTLE: Text("吹哨", "Whistle"),
    DIRECT: Text("下指令", "Directive"),
    PHOTO: Text("拍照", "Photo"),
}
Act = dict[str, Any]
Pairs = Sequence[tuple[str, str]]
"""Keys with what they are called."""

FIELD_WORDS = (
    "可办的事",
    "更多", "关闭", "提交", "取消", "说明", "选填", "必填", "照片", "加照片", "去掉这张照片",
    "这不是能用的照片", "最多 {n} 张照片", "现场照片", "案件 {n}", "还没有填：{what}",
    "事项", "输入几个字查找事项", "没有找到这样的事项", "没有连接，先写明情况，事项由系统归类",
    "换一个", "写明情况", "地点", "用我的位置", "在地图上点", "就在{name}", "请在地图上点一下地点",
    "正在定位", "精度约 {n} 米", "不在您的辖区内", "这台设备不给出位置，请在地图上点",
    "您没有允许使用位置，请在浏览器设置里允许，或者在地图上点",
    "只有通过 HTTPS 打开的页面才能使用位置，请在地图上点",
    "此刻得不到位置，请到开阔处再试，或者在地图上点", "定位用时太长，请再试，或者在地图上点",
    "没有选地点", "没有写明情况", "所选位置",
    "发现", "下次核查", "按规则", "{n} 小时后", "明天", "{n} 天后",
    "发起层级", "呼叫单位", "到场时限", "{n} 分钟", "{n} 小时", "标题", "下达给", "{n} 个",
    "完成时限", "指令内容",
    "责任单位", "协办单位", "牵头", "并入案件编号", "评分", "评 {n} 分", "由系统决定", "查找单位",
    "正在发送", "已存，有网络后发送", "已送达", "未被接受", "不能保存在这台设备上，请再试",
)  # fmt: skip
"""What the scripts of the forms say; a translation needs an entry for each."""


class FieldBar(KitComponent):
    """The bar: `about` is what it acts on, `acts` what may be done, `words` the scripts' words.

    `about` is {"case", "version", "cell", "name", "lng", "lat", ...}, an act {"key", "kind", ...}.
    """

    _props = ("about", "acts", "words")


def bar(words: Words, about: Mapping[str, Any], acts: Sequence[Act]) -> FieldBar:
    """Return the bar of a page; where nothing may be done it is there and shows nothing."""
    said = {word: words(word) for word in FIELD_WORDS}
    mine = {word: other for word, other in said.items() if other != word}
    return FieldBar(id=BAR, about=dict(about), acts=list(acts), words=mine)


def placed(page: Component, made: FieldBar) -> None:
    """Put a bar into its place on a page."""
    page[PLACE].children = made


def command_acts(
    words: Words, legal: Iterable[Command], is_supervised: bool, options: Mapping[str, Any]
) -> list[Act]:
    """Return the acts of the commands that are legal, in the order of the desk.

    `options` are what the fields of commands are chosen from, by field; those of `evidence` are
    what must come with the word that the case is handled.
    """
    return [_command(words, command, options) for command in offered(legal, is_supervised)]


def in_order(acts: Sequence[Act]) -> list[Act]:
    """Return the acts on a case with what is at hand first: the rest is behind "more"."""
    by_key = {act["key"]: act for act in acts}
    forward = [command.value for command in FORWARD if command.value in by_key][:1]
    near = [command.value for command in AT_HAND]
    first = [*forward, *near[:2], PHOTO, *near[2:], WHISTLE, *by_key]
    return [by_key[key] for key in dict.fromkeys(first) if key in by_key]


def _command(words: Words, command: Command, options: Mapping[str, Any]) -> Act:
    fields = list(ASKED_OF.get(command, ()))
    return {
        "key": command.value,
        "kind": "command",
        "title": TITLES[command].in_language(words.language),
        "fields": fields,
        "needs": [need for each in needs_of(command) for need in _asked(each, options)],
        **{name: options[name] for name in fields if name in options and name != Need.EVIDENCE},
    }


def _asked(need: Need, options: Mapping[str, Any]) -> Iterable[str]:
    """Return the fields of a form without which a command lacks something."""
    if need is not Need.EVIDENCE:
        return (need.value,)
    return ("note" if asked == "words" else asked for asked in options.get(need.value, ()))


def special(words: Words, kind: str, **more: Any) -> Act:
    """Return an act that is no command on a case."""
    title = KIND_TITLES[kind].in_language(words.language)
    return {"key": kind, "kind": kind, "title": title, **more}


def findings(words: Words) -> list[list[str]]:
    """Return what somebody can find who checks."""
    return [[f.value, t.in_language(words.language)] for f, t in FINDING_TITLES.items()]
