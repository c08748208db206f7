"""The whistle board (吹哨报到): who calls, who must come, by when, and who has come."""

from typing import Any

from commandcenter.api import (
    CALL_TITLES,
    MINUTE,
    Board,
    CallLine,
    CallState,
    Column,
    Note,
    Panel,
    Text,
    Tone,
    View,
    WhistleLine,
    place_of,
)

from .names import cell_at, unit_name

LIMIT = 40
WHISTLES = 60
"""How many whistles are looked at for calls."""
URGENT = 10 * MINUTE
COLUMNS = (
    Column("caller", Text("吹哨", "Who calls"), 2.6),
    Column("title", Text("事由", "Why"), 1.9),
    Column("place", Text("地点", "Where"), 2.2),
    Column("unit", Text("应到单位", "Who must come"), 2.9),
    Column("state", Text("状态", "State"), 1.4, form="tone"),
    Column("due", Text("限时", "By"), 1.1, "right", "age"),
    Column("come", Text("报到", "Came"), 0.9, "right", "clock"),
)
SHORT = tuple(column for column in COLUMNS if column.key not in ("place", "come"))
"""For a narrow place: who calls says where, and who has come its state."""
RANKS: dict[Tone, int] = {"red": 0, "yellow": 1, "plain": 2, "blue": 3, "good": 4, "quiet": 5}
COME: dict[CallState, Tone] = {
    CallState.REPORTED_IN: "blue",
    CallState.ACTING: "blue",
    CallState.DONE: "good",
}


def whistles_panel() -> Panel:
    """A line for each called unit, those that have not come in time first."""
    return _panel("manage.whistles", COLUMNS)


def whistles_short_panel() -> Panel:
    """The same for a narrow place."""
    return _panel("manage.whistles_short", SHORT)


def _panel(key: str, columns: tuple[Column, ...]) -> Panel:
    return Panel(
        key,
        Text("吹哨报到", "Whistles"),
        (Note("sum"), Board("calls", grow=True, columns=columns)),
        lambda view: render(view, columns),
        pace="charts",
        interval=5.0,
        formula=Text(
            "一行是一个被吹哨的单位；限时内未报到标红，10 分钟内到限标黄；已完成的在全部完成前保留",
            "One line for each called unit; red when it has not come in time, yellow within "
            "10 minutes of it; who is done stays until all are",
        ),
    )


def render(view: View, columns: tuple[Column, ...]) -> dict[str, Any]:
    """Return the calls of open whistles."""
    levels = range(len(view.levels))
    waiting = sum(view.count(f"called.{depth}") for depth in levels)
    late = sum(view.count(f"called_late.{depth}") for depth in levels)
    words = view.t("{n} 声哨 · 待报到 {waiting} · 逾期未到 {late}",
                   n=view.count("whistles"), waiting=waiting, late=late)  # fmt: skip
    calls = [(call, line) for line in view.whistles(WHISTLES) for call in line.calls]
    rows = [_row(view, line, call) for call, line in calls]
    # Sorting keeps order within a tone: the whistle that has waited longest stays before others.
    rows.sort(key=lambda row: RANKS[row["state"]["tone"]])
    shown = {column.key for column in columns} | {"key", "tone"}
    first = rows[: view.options.get("limit", LIMIT)]
    return {"sum": words, "calls": {"rows": [_only(row, shown) for row in first]}}


def _only(row: dict[str, Any], shown: set[str]) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key in shown}


def _row(view: View, line: WhistleLine, call: CallLine) -> dict[str, Any]:
    tone = _tone(view, call)
    waits = call.state is CallState.CALLED
    return {
        "key": f"{line.id}-{call.unit}",
        "caller": _caller(view, line),
        "title": line.title,
        "place": line.place or place_of(view, line.cell),
        "unit": unit_name(view, call.unit),
        "state": {"tone": tone, "text": _state(view, call)},
        "due": call.due if waits else None,
        "come": call.reported_in_at,
        "tone": tone if tone in ("red", "yellow") else "plain",
    }


def _caller(view: View, line: WhistleLine) -> str:
    place = unit_name(view, line.caller_unit) or cell_at(view, line.cell, line.depth)
    return f"{place} · {line.caller}" if line.caller else place


def _state(view: View, call: CallLine) -> str:
    if call.state is CallState.CALLED and call.late:
        return view.t("逾期未到")
    words = CALL_TITLES[call.state].in_language(view.language)
    return view.t("{state}（迟到）", state=words) if call.late else words


def _tone(view: View, call: CallLine) -> Tone:
    if call.state is not CallState.CALLED:
        return COME[call.state]
    if call.late or call.due <= view.now:
        return "red"
    return "yellow" if call.due - view.now <= URGENT else "plain"
