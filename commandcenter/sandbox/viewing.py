"""The view in a plugin's process: it asks the server for what it was not given beforehand."""

from collections.abc import Mapping, Sequence
from operator import index
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from commandcenter.domain.cases import Mark, State
from commandcenter.domain.cells import Level, Officer
from commandcenter.domain.clocks import Millis
from commandcenter.domain.coordination import LevelStatus
from commandcenter.domain.indices import Index
from commandcenter.domain.matters import Channel, Matter, Unit
from commandcenter.errors import NotFound, PluginError
from commandcenter.host.coordination import DirectiveLine, FourLists, LateCell, WhistleLine
from commandcenter.host.panel import CaseLine, ColourChange, Month, UnitLoad
from commandcenter.host.readings import Device, Reading
from commandcenter.host.words import SOURCE, Words, readable_catalogue
from commandcenter.sandbox.asked import (
    Answer,
    case_line,
    colour_change,
    device,
    reading,
    unit,
    unit_load,
)
from commandcenter.sandbox.asked_coordination import (
    directive_line,
    four_lists,
    late_cell,
    level_status,
    whistle_line,
)
from commandcenter.sandbox.wire import Frame, Wire
from commandcenter.sandbox.world import World

LARGEST = 2**31


class Line:
    """The way to the server during one call: what is known, what was asked, one question at once.

    `used` is what the plugin wanted to know: the server gives it along with the next such call.
    """

    def __init__(self, wire: Wire, known: Mapping[tuple[Any, ...], Answer]) -> None:
        self.used: dict[tuple[Any, ...], None] = {}
        self._wire = wire
        self._known = dict(known)
        self._lock = Lock()
        self._is_open = True

    def ask(self, *question: str | int) -> Answer:
        """Return an answer, asked for once at most in a call; raises as the view would."""
        with self._lock:
            self.used[question] = None
            if question not in self._known:
                self._known[question] = self._asked(question)
            found: Answer = self._known[question]
            return found

    def knows(self, *question: str | int) -> bool:
        """Tell whether a question would be answered without asking."""
        return question in self._known

    def close(self) -> None:
        """Answer no more: a thread that a plugin left behind must not speak into another call."""
        with self._lock:
            self._is_open = False

    def _asked(self, question: Sequence[str | int]) -> Answer:
        if not self._is_open:
            raise PluginError("a view is good for one call: it has ended")
        self._wire.send({"ask": question})
        frame = self._wire.receive()
        if "no" in frame.head:
            kind, words = frame.head["no"]
            raise {"KeyError": KeyError, "NotFound": NotFound}.get(kind, PluginError)(words)
        value: Any = frame.head["is"]
        return value, frame.buffers


