"""Asking an isolated plugin's rule for the levels of a scope, and checking what any rule graded."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from commandcenter.domain.colours import Colour
from commandcenter.errors import PluginError
from commandcenter.host.panel import RiskRule
from commandcenter.host.plugin import Registered
from commandcenter.live.calls import Scene, Used, ViewCall
from commandcenter.live.topics import Topic
from commandcenter.sandbox.asked import LONGEST_WORDS, MOST_EXPLAINED
from commandcenter.sandbox.wire import Frame
from commandcenter.store.store import Connection

Levels = NDArray[np.int8]


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
