"""What a panel or a rule asks of its view, answered by the server and read in the plugin's process.

A question is a list: a name and its arguments. Positions are those of the server in answers and are
shifted by `offset`, the first position of the plugin's part of the tree, before they are sent. No
person crosses: neither chiefs nor who answers for a cell.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from commandcenter.domain.cases import Mark, State
from commandcenter.domain.colours import Colour
from commandcenter.domain.matters import Unit
from commandcenter.domain.text import Text
from commandcenter.errors import PluginError
from commandcenter.host.coordination import PartLine
from commandcenter.host.panel import CaseLine, ColourChange, UnitLoad, UnitRecord, View
from commandcenter.host.readings import Device, Reading, by_need, device_of
from commandcenter.sandbox.asked_coordination import (
    MOST_LINES,
    answer_directives,
    answer_four_lists,
    answer_late_cells,
    answer_level_status,
    answer_progress,
    answer_unit_lists,
    answer_whistles,
)
from commandcenter.sandbox.wire import Buffer

Question = Sequence[str | int]
Answer = tuple[Any, Sequence[Buffer]]
OF_CASES = frozenset(
    ("newest", "most_overdue", "next_due", "supervised_cases", "marked", "whistles",
     "unit_lists", "units_here")
)
"""Questions that are answered from the database, the others by the live counts."""
LONGEST_NAME = 100
MOST_USED = 100
"""Questions that are remembered of a call and answered along with the next one."""
MOST_EXPLAINED, LONGEST_WORDS = 2000, 500
"""Reasons of a rule that come along with its levels, and the characters of each."""


def answer(view: View, offset: int, question: object) -> Answer:
    """Answer a question of a process; raises whatever its view raises, PluginError for no question.
    """
    if not isinstance(question, list) or not question or question[0] not in ANSWERS:
        raise PluginError("the view was asked what it does not know")
    name, *arguments = question
    for argument in arguments:
        if not isinstance(argument, (str, int)) or len(str(argument)) > LONGEST_NAME:
            raise PluginError(f"the view was asked for {name} of what it does not know")
    return ANSWERS[name](view, offset, *arguments)


def family_of(view: View) -> list[int]:
    """Return the positions that panels mostly count: the scope and what is directly under it."""
    return [view.first, *view.children()]


def _family(view: View, _: int, metric: str) -> Answer:
    counts = [view.count(metric, at) for at in family_of(view)]
    return None, [np.array(counts, np.int32)]


def _counts(view: View, _: int, metric: str) -> Answer:
    return None, [view.counts(metric)]


def _hours(view: View, _: int) -> Answer:
    return view.hours(), ()


def _recent(view: View, _: int) -> Answer:
    now, usual = view.recent()
    return None, [now] if usual is None else [now, usual]


def _step_age(view: View, _: int, state: str) -> Answer:
    return view.step_age(State(state)), ()


def _unit_loads(view: View, _: int) -> Answer:
    return [_load(load) for load in view.unit_loads()], ()


def _unit(view: View, _: int, code: str) -> Answer:
    found = view.unit(code)
    if found is None:
        return None, ()
    return (found.code, found.title.zh, found.title.en, found.duty, found.cell), ()


def _newest(view: View, offset: int, limit: int) -> Answer:
    return _lines(view.newest(min(limit, MOST_LINES)), offset), ()


def _most_overdue(view: View, offset: int, limit: int) -> Answer:
    return _lines(view.most_overdue(min(limit, MOST_LINES)), offset), ()


def _next_due(view: View, offset: int, limit: int) -> Answer:
    return _lines(view.next_due(min(limit, MOST_LINES)), offset), ()


def _supervised(view: View, offset: int, limit: int) -> Answer:
    return _lines(view.supervised_cases(min(limit, MOST_LINES)), offset), ()


def _marked(view: View, offset: int, mark: int, limit: int) -> Answer:
    return _lines(view.marked(Mark(mark), min(limit, MOST_LINES)), offset), ()


def _colours(view: View, _: int) -> Answer:
    return None, [view.colours()]


def _colour_changes(view: View, offset: int, limit: int) -> Answer:
    return [_change(c, offset) for c in view.colour_changes(min(limit, MOST_LINES))], ()


def _reason(view: View, offset: int) -> Answer:
    found = view.reason()
    return None if found is None else _change(found, offset), ()


def _colour_trend(view: View, _: int, depth: int) -> Answer:
    return view.colour_trend(depth), ()


def _readings(view: View, _: int) -> Answer:
    found = view.readings()
    return [(r.key, r.at, r.values, r.cell, r.lng, r.lat) for r in found], ()


def _devices(view: View, _: int, limit: int) -> Answer:
    """Answer with the devices of the plugin's own sources: what others watch is not its own."""
    found = by_need(d for d in map(device_of, view.readings()) if d is not None)
    return [(d.key, d.name, d.says, d.tone, d.at, d.cell) for d in found[: max(0, limit)]], ()


