"""What a panel asks of whistles, directives and levels: answered by the server, read by the plugin.

Positions are shifted by `offset` as in all answers, and who whistles is not said.
"""

from collections.abc import Sequence
from dataclasses import astuple
from typing import Any

from commandcenter.domain.coordination import CallState, CellProgress, LevelStatus
from commandcenter.host.coordination import (
    CallLine,
    DirectiveLine,
    FourLists,
    LateCell,
    Listed,
    ProgressCounts,
    WhistleLine,
)
from commandcenter.host.panel import View
from commandcenter.sandbox.wire import Buffer

Answer = tuple[Any, Sequence[Buffer]]
MOST_LINES = 1000


def answer_level_status(view: View, _: int) -> Answer:
    """Answer what each level holds and was called to."""
    return [(level.key, *astuple(status)) for level, status in view.level_status()], ()


def answer_whistles(view: View, offset: int, limit: int) -> Answer:
    """Answer with the open whistles."""
    return [_whistle(line, offset) for line in view.whistles(min(limit, MOST_LINES))], ()


def answer_directives(view: View, offset: int, limit: int) -> Answer:
    """Answer with the live directives; one issued over more than the plugin's part has its root."""
    found = view.directives(min(limit, MOST_LINES))
    return [_directive(line, offset) for line in found], ()


def answer_progress(view: View, _: int, id: int) -> Answer:
    """Answer how many cells of a directive are how far."""
    return None, [view.directive_progress(id)]


def answer_late_cells(view: View, offset: int, id: int, limit: int) -> Answer:
    """Answer with the cells that are late with a directive."""
    late = view.late_cells(id, min(limit, MOST_LINES))
    return [(cell.position - offset, int(cell.state)) for cell in late], ()


def answer_four_lists(view: View, _: int) -> Answer:
    """Answer with the four lists."""
    return _lists(view.four_lists()), ()


def answer_unit_lists(view: View, _: int, unit: str) -> Answer:
    """Answer with the four lists of a unit."""
    return _lists(view.four_lists(unit)), ()


def _lists(lists: FourLists) -> list[tuple[int, ...]]:
    every = (lists.listed, lists.handed_over, lists.being_done, lists.cleared)
    return [tuple(counts) for counts in every]


def _whistle(line: WhistleLine, offset: int) -> tuple[Any, ...]:
    calls = [(c.unit, c.state.value, c.due, c.reported_in_at, c.late) for c in line.calls]
    return (
        line.id, line.title, line.cell - offset, line.depth, line.place, line.due, line.created_at,
        line.state, line.case_id, line.caller_unit, calls,
    )  # fmt: skip


def _directive(line: DirectiveLine, offset: int) -> tuple[Any, ...]:
    return (
        line.id, line.title, max(0, line.cell - offset), line.depth_from, line.depth_to,
        line.issued_at, line.deadline, line.state, tuple(line.counts), line.total, line.late,
    )  # fmt: skip


def level_status(said: Sequence[Any]) -> LevelStatus:
    """Read what a level holds."""
    return LevelStatus(*said)


def whistle_line(said: Sequence[Any]) -> WhistleLine:
    """Read a whistle."""
    id, title, cell, depth, place, due, created_at, state, case_id, caller_unit, calls = said
    read = (CallLine(unit, CallState(far), *rest) for unit, far, *rest in calls)
    return WhistleLine(
        id, title, cell, depth, "", place, due, created_at, state, case_id, tuple(read), caller_unit
    )


def directive_line(said: Sequence[Any]) -> DirectiveLine:
    """Read a directive."""
    id, title, cell, depth_from, depth_to, issued_at, deadline, state, counts, total, late = said
    return DirectiveLine(
        id, title, cell, depth_from, depth_to, issued_at, deadline, state, ProgressCounts(*counts),
        total, late,
    )  # fmt: skip


def late_cell(said: Sequence[Any]) -> LateCell:
    """Read a cell that is late."""
    position, state = said
    return LateCell(position, CellProgress(state))


def four_lists(said: Sequence[Any]) -> FourLists:
    """Read the four lists."""
    return FourLists(*(Listed(*counts) for counts in said))
