"""Asking an isolated plugin for the values of a panel: what it answers is checked here."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from commandcenter.errors import PluginError
from commandcenter.host.kit import CityMap, MapLayer
from commandcenter.host.panel import Panel
from commandcenter.host.plugin import Registered
from commandcenter.host.values import check_values
from commandcenter.live.calls import Scene, Used, ViewCall
from commandcenter.live.topics import Topic
from commandcenter.sandbox.wire import Frame

RUN = re.compile(r"\d+")


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
