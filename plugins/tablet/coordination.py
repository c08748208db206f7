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
    Listed,
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
SAID = (
    Column("name", Text("名称", "Name"), 1.6),
    Column("said", Text("情况", "How it stands"), 2.4),
)
TIMED = (*SAID, Column("due", Text("期限", "By"), 1.2, "right", "age"))
TITLES = {
    "listed": Text("列单", "Listed"),
    "handed_over": Text("交单", "Handed over"),
    "being_done": Text("办单", "Being done"),
    "cleared": Text("清单", "Cleared"),
}


def coordination_panels() -> list[Panel]:
    """A panel for each of them, in the order of the page."""
    return [
        _panel("tablet.levels", Text("五级联动", "Coordination of levels"), SAID, levels),
        _panel("tablet.lists", Text("四单", "The four lists"), SAID, lists),
        _panel("tablet.whistles", Text("吹哨报到", "Whistles"), TIMED, whistles),
        _panel("tablet.directives", Text("在办指令", "Live directives"), TIMED, directives),
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
    state = STRAIN_TITLES[status.strain].in_language(view.language)
    counts = view.t(
        "在办 {held} · 超时 {overdue} · 待报到 {called}",
        held=status.held, overdue=status.overdue, called=status.whistles_waiting,
    )  # fmt: skip
    reason = status.reason.in_language(view.language)
    return {
        "key": level.key,
        "name": f"{level.title.in_language(view.language)} · {state}",
        "said": f"{counts} · {reason}" if status.rule else counts,
        "tone": STRAINS[status.strain],
    }


def lists(view: View) -> dict[str, Any]:
    """Return the four lists."""
    found: FourLists = view.four_lists()
    return _lines([_list(view, key, title, getattr(found, key)) for key, title in TITLES.items()])


def _list(view: View, key: str, title: Text, counts: Listed) -> dict[str, Any]:
    said = view.t(
        "案件 {cases} · 吹哨 {calls} · 指令 {cells}",
        cases=f"{counts.cases:,}", calls=f"{counts.calls:,}", cells=f"{counts.cells:,}",
    )  # fmt: skip
    name = f"{title.in_language(view.language)} {counts.total:,}"
    return {"key": key, "name": name, "said": said}


def whistles(view: View) -> dict[str, Any]:
    """Return the called units of open whistles, the longest waiting whistle first."""
    found = [(line, call) for line in view.whistles(LIMIT) for call in line.calls]
    return _lines([_call(view, *pair) for pair in found][:LIMIT])


def _call(view: View, line: WhistleLine, call: CallLine) -> dict[str, Any]:
    waits = call.state is CallState.CALLED
    is_late = waits and (call.late or call.due <= view.now)
    words = view.t("逾期未到") if is_late else CALL_TITLES[call.state].in_language(view.language)
    unit = view.unit(call.unit)
    name = unit.title.in_language(view.language) if unit else call.unit
    row = {
        "key": f"{line.id}-{call.unit}",
        "name": f"{name} · {words}",
        "said": f"{line.title} · {line.place or place_of(view, line.cell)}",
        "due": call.due if waits else None,
        "tone": "red" if is_late else "plain",
    }
    return row if line.case_id is None else row | {"href": case_page(line.case_id)}


def directives(view: View) -> dict[str, Any]:
    """Return the live directives, the newest first."""
    return _lines([_directive(view, line) for line in view.directives(LIMIT)])


def _directive(view: View, line: DirectiveLine) -> dict[str, Any]:
    done = f"{line.counts.done / line.total:.0%}"
    late = view.t("逾期 {n}", n=f"{line.late:,}") if line.late else ""
    count = view.t("{n} 个单元完成 {share}", n=f"{line.total:,}", share=done)
    return {
        "key": str(line.id),
        "name": line.title,
        "said": f"{count} · {late}" if late else count,
        "due": line.deadline,
        "tone": "red" if late else "plain",
    }


def _lines(rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {"lines": {"rows": rows}}
