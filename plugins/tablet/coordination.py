"""Coordination of a cell: its levels, whistles, directives, and the four lists."""

from typing import Any

from commandcenter.api import (
    CALL_TITLES,
    STRAIN_TITLES,
    Board,
    CallLine,
    CallState,
    Column,
    DirectiveLine,
    FourLists,
    Level,
    LevelStatus,
    Panel,
    Strain,
    Text,
    Tone,
    View,
    WhistleLine,
    place_of,
)

from .links import case_page

LIMIT = 20
STRAINS: dict[Strain, Tone] = {
    Strain.CALM: "blue", Strain.BUSY: "yellow", Strain.STRAINED: "red", Strain.BROKEN: "red",
}  # fmt: skip
LEVELS = (
    Column("level", Text("层级", "Level"), 1.0),
    Column("state", Text("状态", "State"), 1.2, form="tone"),
    Column("held", Text("在办", "Held"), 0.9, "right", "number"),
    Column("overdue", Text("超时", "Overdue"), 0.9, "right", "number"),
    Column("called", Text("待报到", "Called"), 1.0, "right", "number"),
)
CALLS = (
    Column("title", Text("事由", "Why"), 1.8),
    Column("unit", Text("应到单位", "Who must come"), 2.2),
    Column("state", Text("状态", "State"), 1.4, form="tone"),
    Column("due", Text("限时", "By"), 1.2, "right", "age"),
)
DIRECTIVES = (
    Column("title", Text("指令", "Directive"), 2.4),
    Column("done", Text("完成率", "Done"), 1.1, "right", "percent"),
    Column("late", Text("逾期", "Late"), 0.8, "right", "number"),
    Column("deadline", Text("期限", "Deadline"), 1.3, "right", "age"),
)
LISTS = (
    Column("list", Text("四单", "List"), 1.2),
    Column("cases", Text("案件", "Cases"), 1.0, "right", "number"),
    Column("calls", Text("吹哨", "Calls"), 1.0, "right", "number"),
    Column("cells", Text("指令", "Directives"), 1.0, "right", "number"),
)
TITLES = {
    "listed": Text("列单", "Listed"),
    "handed_over": Text("交单", "Handed over"),
    "being_done": Text("办单", "Being done"),
    "cleared": Text("清单", "Cleared"),
}


def coordination_panels() -> list[Panel]:
    """A panel for each of them, in the order of the page."""
    return [
        _panel("tablet.levels", Text("五级联动", "Coordination of levels"), LEVELS, levels),
        _panel("tablet.lists", Text("四单", "The four lists"), LISTS, lists),
        _panel("tablet.whistles", Text("吹哨报到", "Whistles"), CALLS, whistles),
        _panel("tablet.directives", Text("在办指令", "Live directives"), DIRECTIVES, directives),
    ]


def _panel(key: str, title: Text, columns: tuple[Column, ...], render: Any) -> Panel:
    board = Board("lines", grow=True, columns=columns, row_height=44, turns=False)
    return Panel(key, title, (board,), render, pace="charts")


def levels(view: View) -> dict[str, Any]:
    """Return the levels at or below the scope."""
    top = view.scope.depth
    found = view.level_status()
    depth = {level.key: at for at, level in enumerate(view.levels)}
    return _lines([_level(view, *pair) for pair in found if depth[pair[0].key] >= top])


def _level(view: View, level: Level, status: LevelStatus) -> dict[str, Any]:
    tone = STRAINS[status.strain]
    return {
        "key": level.key,
        "level": level.title.in_language(view.language),
        "state": {"tone": tone, "text": STRAIN_TITLES[status.strain].in_language(view.language)},
        "held": status.held,
        "overdue": status.overdue,
        "called": status.whistles_waiting,
    }


def lists(view: View) -> dict[str, Any]:
    """Return the four lists."""
    found: FourLists = view.four_lists()
    rows = []
    for key, title in TITLES.items():
        counts = getattr(found, key)._asdict()
        rows.append({"key": key, "list": title.in_language(view.language), **counts})
    return _lines(rows)


def whistles(view: View) -> dict[str, Any]:
    """Return the called units of open whistles, the longest waiting whistle first."""
    found = [(line, call) for line in view.whistles(LIMIT) for call in line.calls]
    return _lines([_call(view, *pair) for pair in found][:LIMIT])


def _call(view: View, line: WhistleLine, call: CallLine) -> dict[str, Any]:
    waits = call.state is CallState.CALLED
    tone: Tone = "plain" if waits else "good" if call.state is CallState.DONE else "blue"
    is_late = waits and (call.late or call.due <= view.now)
    words = view.t("逾期未到") if is_late else CALL_TITLES[call.state].in_language(view.language)
    unit = view.unit(call.unit)
    row = {
        "key": f"{line.id}-{call.unit}",
        "title": f"{line.title} · {line.place or place_of(view, line.cell)}",
        "unit": unit.title.in_language(view.language) if unit else call.unit,
        "state": {"tone": "red" if is_late else tone, "text": words},
        "due": call.due if waits else None,
        "tone": "red" if is_late else "plain",
    }
    return row if line.case_id is None else row | {"href": case_page(line.case_id)}


def directives(view: View) -> dict[str, Any]:
    """Return the live directives, the newest first."""
    return _lines([_directive(line) for line in view.directives(LIMIT)])


def _directive(line: DirectiveLine) -> dict[str, Any]:
    return {
        "key": str(line.id),
        "title": line.title,
        "done": line.counts.done / line.total,
        "late": line.late,
        "deadline": line.deadline,
        "tone": "red" if line.late else "plain",
    }


def _lines(rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {"lines": {"rows": rows}}
