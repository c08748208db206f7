"""Calls of isolated plugins that get a view: what goes to their processes, and what they may ask.

They are made and answered in the keeper's thread of each plugin. Counts are read under the rollup's
lock, all of one call at one moment if the plugin asks as it did the last time.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from numpy.typing import NDArray

from commandcenter.errors import PluginError
from commandcenter.host.plugin import EVERYWHERE, Registered
from commandcenter.host.words import SOURCE
from commandcenter.live.topics import Topic
from commandcenter.live.view import City, ScopeView, Translate
from commandcenter.sandbox.asked import MOST_USED, OF_CASES, Answer, answer
from commandcenter.sandbox.wire import pack
from commandcenter.sandbox.world import Words, packed, part_of
from commandcenter.store.store import Connection

MOST_TRIES = 3
"""A plugin that asks something new while the counts change is called again, so often at most."""


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
