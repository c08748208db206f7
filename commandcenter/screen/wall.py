"""The wall's page: the stage with its header and faces, and the stream that fills them."""

from collections.abc import Set
from urllib.parse import urlencode

from commandcenter.domain.rights import Block
from commandcenter.domain.viewers import Viewer
from commandcenter.host.catalogue import Catalogue
from commandcenter.host.words import Words
from commandcenter.live.topics import Topic
from commandcenter.screen.frames import absent_tile, tile, withheld_tile
from commandcenter.screen.kit import Face, Header, Stage, Stream, Tile
from commandcenter.screen.layouts import Face as LayoutFace
from commandcenter.screen.layouts import Layout, Place

SCREEN_WORDS = (
    "扫码在平板上打开此画面",
    "刚刚", "{n} 秒前", "{n} 分前", "{n} 时前", "{n} 天前",
    "{n} 秒", "{n} 分", "{n} 时", "{n} 天", "{h} 时 {m} 分", "{d} 天 {h} 时", "余 {span}",
    "等待数据", "正在连接", "未授权", "失败", "停滞", "延迟", "实时", "后台无响应 {span}",
    "数据滞后 {span}",
    "数据源故障：{names}",
    "连接中断，{n} 秒后重连", "连接中断，正在重连", "回放 ×{n}", "已暂停",
    "红 风险量", "黄 变量", "蓝 常量",
    "收起", "全部 {n} 条", "下次核查 {span}", "另有 {n} 条",
    "暂无", "好转", "变差", "显示出错：{reason}", "图片无法读取",
    "超 {span}", "督办", "此处不能这样处理",
    "红", "黄", "蓝", "良好", "其他", "次要", "共 {n} 处", "疏密", "本屏没有地图",
    "没有连接", "没有连接，{ago}的内容", "{ago}的内容，正在更新",
    "这里没有保存过的内容。有了网络之后请再试一次。", "重试",
    "保存过的地方", "照片", "待发送", "登录后发送", "正在发送", "已送达", "未被接受",
    "{n} 项未被接受", "{n} 项待发送", "全部已送达", "去处理", "再试", "按现状再办", "撤回", "取消",
    "撤回这一项？", "这一项可能已经送达。撤回只是不再发送。", "删除并退出",
    "还有 {n} 项没有送达或未被接受。退出会把它们从本机删除。",
    "情况已经变化，此刻不能这样处理", "别人已经改过，请看过现状再做", "您没有这样做的权限",
    "已不存在，或者不在您的范围内", "内容有误，请改正后重新提交", "内容太大，请缩小后重新提交",
    "它所依据的上一项没有办成", "本机无法再读取它，请重新填写", "服务器没有接受，请重新办理",
)  # fmt: skip
"""What the scripts of the kit say; a translation needs an entry for each."""


Shown = tuple[Catalogue, Set[Block]]
"""What there is to show, and the kinds of it that the viewer sees."""


def wall_page(
    layout: Layout,
    viewer: Viewer,
    catalogue: Catalogue,
    scope: str,
    words: Words,
    build: str = "",
) -> Stage:
    """Return the page of a wall that shows the cell `scope`; `build` as its stream will tell it."""
    faces = [_face(face, (catalogue, viewer.blocks), scope, words) for face in layout.faces]
    children = [
        stream(
            layout.topics(viewer, scope),
            {"layout": layout.key, "cell": scope, "lang": viewer.language},
            build or catalogue.build,
            words,
        ),
        _header(layout, viewer, catalogue, scope, words),
        *faces,
    ]
    return Stage(
        children,
        id="stage",
        canvas=list(layout.canvas),
        fit=layout.fit,
        faces=[face.key for face in layout.faces],
        seconds=layout.rotate_seconds,
        sizes=layout.sizes.as_props(),
    )


def stream(topics: dict[str, Topic], query: dict[str, str], build: str, words: Words) -> Stream:
    """Return the stream of a page: `topics` by slot, `query` tells the server which page it is.

    It goes before what it fills, since it also brings the words of the scripts.
    """
    slots: dict[str, list[str]] = {}
    for slot, topic in topics.items():
        slots.setdefault(topic.id, []).append(slot)
    return Stream(
        id="stream",
        url=f"/stream?{urlencode(query)}",
        slots=slots,
        build=build,
        language=words.language,
        words=screen_words(words),
    )


def screen_words(words: Words) -> dict[str, str]:
    """Return the translations of what the scripts say, nothing for the source language."""
    found = {word: words(word) for word in SCREEN_WORDS}
    return {word: translated for word, translated in found.items() if translated != word}


def _header(
    layout: Layout, viewer: Viewer, catalogue: Catalogue, scope: str, words: Words
) -> Header:
    language = viewer.language
    notes = [note.in_language(language) for note in catalogue.city.notes]
    if any(source.simulated for source in catalogue.sources.values()):
        notes.append(words("模拟数据"))
    return Header(
        id="header",
        title=catalogue.city.platform.in_language(language),
        faces=[{"key": f.key, "title": f.title.in_language(language)} for f in layout.faces],
        notes=notes,
        code=f"/wall/{layout.key}/code.svg?{urlencode({'cell': scope})}",
        sources={
            key: source.title.in_language(language)
            for key, source in catalogue.sources.items()
            if viewer.first == 0 or viewer.scope in source.districts or "*" in source.districts
        },
    )


def _face(face: LayoutFace, shown: Shown, scope: str, words: Words) -> Face:
    tiles = [_tile(place, shown, scope, words) for place in face.panels]
    return Face(tiles, id=f"face-{face.key}", face=face.key, columns=face.columns, rows=face.rows)


def _tile(place: Place, shown: Shown, scope: str, words: Words) -> Tile:
    catalogue, blocks = shown
    if place.panel not in catalogue.panels:
        return absent_tile(place.panel, place.id, catalogue, words, place.at)
    # A layout may fix the level that a map shows, as depth = 5 for all micro-grids at once.
    depth = place.options.get("depth")
    spec = catalogue.panel(place.panel)
    if spec.block not in blocks:
        return withheld_tile(spec, place.id, words, place.at)
    return tile(spec, place.id, words.language, place.at, scope=scope, depth=depth)
