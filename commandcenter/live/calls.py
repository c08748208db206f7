"""Calls of isolated plugins: what goes to their processes, and what may come back from them.

They are made and answered in the keeper's thread of each plugin. Counts are read under the rollup's
lock, all of one call at one moment if the plugin asks as it did the last time.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from commandcenter.domain.colours import Colour
from commandcenter.errors import PluginError
from commandcenter.host.kit import CityMap, MapLayer
from commandcenter.host.panel import Panel, RiskRule
from commandcenter.host.plugin import EVERYWHERE, Registered
from commandcenter.host.values import check_values
from commandcenter.host.words import SOURCE
from commandcenter.live.topics import Topic
from commandcenter.live.view import City, ScopeView, Translate
from commandcenter.sandbox.asked import OF_CASES, Answer, answer
from commandcenter.sandbox.wire import Frame, pack
from commandcenter.sandbox.world import Words, packed, part_of
from commandcenter.store.store import Connection

MOST_TRIES = 3
"""A plugin that asks something new while the counts change is called again, so often at most."""
MOST_USED = 100
MOST_EXPLAINED, LONGEST_WORDS = 2000, 500
RUN = re.compile(r"\d+")
Levels = NDArray[np.int8]


@dataclass
class Used:
    """What a plugin wanted to know at its last call: it is given along with the next one."""

    questions: list[list[Any]] = field(default_factory=list)


@dataclass(frozen=True)
class Scene:
    """What all calls need; `catalogues` are the words by language, of all but the source's."""

    city: City
    words: Mapping[str, Translate]
    catalogues: Mapping[str, Mapping[str, str]]
    read: Callable[[], AbstractContextManager[Connection]]
    _worlds: dict[str, bytes] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def world(self, code: str) -> bytes:
        """Return the frame that tells a process the tree under a cell; made once for all."""
        with self._lock:
            if code not in self._worlds:
                self._worlds[code] = self._packed_world(code)
            return self._worlds[code]

    def _packed_world(self, code: str) -> bytes:
        city = self.city
        words = Words(
            levels=tuple(city.levels), calendar=city.rollup.frame.calendar,
            channels=dict(city.channels), matters=dict(city.matters), indices=tuple(city.indices),
        )  # fmt: skip
        head, buffers = packed(words, part_of(city.rollup.tree, code))
        return pack({"do": "world", "key": code, **head}, buffers)

    def part(self, districts: Sequence[str], scope: str) -> str:
        """Return the code of the part of the tree in which a plugin sees a scope."""
        tree = self.city.rollup.tree
        if EVERYWHERE in districts:
            return tree.cells[0].code
        at = tree.position[scope]
        for code in districts:
            if code in tree and tree.position[code] <= at <= tree.last[tree.position[code]]:
                return code
        raise PluginError(f"{scope} lies in none of the plugin's districts")


