"""Live loops of the small city that run in the test's own process."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from threading import Thread
from typing import Any

import numpy as np
import orjson
import pytest

from commandcenter.api import Number, Panel, RiskRule, Text
from commandcenter.domain.clocks import CityClock
from commandcenter.domain.colours import Colour
from commandcenter.domain.viewers import Clearance
from commandcenter.host.guard import Guard
from commandcenter.host.plugin import Registered
from commandcenter.live import checkpoint
from commandcenter.live.bus import MemoryBus
from commandcenter.live.colours import Colours
from commandcenter.live.frames import Frame, split, unstamped
from commandcenter.live.live import Live, real_now
from commandcenter.live.render import Means, Renderer
from commandcenter.live.risk import Grading
from commandcenter.live.rollup import Rollup
from commandcenter.live.topics import Topic
from commandcenter.live.view import City, ScopeView
from commandcenter.live.voice import Voice
from commandcenter.store.leases import LIVE, Lease, Table
from commandcenter.testing import small_data
from commandcenter.testing.city import LEVELS
from commandcenter.testing.stored import StoredCity

CITY, SOUTH = "990100", "990105"
TOPIC = Topic.of("x.p", SOUTH, 0, "zh", {})
PANEL = Panel(
    "x.p", Text("p"), (Number("total"), Number("red"), Number("checked")),
    lambda view: {
        "total": {"value": view.count("total")},
        "red": {"value": int((view.colours() == Colour.RED).sum())},
        "checked": {"value": int(bool((reason := view.reason()) and reason.checked))},
    },
)  # fmt: skip
RULE = RiskRule(
    "x.r", Text("r"),
    lambda view: np.where(view.counts("open") > 1, Colour.RED, 0).astype(np.int8),
    lambda view, at: "两件以上",
)  # fmt: skip


@dataclass
class Running:
    """A live loop in a thread, with a screen that listens."""

    city: StoredCity
    bus: MemoryBus
    table: Table
    frames: list[Frame] = field(default_factory=list)
    tokens: list[int] = field(default_factory=list)
    pulses: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        city = self.city
        city.store._announce = lambda: self.bus.publish("moves", b"{}")
        self.clock = CityClock(real_now(), city.clock.now, 1.0)
        self.bus.subscribe(["frame"], self._take)
        self.bus.subscribe(["pulse"], lambda _, payload: self.pulses.append(orjson.loads(payload)))
        self.live = self._live()
        self.thread = Thread(target=self.live.run, args=(self.clock,))
        self.thread.start()

    def _take(self, _: str, payload: bytes) -> None:
        token, message = unstamped(payload)
        self.tokens.append(token)
        self.frames += split(message)

    def _live(self) -> Live:
        city = self.city
        rollup, colours, guard = Rollup(city.frame(), city.store), Colours(city.tree), Guard()
        self.resumed = checkpoint.start(rollup, city.clock.now)
        around = City(
            rollup, colours, LEVELS, city.channels, city.matters, small_data().units, ()
        )

        def view(scope: str, plugin: str) -> ScopeView:
            topic = Topic.of(f"{plugin}.rule", scope, Clearance.STAFF, "zh", {})
            return ScopeView(around, topic, str.format, lambda: pytest.fail("a rule read cases"))

        grading = Grading([Registered(RULE, "x")], guard, colours, city.store, view)
        voice = Voice(self.bus, Lease(self.table, LIVE), "b1")
        means = Means(
            around, {"x.p": Registered(PANEL, "x")}, guard, {"zh": str.format}, city.store.read,
            voice.publish,
        )  # fmt: skip
        return Live(rollup, grading, Renderer(means), voice)

    def watch(self, *new: str) -> None:
        message = {"hub": "h", "topics": [TOPIC.key], "new": list(new)}
        self.bus.publish("interest", orjson.dumps(message))

    def shown(self, part: str) -> int | None:
        """Return the value of a part as a screen that got all frames shows it."""
        values = [f.parts[part] for f in list(self.frames) if part in f.parts]
        return orjson.loads(values[-1])["value"] if values else None

    def stop(self) -> None:
        self.live.stop()
        self.thread.join(10)
        assert not self.thread.is_alive()


@pytest.fixture
def run(small: StoredCity) -> Iterator[Callable[[], Running]]:
    bus, table = MemoryBus(), Table(small.store.url)
    running: list[Running] = []

    def begin() -> Running:
        running.append(Running(small, bus, table))
        return running[-1]

    yield begin
    for one in running:
        one.stop()
    bus.close()
    table.close()
