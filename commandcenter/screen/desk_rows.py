"""The desk's table: its columns, and a case as one of its rows."""

from collections.abc import Iterable, Mapping
from typing import Any

from dash_ag_grid import AgGrid

from commandcenter.cases.queues import QueueLine
from commandcenter.domain.cases import Command, Mark
from commandcenter.domain.matters import Unit
from commandcenter.domain.state_titles import STATE_TITLES
from commandcenter.domain.text import Text
from commandcenter.domain.viewers import Clearance
from commandcenter.screen.desk_commands import offered
from commandcenter.screen.tablet import Surroundings

BLOCK = 60
"""Rows of one page of the table."""
ROW_PIXELS = 38
MARK_TITLES: Mapping[Mark, Text] = {
    Mark.RETURNED: Text("退回", "Returned"),
    Mark.CROSS: Text("三跨", "Cross"),
    Mark.LIKELY: Text("疑似重复", "Likely duplicate"),
    Mark.ESCALATED: Text("上报", "Escalated"),
    Mark.REOPENED: Text("重开", "Reopened"),
    Mark.WHISTLED: Text("吹哨", "Whistled"),
}
TOOLTIPS = {"title": "title", "place": "where", "unit": "unit", "matter": "matter"}
"""What is said in full of a cell that may be cut off, by column."""
Row = dict[str, Any]


def table(around: Surroundings) -> AgGrid:
    """Return the table; its rows are asked for page by page."""
    return AgGrid(
        id="desk-grid",
        className="cc-desk-grid",
        rowModelType="infinite",
        columnDefs=_columns(around),
        getRowId="params.data.key",
        dashGridOptions=_options(around),
        style={"height": None, "width": None},
    )


def row_of(
    around: Surroundings, units: Mapping[str, Unit], line: QueueLine, may: Iterable[Command]
) -> Row:
    """Return a case as a row: what the viewer may see, and what the viewer may do with it."""
    language = around.language
    return {
        "key": str(line.id),
        "title": title_of(around, line.title, line.matter),
        "matter": matter_title(around, line.matter),
        "state": line.state.value,
        "said": STATE_TITLES[line.state].in_language(language),
        "place": place_of(around, line.cell, 3, 2),
        "where": place_of(around, line.cell),
        "unit": unit_title(around, units, line.unit),
        "channel": channel_title(around, line.channel),
        "reported": line.reported_at,
        "since": line.since,
        "due": line.due,
        "warn": line.warn,
        "supervised": line.supervised,
        "marks": mark_titles(line.marks, language),
        "version": line.version,
        "may": [command.value for command in offered(may, line.supervised)],
    }


def title_of(around: Surroundings, title: str, matter: str | None) -> str:
    """Return what a case is called: what a citizen wrote may name persons, so for staff only."""
    if around.viewer.clearance >= Clearance.STAFF and title:
        return title
    return matter_title(around, matter)


def matter_title(around: Surroundings, code: str | None) -> str:
    """Return what a matter is called."""
    matter = around.catalogue.matters.get(code or "")
    return matter.title.in_language(around.language) if matter else around.words("待分类")


def channel_title(around: Surroundings, key: str) -> str:
    """Return what a channel is called."""
    channel = around.catalogue.channels.get(key)
    return channel.title.in_language(around.language) if channel else key


def units_by_code(around: Surroundings) -> Mapping[str, Unit]:
    """Return all units of the city."""
    return {unit.code: unit for unit in around.catalogue.units}


def unit_title(around: Surroundings, units: Mapping[str, Unit], code: str | None) -> str:
    """Return what a unit is called, nothing for none."""
    if code is None:
        return ""
    unit = units.get(code)
    return unit.title.in_language(around.language) if unit else code


def place_of(around: Surroundings, position: int, most: int = 9, last: int = 9) -> str:
    """Name a place by the upper cells within the viewer's scope, the last of them.

    Levels that do not coordinate are left out.
    """
    levels = around.catalogue.levels
    seen = [
        at for at in around.tree.ancestors(position)
        if around.viewer.sees(at) and levels[around.tree.cells[at].depth].coordinates
    ]  # fmt: skip
    named = [around.tree.cells[at].name for at in (seen[1:] or seen)]
    return " ".join(named[:most][-last:])


def mark_titles(marks: int, language: str) -> list[str]:
    """Return the marks of a case in words."""
    return [text.in_language(language) for mark, text in MARK_TITLES.items() if marks & mark]


def _columns(around: Surroundings) -> list[dict[str, Any]]:
    words = around.words
    state, clock = (108, 152) if around.language == "en" else (86, 128)
    shown = (
        ("pick", "", 36, 0, 0, "DeskPick"),
        ("key", words("编号"), 88, 0, 1, None),
        ("title", words("案件"), 220, 3, 0, "DeskTitle"),
        ("said", words("状态"), state, 0, 2, "DeskState"),
        ("due", words("时限"), clock, 0, 1, "DeskClock"),
        ("place", words("地点"), 150, 2, 4, None),
        ("unit", words("责任单位"), 150, 2, 5, None),
        ("matter", words("事项"), 116, 1, 7, None),
        ("channel", words("渠道"), 104, 0, 8, None),
        ("reported", words("上报时间"), 112, 0, 6, "DeskWhen"),
    )
    return [_column(*one) for one in shown]


def _column(
    field: str, title: str, least: int, flex: int, rank: int, renderer: str | None
) -> dict[str, Any]:
    """`rank` says what leaves first where there is no room; 0 stays."""
    return {
        "field": field,
        "colId": field,
        "headerName": title,
        "cellDataType": False,
        "cellRenderer": renderer,
        "flex": flex or None,
        "width": least,
        "minWidth": least,
        "sortable": False,
        "resizable": flex > 0,
        "suppressHeaderMenuButton": True,
        "suppressNavigable": True,
        "tooltipField": TOOLTIPS.get(field),
        "context": {"rank": rank},
    }


def _options(around: Surroundings) -> dict[str, Any]:
    return {
        "theme": {"function": "ccTheme(themeQuartz)"},
        "rowHeight": ROW_PIXELS,
        "headerHeight": 34,
        "cacheBlockSize": BLOCK,
        "maxBlocksInCache": 4,
        "maxConcurrentDatasourceRequests": 1,
        "infiniteInitialRowCount": 1,
        "blockLoadDebounceMillis": 30,
        "rowSelection": {
            "mode": "singleRow", "checkboxes": False, "enableClickSelection": False,
        },
        "suppressCellFocus": True,
        "suppressMovableColumns": True,
        "suppressColumnVirtualisation": True,
        "tooltipShowDelay": 600,
        "localeText": {"noRowsToShow": around.words("没有符合条件的案件"), "loadingOoo": "…"},
    }  # fmt: skip