class ViewCall:
    """A call that gets a view; see `sandbox.keeper.Call`."""

    verb = ""

    def __init__(
        self, scene: Scene, topic: Topic, found: Registered[Any], seconds: float, used: Used
    ) -> None:
        self.part: str = found.item.key
        self.seconds = seconds
        self._scene = scene
        self._topic = topic
        self._used = used
        self._world = scene.part(found.districts, topic.scope)
        self._offset, self._end = scene.city.rollup.tree.range_of(self._world)
        self._opened: list[Connection] = []
        self._beat = -1
        self._is_mixed = False
        self._tries = 0

    def frames(self, told: set[str]) -> Iterator[bytes]:
        """Give the tree and the words where the process does not have them yet, and the call."""
        if self._world not in told:
            told.add(self._world)
            yield self._scene.world(self._world)
        if self._topic.language != SOURCE and "words" not in told:
            told.add("words")
            yield pack({"do": "words", "words": self._scene.catalogues})
        yield self._frame()

    def answer(self, question: object) -> Answer:
        """Answer what the plugin asks of its view."""
        if isinstance(question, list) and question and question[0] in OF_CASES:
            return self._answer_of_cases(question)
        rollup = self._scene.city.rollup
        with rollup.lock:
            self._is_mixed |= rollup.beat != self._beat
            return answer(self._view, self._offset, question)

    def _frame(self) -> bytes:
        self._tries += 1
        self._is_mixed = False
        rollup = self._scene.city.rollup
        questions = self._used.questions
        with rollup.lock:
            self._beat = rollup.beat
            self._view = ScopeView(
                self._scene.city, self._topic, self._scene.words[self._topic.language],
                self._connection,
            )  # fmt: skip
            known = [*self._known(q for q in questions if q[0] not in OF_CASES)]
        known += self._known(q for q in questions if q[0] in OF_CASES)
        head = {
            "do": self.verb,
            "part": self.part,
            "view": self._about(),
            "known": [(question, value, len(buffers)) for question, (value, buffers) in known],
        }
        buffers = [buffer for _, (_, found) in known for buffer in found]
        return pack(head, [*buffers, *self._more()])

    def _about(self) -> dict[str, Any]:
        view, topic = self._view, self._topic
        return {
            "world": self._world, "scope": topic.scope, "now": view.now,
            "language": topic.language, "clearance": topic.clearance, "options": view.options,
        }  # fmt: skip

    def _more(self) -> Sequence[NDArray[Any]]:
        return ()

    def _known(self, questions: Iterator[list[Any]]) -> Iterator[tuple[list[Any], Answer]]:
        for question in questions:
            try:
                if question[0] in OF_CASES:
                    yield question, self._answer_of_cases(question)
                else:
                    yield question, answer(self._view, self._offset, question)
            except Exception:  # the plugin is told when it asks itself
                continue

    def _answer_of_cases(self, question: list[Any]) -> Answer:
        with self._scene.read() as connection:
            self._opened.append(connection)
            try:
                return answer(self._view, self._offset, question)
            finally:
                self._opened.clear()

    def _connection(self) -> Connection:
        return self._opened[-1]

    def _remember(self, used: object) -> bool:
        """Keep what was asked; tells whether the call must be made again to be of one moment."""
        if isinstance(used, list):
            asked = [q for q in used[:MOST_USED] if isinstance(q, list) and q]
            self._used.questions = [q for q in asked if isinstance(q[0], str)]
        return self._is_mixed and self._tries < MOST_TRIES


@dataclass(frozen=True, slots=True)
class Rendered:
    """How rendering a topic went; with a reason it failed, and is to be tried `again` then.

    `panel` is the one that was asked: what an older one answers late is not what is shown by now.
    """

    topic: str
    panel: Registered[Panel]
    parts: Mapping[str, bytes]
    reason: str = ""
    again: float = 0.0


class RenderCall(ViewCall):
    """Asks for the values of a panel; `tell` is told them, checked."""

    verb = "render"

    def __init__(
        self, scene: Scene, topic: Topic, panel: Registered[Panel], seconds: float, used: Used,
        tell: Callable[[Rendered], None],
    ) -> None:  # fmt: skip
        super().__init__(scene, topic, panel, seconds, used)
        self._asked, self._panel = panel, panel.item
        self._tell = tell

    def take(self, frame: Frame) -> bool:
        """Check the values and tell them; raises PluginError for what may not be shown."""
        parts = self._checked(frame)
        if self._remember(frame.head.get("used")):
            return True
        self._tell(Rendered(self._topic.key, self._asked, parts))
        return False

    def fail(self, reason: str, again: float) -> None:
        """Tell that it failed."""
        self._tell(Rendered(self._topic.key, self._asked, {}, reason, again))

    def _checked(self, frame: Frame) -> dict[str, bytes]:
        names, buffers = frame.head.get("done"), frame.buffers
        if not isinstance(names, list) or len(names) != len(buffers):
            raise PluginError(f"panel {self.part}: its values cannot be read")
        try:
            values = {
                str(name): orjson.loads(b) for name, b in zip(names, buffers, strict=True)  # type: ignore[arg-type]
            }
        except (ValueError, TypeError) as error:
            raise PluginError(f"panel {self.part}: its values cannot be read") from error
        for part in self._panel.parts:
            value = values.get(part.name)
            if isinstance(value, dict):
                self._place(part, value)
        return check_values(self._panel, values, self._scene.city.rollup.tree)

    def _place(self, part: object, value: dict[str, Any]) -> None:
        """Shift a map's cells to their positions in the city; none may lie outside the plugin's."""
        if isinstance(part, CityMap) and isinstance(value.get("first"), int):
            first = value["first"] = value["first"] + self._offset
            runs = RUN.findall(str(value.get("colours", "")))
            last = first - 1 + sum(int(run[:9]) for run in runs)
            if not self._offset <= first <= last + 1 <= self._end + 1:
                raise PluginError(f"panel {self.part}: the map has cells outside {self._world}")
        if isinstance(part, MapLayer) and isinstance(value.get("cells"), dict):
            position = self._scene.city.rollup.tree.position
            for code in value["cells"]:
                if not self._offset <= position.get(code, self._offset) <= self._end:
                    raise PluginError(f"panel {self.part}: the map has {code!r:.40}, outside it")