def _month(view: View, _: int, metric: str, at: int) -> Answer:
    return tuple(view.month(metric, view.first + at)), ()


def _units_here(view: View, _: int, limit: int) -> Answer:
    return [_load(load) for load in view.units_here(min(limit, MOST_LINES))], ()


def _load(x: UnitLoad) -> tuple[Any, ...]:
    unit = x.unit
    said = unit.code, unit.title.zh, unit.title.en, unit.duty, unit.cell
    return *said, x.held, x.overdue, tuple(x.record)


def _lines(cases: Sequence[CaseLine], offset: int) -> list[tuple[Any, ...]]:
    return [
        (
            c.id, c.title, c.channel, c.matter, c.cell - offset, c.unit, c.state.value,
            c.reported_at, c.since, c.due, c.supervised, c.depth, int(c.marks), c.warn,
            [(p.unit, p.state, p.is_lead, p.due, p.done_at) for p in c.parts],
        )
        for c in cases
    ]  # fmt: skip


def _change(c: ColourChange, offset: int) -> tuple[Any, ...]:
    return (
        c.cell - offset, c.at, int(c.before), int(c.after), c.rule, c.words, c.next_check
    )  # fmt: skip


ANSWERS: Mapping[str, Callable[..., Answer]] = {
    "family": _family, "counts": _counts, "hours": _hours, "recent": _recent,
    "step_age": _step_age, "level_status": answer_level_status, "unit_loads": _unit_loads,
    "unit": _unit,
    "newest": _newest, "most_overdue": _most_overdue, "next_due": _next_due,
    "supervised_cases": _supervised, "marked": _marked, "whistles": answer_whistles,
    "directives": answer_directives, "directive_progress": answer_progress,
    "late_cells": answer_late_cells, "four_lists": answer_four_lists,
    "unit_lists": answer_unit_lists, "colours": _colours,
    "colour_changes": _colour_changes, "reason": _reason, "colour_trend": _colour_trend,
    "readings": _readings, "devices": _devices, "month": _month, "units_here": _units_here,
}  # fmt: skip


def unit(said: Sequence[Any]) -> Unit:
    """Read a unit."""
    code, zh, en, duty, cell = said
    return Unit(code, Text(zh, en), duty, cell)


def unit_load(said: Sequence[Any]) -> UnitLoad:
    """Read what a unit holds."""
    *head, held, overdue, record = said
    return UnitLoad(unit(head), held, overdue, UnitRecord(*record))


def case_line(said: Sequence[Any]) -> CaseLine:
    """Read a case."""
    (
        id, title, channel, matter, cell, unit, state, reported_at, since, due, supervised, depth,
        marks, warn, parts,
    ) = said  # fmt: skip
    return CaseLine(
        id, title, channel, matter, cell, unit, State(state), reported_at, since, due, supervised,
        depth, Mark(marks), warn, tuple(PartLine(*part) for part in parts),
    )  # fmt: skip


def reading(said: Sequence[Any]) -> Reading:
    """Read what a source said last of one thing."""
    key, at, values, *place = said
    return Reading(key, at, values, *place)


def device(said: Sequence[Any]) -> Device:
    """Read a device."""
    return Device(*said)


def colour_change(said: Sequence[Any]) -> ColourChange:
    """Read a change of colour; who answers for the cell is not said."""
    cell, at, before, after, rule, words, check = said
    return ColourChange(cell, at, Colour(before), Colour(after), rule, words, "", check)
