"""How many cases wait in each queue of a desk, or hang on each of a unit."""

from typing import Any

from commandcenter.api import Board, Column, FourLists, Listed, Panel, Text, View

COUNTED = {
    "to_file": "state.reported",
    "to_dispatch": "state.filed",
    "to_verify": "state.handled",
    "returned": "mark.returned",
    "likely": "mark.likely",
    "overdue": "overdue",
    "soon": "soon",
    "supervised": "supervised",
    "cross": "mark.cross",
    "whistled": "mark.whistled",
    "all": "total",
    "whistles": "whistles",
}
"""The metric that counts each queue."""
LISTS = ("listed", "handed_over", "being_done", "cleared")
RED, YELLOW = ("overdue", "returned"), ("soon", "supervised")
COLUMNS = (
    Column("name", Text("队列", "Queue")),
    Column("count", Text("件数", "Cases"), form="number"),
    Column("more", Text("另有", "Besides")),
)


def queues_panel() -> Panel:
    """One row for each queue."""
    parts = (Board("counts", None, columns=COLUMNS, header=False, turns=False),)
    return Panel("desk.queues", Text("值班台", "Desk"), parts, render, interval=60.0)


def render(view: View) -> dict[str, Any]:
    """Return the lengths of the queues; those of a unit, where the options name one."""
    unit = view.options.get("unit")
    counts = _of_unit(view, str(unit)) if unit else _of_desk(view)
    rows = [{"key": key, "name": key, "count": n, "tone": _tone(key, n)}
            for key, n in counts.items()]  # fmt: skip
    lists = view.four_lists(str(unit)) if unit else view.four_lists()
    return {"counts": {"rows": rows + _of_lists(view, lists)}}


def _of_lists(view: View, lists: FourLists) -> list[dict[str, Any]]:
    """Return a row for each of the four lists: its cases, and in words what else is on it."""
    return [_list(view, key, getattr(lists, key)) for key in LISTS]


def _list(view: View, key: str, counts: Listed) -> dict[str, Any]:
    more = {view.t("哨"): counts.calls, view.t("指令"): counts.cells}
    said = " · ".join(f"{name} {n:,}" for name, n in more.items() if n)
    return {"key": key, "name": key, "count": counts.cases, "more": said, "tone": "plain"}


def _of_desk(view: View) -> dict[str, int]:
    counts = {key: view.count(metric) for key, metric in COUNTED.items()}
    return counts | {"directives": len(view.directives(100))}


def _of_unit(view: View, unit: str) -> dict[str, int]:
    load = next((load for load in view.unit_loads() if load.unit.code == unit), None)
    return {"overdue": load.overdue if load else 0}


def _tone(key: str, count: int) -> str:
    if not count:
        return "plain"
    return "red" if key in RED else "yellow" if key in YELLOW else "plain"