@dataclass(frozen=True, slots=True)
class Graded:
    """What a rule said of a scope: the levels, and for what is new the words by position."""

    key: tuple[str, str]
    levels: Levels | None
    words: Mapping[int, str] = field(default_factory=dict)


class GradeCall(ViewCall):
    """Asks a rule for the levels of a scope; `last` is what it said before."""

    verb = "grade"

    def __init__(
        self, scene: Scene, topic: Topic, rule: Registered[RiskRule], seconds: float, used: Used
    ) -> None:
        super().__init__(scene, topic, rule, seconds, used)
        self._rule = rule
        self.key: tuple[str, str] = ("", "")
        self.last: Levels = np.zeros(0, np.int8)
        self.tell: Callable[[Graded], None] = lambda _: None

    def _more(self) -> Sequence[NDArray[Any]]:
        return (self.last,)

    def _connection(self) -> Connection:
        raise PluginError("a rule asked for cases: rules grade by counts alone")

    def take(self, frame: Frame) -> bool:
        """Check the levels and tell them; raises PluginError for what is none."""
        if len(frame.buffers) != 1 or isinstance(frame.buffers[0], bytes):
            raise PluginError(f"rule {self.part}: its levels cannot be read")
        cells = self._view.last - self._view.first + 1
        levels = checked_levels(self._rule, frame.buffers[0], cells)
        if self._remember(frame.head.get("used")):
            return True
        self.tell(Graded(self.key, levels, self._explained(frame.head.get("done"))))
        return False

    def fail(self, reason: str, again: float) -> None:
        """Tell that it failed: what it said before stands."""
        self.tell(Graded(self.key, None))

    def _explained(self, said: object) -> dict[int, str]:
        pairs = said[:MOST_EXPLAINED] if isinstance(said, list) else []
        return {
            at + self._offset: words[:LONGEST_WORDS]
            for at, words in (pair for pair in pairs if isinstance(pair, list) and len(pair) == 2)
            if isinstance(at, int) and isinstance(words, str)
        }


def checked_levels(rule: Registered[RiskRule], given: object, cells: int) -> Levels:
    """Return what a rule graded so many cells; raises PluginError for what are no colours."""
    levels = np.asarray(given)
    who = f"rule {rule.item.key} of plugin {rule.plugin}"
    if levels.shape != (cells,) or levels.dtype.kind not in "iu":
        raise PluginError(
            f"{who}: grade gave {levels.dtype} {levels.shape}, wanted whole numbers ({cells},), "
            "one for each cell of the scope"
        )
    if levels.size and (levels.min() < 0 or levels.max() > Colour.RED):
        raise PluginError(
            f"{who}: grade gave {levels.min()} to {levels.max()}, wanted 0 or a Colour, "
            f"{int(Colour.BLUE)} to {int(Colour.RED)}"
        )
    return levels.astype(np.int8)
