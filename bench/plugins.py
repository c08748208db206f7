"""What plugins cost: a guarded call, and a panel in a process of its own beside one inside.

The same panel, of a district with some five thousand cells, is rendered by two plugins: a trusted
one in the worker's process and one that is isolated. A tick begins where the live loop asks and
ends where it has the checked values. Under events, a thread hands in reports while the panels are
asked ten times a second each.
"""

import argparse
import random
import socket
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from time import perf_counter, thread_time
from typing import Any

from bench.tables import print_table
from commandcenter.cli.preparing import prepare
from commandcenter.host.discovery import discover, manifest_of
from commandcenter.host.discovery import prepare as prepared
from commandcenter.host.guard import Guard
from commandcenter.host.panel import Panel
from commandcenter.host.plugin import Registered
from commandcenter.host.values import check_values
from commandcenter.live.calls import Used
from commandcenter.live.exchange import MemoryBus
from commandcenter.live.live import Live
from commandcenter.live.render_calls import RenderCall
from commandcenter.live.topics import Topic
from commandcenter.live.view import ScopeView
from commandcenter.sandbox.serving import Served
from commandcenter.sandbox.spec import SERVE, Spec
from commandcenter.sandbox.wire import FROM_CHILD, TO_CHILD, Frame, Wire
from commandcenter.settings import ROOT, Settings, read_settings
from commandcenter.worker import Worker, create_worker

DISTRICT = "410105"
CALLS = 20_000
PACE_SECONDS = 0.1
MANIFEST = """
name = "{name}"
version = "1"
api = 1
title = {{zh = "量"}}
owner = "bench"
districts = ["{district}"]
provides = ["panels"]
"""
CODE = '''
from commandcenter.api import Bars, Board, Column, Number, Panel, Text, hookimpl


def render(view):
    places = [(view.tree.cells[at].name, view.count("open", at)) for at in view.children()]
    ranked = sorted(places, key=lambda place: (-place[1], place[0]))[:8]
    return {{
        "total": {{"value": view.count("total")}},
        "busiest": {{"value": int(view.counts("open").max())}},
        "hour": {{"value": view.hours()[1][-1]}},
        "places": [{{"label": name, "value": value}} for name, value in ranked],
        "newest": {{"rows": [{{"title": case.title}} for case in view.newest(10)]}},
    }}


@hookimpl
def register_panels():
    board = Board("newest", columns=(Column("title", Text("案件")),))
    parts = (Number("total"), Number("busiest"), Number("hour"), Bars("places"), board)
    return [Panel("{name}.panel", Text("量"), parts, render)]
'''


def run(arguments: Sequence[str]) -> dict[str, Any]:
    """Measure calls and ticks, print tables and return what they hold."""
    parser = argparse.ArgumentParser(prog="python -m bench plugins", description=__doc__)
    parser.add_argument("--history", type=int, default=20_000)
    parser.add_argument("--ticks", type=int, default=300)
    parser.add_argument("--rate", type=float, default=50.0, help="events a second")
    asked = parser.parse_args(arguments)
    function = _microseconds(lambda: _render(None), CALLS)
    guard = Guard()
    guarded = _microseconds(lambda: guard.call("x", "x.p", _render, None), CALLS)
    calls = {"the function itself": function, "guarded, inside": guarded - function}
    with tempfile.TemporaryDirectory(prefix="bench-") as made:
        settings = _settings(Path(made))
        prepare(settings, asked.history)
        worker = create_worker(settings, lambda _: MemoryBus())
        live = worker.live()
        bench = Ticks(worker, live)
        calls["guarded, in its own process"] = bench.in_process_of_its_own() - function
        rows = []
        for load, rate in (("idle", 0.0), (f"{asked.rate:g} events/s", asked.rate)):
            with bench.events(rate):
                for where, tick in (("inside", bench.inside), ("outside", bench.outside)):
                    rows.append({"load": load, "where": where, **bench.run(tick, asked.ticks)})
        assert live.outside is not None
        live.outside.close()
        worker.close()
    print_table(("a call", "µs, above the function's own"), list(calls.items()))
    print_table(
        ("a panel's tick", "where", "p50 ms", "p95 ms"),
        [(row["load"], row["where"], row["p50_ms"], row["p95_ms"]) for row in rows],
    )
    return {"calls_us": calls, "ticks": rows}


