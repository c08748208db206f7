"""What the keys of the desk do."""

import dash_mantine_components as dmc
from dash import html

from commandcenter.host.words import Words
from commandcenter.screen.desk_commands import FIRST, LETTERS, TITLES
from commandcenter.screen.desk_order_form import DIRECTIVE_KEY, WHISTLE_KEY


def help_of(words: Words) -> dmc.Modal:
    """Return the sheet of all keys."""
    moving = [
        ("j k", words("下一件、上一件")),
        ("Enter", words("打开案件")),
        ("Esc", words("关闭表单、选择、案件")),
        ("x", words("选中，再下一件")),
        ("/", words("查找")),
        ("1 – 0", words("换队列")),
        ("Q W E R", words("四单")),
        ("g G", words("哨、指令")),
        ("z", words("倒序")),
        ("q", words("清除条件")),
        ("Ctrl+Enter", words("执行命令")),
        ("Alt+1 2 3", words("选用推荐单位")),
        (WHISTLE_KEY, words("吹哨")),
        (DIRECTIVE_KEY, words("下达指令")),
        ("?", words("本页")),
    ]
    commands = [(LETTERS[c], TITLES[c].in_language(words.language)) for c in FIRST]
    return dmc.Modal(
        html.Div(
            [_keys(words("走动"), moving), _keys(words("命令"), commands)],
            className="cc-desk-help",
        ),
        id="desk-help",
        title=words("快捷键"),
        size="lg",
        centered=True,
        closeButtonProps={"aria-label": words("关闭")},
        opened=False,
    )


def _keys(title: str, rows: list[tuple[str, str]]) -> html.Section:
    lines = [
        html.Li([html.Span([html.Kbd(key) for key in keys.split(" ") if key]), said])
        for keys, said in rows
    ]
    return html.Section([html.H3(title), html.Ul(lines)])
