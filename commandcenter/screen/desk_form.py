"""The form of a command: all fields it may ask for, of which the page shows those it does.

It is never drawn anew, so that nothing that was typed is lost by what others do meanwhile.
"""

from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html
from dash.development.base_component import Component

from commandcenter.host.words import Words
from commandcenter.screen.desk_fields import button, choice, field, matter_options, named
from commandcenter.screen.kit import KitComponent
from commandcenter.screen.tablet import Surroundings

RATINGS = range(5, 0, -1)
QUIET: dict[str, Any] = {"openOnFocus": False, "clearSearchOnFocus": True}
"""A field that has an answer already: it opens when one types."""


class DeskPhotos(KitComponent):
    """Takes photos in and writes their addresses into the field of evidence."""

    _props = ("words",)


def command_form(around: Surroundings) -> html.Div:
    """Return the form, which is hidden while no command is given."""
    words = around.words
    return html.Div(
        [
            html.Div(id="desk-form-head", className="what"),
            html.Div(_fields(around), className="fields"),
            html.Div(id="desk-answer", className="answer", role="status"),
            html.Div(
                [
                    button([words("执行"), html.Kbd("Ctrl+Enter")], "run", do="run"),
                    button([words("取消"), html.Kbd("Esc")], do="cancel"),
                ],
                className="row",
            ),
            dcc.Store(id="desk-shown"),
        ],
        className="cc-form",
    )  # fmt: skip


def _fields(around: Surroundings) -> list[Component]:
    words = around.words
    return [
        field("of-matter", words("事项"),
               choice("desk-as", words("事项"), matter_options(around), **QUIET)),
        field("of-unit", words("责任单位"), html.Div([
            html.Div(id="desk-nearest", className="nearest"),
            choice("desk-to", words("责任单位"), [], **QUIET),
        ])),
        field("of-units", words("协办单位"), dmc.MultiSelect(
            id="desk-with", data=[], searchable=True, size="xs", limit=60,
            hidePickedOptions=True, maxDropdownHeight=300, **named(words("协办单位")))),
        field("of-lead", words("牵头单位"), choice("desk-lead", words("牵头单位"), [], **QUIET)),
        field("of-master", words("并入案件"), dmc.TextInput(
            id="desk-master", size="xs", placeholder=words("主案件编号"),
            **named(words("并入案件")))),
        field("of-rating", words("满意度"), dmc.SegmentedControl(
            id="desk-rating", size="xs",
            data=[{"value": str(n), "label": "★" * n} for n in RATINGS])),
        field("of-evidence", words("佐证"), html.Div([
            dmc.TextInput(id="desk-evidence", size="xs",
                          placeholder=words("图片或文件的网址，多个以空格分开"),
                          **named(words("佐证"))),
            DeskPhotos(id="desk-photos", words=_photo_words(words)),
        ], className="proof")),
        field("of-note", words("说明"), dmc.Textarea(
            id="desk-note", autosize=True, minRows=2, maxRows=8, size="xs",
            **named(words("说明")))),
    ]  # fmt: skip


def _photo_words(words: Words) -> dict[str, str]:
    """Return what is said of photos that are added, by what became of them."""
    return {
        "add": words("加照片"),
        "busy": words("正在上传"),
        "large": words("超过 8 MB，请缩小后再传"),
        "none": words("这不是能用的照片，请换一张 JPEG、PNG 或 WebP"),
        "away": words("没有传上去，请再试一次"),
    }
