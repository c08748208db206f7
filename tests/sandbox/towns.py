"""The small city with isolated plugins in it: a real live worker's parts, driven by the test."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from time import monotonic
from typing import Any

import orjson

from commandcenter.host.registry import Registry, load
from commandcenter.live.calls import Scene
from commandcenter.live.colours import Colours
from commandcenter.live.frames import Frame, split
from commandcenter.live.outside import Outside
from commandcenter.live.render import Means, Renderer
from commandcenter.live.risk import Grading
from commandcenter.live.topics import Topic
from commandcenter.live.view import City, ScopeView
from commandcenter.sandbox.nursery import Nursery
from commandcenter.sandbox.sandbox import Sandbox
from commandcenter.settings import Settings
from commandcenter.testing import small_data
from commandcenter.testing.city import LEVELS
from commandcenter.testing.stored import StoredCity
from tests.host.folders import SAMPLES, write_plugin

CITY, EAST = "990100", "990102"
PATIENCE = 20.0


def key(panel: str, scope: str = EAST, clearance: int = 0, language: str = "zh") -> str:
    return Topic.of(panel, scope, clearance, language, {}).key


@dataclass
class Tile:
    """A tile as a screen has it."""

    state: str = ""
    reason: str = ""
    parts: dict[str, Any] = field(default_factory=dict)
    history: list[str] = field(default_factory=list)

    def take(self, frame: Frame) -> None:
        if frame.full:
            self.parts = {}
        self.parts |= {name: orjson.loads(value) for name, value in dict(frame.parts).items()}
        self.state, self.reason = frame.state, frame.reason
        self.history.append(frame.reason or frame.state)


class Town:
    """Write plugins, then `start`; `until` lets time pass as the live loop does."""

    def __init__(
        self, city: StoredCity, folder: Path, nursery: Nursery, given: Mapping[str, object]
    ) -> None:
        self.city = city
        self.folder = folder
        folder.mkdir()
        (folder / "small").symlink_to(SAMPLES / "small", target_is_directory=True)
        places = {"plugins": folder, "cache": folder.with_name("cache")}
        self.settings = Settings(**places, **given)  # type: ignore[arg-type]
        self.sandbox = Sandbox(self.settings, nursery)
        self.tiles: dict[str, Tile] = {}
        self.wake = Event()
        self.registry: Registry | None = None
        self.outside: Outside | None = None

    def plugin(self, name: str, code: str, **keys: object) -> Path:
        return write_plugin(self.folder, name, code, **{"districts": [EAST], **keys})

    def load(self, isolated: bool = True) -> Registry:
        return load(self.settings, "small", isolation=self.sandbox if isolated else None)

    def start(self) -> "Town":
        self.registry = self.load()
        assert {s.name: s.reason for s in self.registry.states if s.state != "ok"} == {}
        self.rollup = self.city.rollup()
        self.colours = Colours(self.city.tree)
        with self.city.store.read() as connection:
            self.colours.load(connection, self.city.clock.now)
        self.live = City(
            self.rollup, self.colours, LEVELS, self.city.channels, self.city.matters,
            small_data().units, (),
        )  # fmt: skip
        words = {"zh": str.format, "en": str.format}
        scene = Scene(self.live, words, {"en": {"共{n}": "all {n}"}}, self.city.store.read)
        guard = self.guard = self.registry.guard
        self.outside = Outside(self.sandbox, scene, guard)
        self.outside.wake = self.wake.set
        self.renderer = Renderer(
            Means(
                self.live, self.registry.panels, guard, words, self.city.store.read, self._keep,
                self.outside,
            )
        )  # fmt: skip
        self.grading = Grading(
            self.registry.rules, guard, self.colours, self.city.store, self._view, self.outside
        )
        return self

    def watch(self, *topics: str) -> None:
        self.tiles |= {topic: Tile() for topic in topics}
        self.renderer.watch(frozenset(self.tiles), set(topics))

    def until(self, condition: Callable[[], object], seconds: float = PATIENCE) -> None:
        """Do what the live loop does until a condition holds."""
        end = monotonic() + seconds
        while not condition():
            assert monotonic() < end, {k: (t.state, t.reason) for k, t in self.tiles.items()}
            self.wake.clear()
            with self.city.store.read() as connection:
                self.rollup.catch_up(connection)
            self.wake.wait(min(self.renderer.render_due(), 0.05))

    def until_shown(self, seconds: float = PATIENCE) -> dict[str, str]:
        """Wait until every tile has something to show; returns reasons by panel."""
        self.until(lambda: all(tile.state for tile in self.tiles.values()), seconds)
        return {topic.split("|")[0]: tile.reason for topic, tile in self.tiles.items()}

    def until_well(self, seconds: float = PATIENCE) -> None:
        self.until(lambda: all(tile.state == "ok" for tile in self.tiles.values()), seconds)

    def grade(self) -> list[int]:
        return [int(at) for at in self.grading.run(self.city.clock.now)]

    def until_graded(self) -> None:
        """Wait until a rule has answered."""
        outside = self.outside
        assert outside is not None
        end = monotonic() + PATIENCE
        while not outside.has_graded:
            assert self.wake.wait(max(0.0, end - monotonic())), "no rule has answered"
            self.wake.clear()

    def close(self) -> None:
        if self.outside is not None:
            self.outside.close()

    def _keep(self, channel: str, payload: bytes) -> None:
        for frame in split(payload):
            if frame.topic in self.tiles:
                self.tiles[frame.topic].take(frame)

    def _view(self, scope: str, plugin: str) -> ScopeView:
        return ScopeView(
            self.live, Topic.of(f"{plugin}.rule", scope, 1, "zh", {}), str.format, self._closed
        )

    def _closed(self) -> Any:
        raise AssertionError("rules grade by counts alone")