class Ticks:
    """Renders the same panel inside and outside of the worker's process."""

    def __init__(self, worker: Worker, live: Live) -> None:
        self.worker = worker
        self.live = live
        self.means = live.renderer.means
        self.outside_means = live.outside
        assert self.outside_means is not None
        self._answered = Event()
        self.outside_means.wake = self._answered.set
        self._used = Used()

    def topic(self, panel: str) -> Topic:
        """Return the topic of a panel in the district."""
        return Topic.of(panel, DISTRICT, 0, "zh", {})

    def inside(self) -> None:
        """Render in this process, as the live loop does."""
        panel = self.means.panels["near.panel"]
        with self.worker.store.read() as connection:
            view = ScopeView(
                self.means.city, self.topic("near.panel"), self.means.words["zh"],
                lambda: connection,
            )  # fmt: skip
            self.means.guard.call(
                "near", "panel",
                lambda: check_values(panel.item, panel.item.render(view), view.tree),
            )  # fmt: skip

    def outside(self) -> None:
        """Ask the plugin's process and wait until the answer is there."""
        outside = self.outside_means
        assert outside is not None
        self._answered.clear()
        topic = self.topic("far.panel")
        outside.render(topic, self.means.panels["far.panel"], self._used)
        assert self._answered.wait(30)
        for found in outside.rendered():
            assert not found.reason, found.reason

    def run(self, tick: Callable[[], None], times: int) -> dict[str, float]:
        """Time a tick at the pace of the live loop, counts brought up to date before each."""
        tick(), tick()
        spent, pause = [], Event()
        for _ in range(times):
            with self.worker.store.read() as connection:
                self.live.rollup.catch_up(connection)
            began = perf_counter()
            tick()
            spent.append((perf_counter() - began) * 1000)
            pause.wait(PACE_SECONDS)
        return {"p50_ms": _at(spent, 0.5), "p95_ms": _at(spent, 0.95)}

    @contextmanager
    def events(self, rate: float) -> Iterator[None]:
        """Hand in so many reports a second until the block ends."""
        stop = Event()
        feeder = Thread(target=self._feed, args=(rate, stop))
        if rate:
            feeder.start()
        yield
        stop.set()
        if rate:
            feeder.join()

    def in_process_of_its_own(self) -> float:
        """Return the microseconds of a call in a plugin's process: reading, checking, packing."""
        panel = self.means.panels["near.panel"]
        own = Panel(panel.item.key, panel.item.title, panel.item.parts[:1], _render)
        ours, theirs = socket.socketpair()
        served = Served(
            Wire(ours, TO_CHILD, FROM_CHILD), self._spec(),
            {"panels": {own.key: Registered(own, "near")}},
        )  # fmt: skip
        outside = self.outside_means
        assert outside is not None
        far = self.means.panels["far.panel"]
        call = RenderCall(
            outside.scene, self.topic(far.item.key), far, 2.0, Used(), lambda _: None
        )
        world, asked = (_frame(packed) for packed in call.frames(set()))
        other = Wire(theirs, FROM_CHILD, TO_CHILD)
        served.take(world)
        other.receive()
        head = {**asked.head, "part": own.key}
        frame = Frame(head, asked.buffers)

        def answered() -> None:
            served.take(frame)
            other.receive()

        took = _microseconds(answered, CALLS // 10)
        ours.close()
        theirs.close()
        return took

    def _spec(self) -> Spec:
        found = discover(self.worker.settings.plugins)
        candidate = next(one for one in found if one.name == "far")
        return Spec(SERVE, prepared(candidate, manifest_of(candidate)), candidate, 512)

    def _feed(self, rate: float, stop: Event) -> None:
        worker, chance = self.worker, random.Random(3)
        intake, source = worker.intake(), worker.registry.sources[0]
        viewer = worker.context(source).viewer
        first, last = worker.tree.range_of(DISTRICT)
        channel = next(iter(worker.channels))
        number, began = 0, perf_counter()
        while not stop.wait(max(0.0, began + number / rate - perf_counter())):
            number += 1
            intake.accept(viewer, [{
                "source": viewer.name, "external_id": f"bench{number}", "channel": channel,
                "title": "路边有垃圾", "cell": worker.tree.cells[chance.randint(first, last)].code,
                "occurred_at": "2026-06-01T10:00:00+08:00",
            }])  # fmt: skip


def _render(_: object) -> dict[str, Any]:
    return {"total": {"value": 7}}


def _frame(packed: bytes) -> Frame:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        sender = Thread(target=ours.sendall, args=(packed,))
        sender.start()
        frame = Wire(theirs, TO_CHILD, TO_CHILD).receive()
        sender.join()
    return frame


def _settings(folder: Path) -> Settings:
    plugins = folder / "plugins"
    plugins.mkdir()
    for path in (ROOT / "plugins").iterdir():
        if "core = true" in (path / "plugin.toml").read_text() if path.is_dir() else False:
            (plugins / path.name).symlink_to(path, target_is_directory=True)
    for name in ("near", "far"):
        place = plugins / name
        place.mkdir()
        (place / "plugin.toml").write_text(MANIFEST.format(name=name, district=DISTRICT))
        (place / "__init__.py").write_text(CODE.format(name=name))
    return read_settings(
        data=folder / "data", plugins=plugins, trusted_plugins="near", city="zhengzhou"
    )


def _microseconds(act: Callable[[], object], times: int) -> float:
    """Return the processor time of a call: a busy machine makes none longer."""
    rounds = []
    for _ in range(5):
        began = thread_time()
        for _ in range(times):
            act()
        rounds.append((thread_time() - began) / times * 1e6)
    return min(rounds)


def _at(spent: Sequence[float], share: float) -> float:
    return sorted(spent)[int(len(spent) * share)]
