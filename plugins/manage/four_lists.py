"""The four lists (四单制): listed, handed over, being done, cleared."""

from typing import Any

from commandcenter.api import Board, Column, Listed, Panel, Text, View

LISTS = (
    ("listed", Text("列单", "Listed")),
    ("handed_over", Text("交单", "Handed over")),
    ("being_done", Text("办单", "Being done")),
    ("cleared", Text("清单", "Cleared")),
)
COLUMNS = (
    Column("list", Text("四单", "List"), 1.75),
    Column("total", Text("合计", "All"), 0.85, "right", "number"),
    Column("cases", Text("案件", "Cases"), 0.85, "right", "number"),
    Column("calls", Text("吹哨", "Calls"), 0.85, "right", "number"),
    Column("cells", Text("指令", "Directives"), 1.15, "right", "number"),
)


def four_lists_panel() -> Panel:
    """A line for each list, with what comes from cases, whistles and directives."""
    return Panel(
        "manage.four_lists",
        Text("四单", "The four lists"),
        (Board("lists", grow=True, columns=COLUMNS, row_height=44, turns=False),),
        render,
        pace="charts",
        formula=Text(
            "列单：已上报、已立案；交单：已派遣、待报到、已下达；办单：处置至核查、已报到、已接收和执行；"
            "清单：今日结案、哨和指令中已完成的",
            "Listed: reported, filed. Handed over: dispatched, called, issued. Being done: from "
            "handling to verified, reported in, received, acting. Cleared: closed today, done in "
            "whistles and directives",
        ),
    )


def render(view: View) -> dict[str, Any]:
    """Return the four lists in order."""
    lists = view.four_lists()
    return {"lists": {"rows": [_row(view, key, t, getattr(lists, key)) for key, t in LISTS]}}


def _row(view: View, key: str, title: Text, counts: Listed) -> dict[str, Any]:
    return {
        "key": key,
        "list": title.in_language(view.language),
        "total": counts.total,
        "cases": counts.cases,
        "calls": counts.calls,
        "cells": counts.cells,
    }