class AskingView:
    """The `View` of one call; positions are those of the plugin's own part of the tree."""

    def __init__(
        self, world: World, about: Mapping[str, Any], words: Mapping[str, Words], line: Line
    ) -> None:
        tree = world.tree
        self.tree = tree
        self.levels: Sequence[Level] = world.words.levels
        self.calendar = world.words.calendar
        self.channels: Mapping[str, Channel] = world.words.channels
        self.matters: Mapping[str, Matter] = world.words.matters
        self.indices: Sequence[Index] = world.words.indices
        self.scope = tree[about["scope"]]
        self.first, self.last = tree.range_of(about["scope"])
        self.now: Millis = about["now"]
        self.language: str = about["language"]
        self.clearance: int = about["clearance"]
        self.options: Mapping[str, Any] = about["options"]
        self._words = words
        self._line = line

    def t(self, words: str, **values: object) -> str:
        """Translate and fill a Chinese source string."""
        return self._words[self.language](words, **values)

    def count(self, metric: str, position: int | None = None) -> int:
        """Return a count of a cell in the scope."""
        at = self._inside(position)
        if not self._line.knows("counts", metric):
            family = [self.first, *self.children()]
            if at in family:
                counts = self._line.ask("family", metric)[1][0]
                return int(counts[family.index(at)])
        return int(self.counts(metric)[at - self.first])

    def counts(self, metric: str) -> NDArray[np.int32]:
        """Return the counts of all cells of the scope."""
        return self._array("counts", metric)

    def children(self, position: int | None = None) -> list[int]:
        """Return the positions of the children of a cell in the scope."""
        return self.tree.children(self._inside(position))

    def hours(self) -> tuple[list[Millis], list[int], list[float | None]]:
        """Return the last 24 hour starts, with reports and the usual."""
        starts, reports, usual = self._line.ask("hours")[0]
        return list(starts), list(reports), list(usual)

    def recent(self) -> tuple[NDArray[np.int32], NDArray[np.float32] | None]:
        """Return the reports of this hour and the one before, and the usual for that span."""
        now, *usual = (np.asarray(buffer).copy() for buffer in self._line.ask("recent")[1])
        return now, usual[0] if usual else None

    def step_age(self, state: State) -> float | None:
        """Return the mean seconds that the cases now in a state have been there."""
        found: float | None = self._line.ask("step_age", State(state).value)[0]
        return found

    def level_status(self) -> list[tuple[Level, LevelStatus]]:
        """Return what each coordinating level holds in the scope."""
        levels = {level.key: level for level in self.levels}
        return [(levels[key], level_status(s)) for key, *s in self._line.ask("level_status")[0]]

    def unit_loads(self) -> list[UnitLoad]:
        """Return the units in the scope that hold cases, the most overdue first."""
        return [unit_load(said) for said in self._line.ask("unit_loads")[0]]

    def unit(self, code: str) -> Unit | None:
        """Return a unit of the city by its code, None where none has it."""
        said = self._line.ask("unit", str(code))[0]
        return None if said is None else unit(said)

    def newest(self, limit: int) -> list[CaseLine]:
        """Return the newest cases of the scope."""
        return [case_line(said) for said in self._line.ask("newest", _whole(limit))[0]]

    def most_overdue(self, limit: int) -> list[CaseLine]:
        """Return the cases of the scope whose clocks ran out longest ago."""
        return [case_line(said) for said in self._line.ask("most_overdue", _whole(limit))[0]]

    def next_due(self, limit: int) -> list[CaseLine]:
        """Return the cases of the scope whose clocks run out next."""
        return [case_line(said) for said in self._line.ask("next_due", _whole(limit))[0]]

    def supervised_cases(self, limit: int) -> list[CaseLine]:
        """Return the open cases of the scope that are supervised."""
        return [case_line(said) for said in self._line.ask("supervised_cases", _whole(limit))[0]]

    def marked(self, mark: Mark, limit: int) -> list[CaseLine]:
        """Return the open cases of the scope that bear a mark."""
        found = self._line.ask("marked", int(Mark(mark)), _whole(limit))[0]
        return [case_line(said) for said in found]

    def whistles(self, limit: int) -> list[WhistleLine]:
        """Return the open whistles of the scope, the longest waiting first."""
        return [whistle_line(said) for said in self._line.ask("whistles", _whole(limit))[0]]

    def directives(self, limit: int) -> list[DirectiveLine]:
        """Return the live directives with cells in the scope, the newest first."""
        return [directive_line(said) for said in self._line.ask("directives", _whole(limit))[0]]

    def directive_progress(self, id: int) -> NDArray[np.int32]:
        """Return how many cells of a live directive are how far, [4, cells of the scope]."""
        return self._array("directive_progress", _whole(id))

    def late_cells(self, id: int, limit: int) -> list[LateCell]:
        """Return the cells of the scope that are not done with a directive after its deadline."""
        found = self._line.ask("late_cells", _whole(id), _whole(limit))[0]
        return [late_cell(said) for said in found]

    def four_lists(self, unit: str | None = None) -> FourLists:
        """Return what stands on the four lists of the scope, or of a unit in it."""
        asked = ("four_lists",) if unit is None else ("unit_lists", str(unit))
        return four_lists(self._line.ask(*asked)[0])

    def colours(self) -> NDArray[np.int8]:
        """Return the colour of all cells of the scope, 0 for unknown."""
        return self._array("colours")

    def colour_changes(self, limit: int) -> list[ColourChange]:
        """Return the newest changes to red in the scope whose cell is still red."""
        return [colour_change(said) for said in self._line.ask("colour_changes", _whole(limit))[0]]

    def reason(self) -> ColourChange | None:
        """Return why the scope itself has its colour."""
        said = self._line.ask("reason")[0]
        return None if said is None else colour_change(said)

    def colour_trend(self, depth: int) -> tuple[list[Millis], dict[str, list[int]]]:
        """Return the last 24 hour starts and the red and yellow cells of a level at each."""
        starts, lines = self._line.ask("colour_trend", _whole(depth))[0]
        return list(starts), {colour: list(line) for colour, line in lines.items()}

    def readings(self) -> list[Reading]:
        """Return what the sources of the same plugin said last in the scope, by source and key."""
        return [reading(said) for said in self._line.ask("readings")[0]]

    def devices(self, limit: int) -> list[Device]:
        """Return the devices of the plugin's own sources in the scope, those in need first."""
        return [device(said) for said in self._line.ask("devices", _whole(limit))[0]]

    def month(self, metric: str, position: int | None = None) -> Month:
        """Return a flow of a cell in this month's whole days, and on those of the last month."""
        at = self._inside(position) - self.first
        return Month(*self._line.ask("month", str(metric), at)[0])

    def staff(self, position: int | None = None) -> list[Officer]:
        """Return nobody: no person comes to a plugin's process."""
        self._inside(position)
        return []

    def units_here(self, limit: int) -> list[UnitLoad]:
        """Return the units that hold open cases of the scope, the most overdue first."""
        return [unit_load(said) for said in self._line.ask("units_here", _whole(limit))[0]]

    def _array(self, *question: str | int) -> NDArray[Any]:
        """Return an array that the plugin may write into."""
        return np.asarray(self._line.ask(*question)[1][0]).copy()

    def _inside(self, position: int | None) -> int:
        at = self.first if position is None else position
        if not self.first <= at <= self.last:
            raise NotFound(f"cell at {at} lies outside {self.scope.code}")
        return at


def known(frame: Frame) -> dict[tuple[Any, ...], Answer]:
    """Return the answers that a call brings along, in the order of its buffers."""
    found, at = {}, 0
    for question, value, buffers in frame.head["known"]:
        found[tuple(question)] = (value, frame.buffers[at : at + buffers])
        at += buffers
    return found


def words_of(
    given: Mapping[str, Mapping[str, str]], folder: Path | None = None
) -> dict[str, Words]:
    """Return the words by language from catalogues; the source language needs none.

    Those in the plugin's own folder win: another plugin may say the same with other words.
    """
    made = {SOURCE: Words(SOURCE, [])}
    for language, catalogue in given.items():
        file = folder / "locale" / f"{language}.po" if folder else None
        own = readable_catalogue(file) if file and file.exists() else {}
        made[language] = Words(language, [own, catalogue])
    return made


def _whole(number: int) -> int:
    return max(-LARGEST, min(index(number), LARGEST))
