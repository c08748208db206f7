"""A topic is rendered once, as often as its pace allows, and only what changed is sent.

Longer than most: one bench of made-up panels serves all.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from commandcenter.api import Note, Number, Panel, Text, View
from commandcenter.domain.cases import Command
from commandcenter.host.guard import Guard
from commandcenter.host.plugin import Registered
from commandcenter.live import render
from commandcenter.live.colours import Colours
from commandcenter.live.frames import Frame, split
from commandcenter.live.render import Means, Renderer
from commandcenter.live.topics import Topic
from commandcenter.live.view import City
from commandcenter.store.away import StoreAway
from commandcenter.store.store import Store
from commandcenter.testing import small_data
from commandcenter.testing.city import LEVELS
from commandcenter.testing.stored import StoredCity

CITY, EAST, WEST = "990100", "990102", "990103"
PARTS = (Number("total"), Number("open"), Note("words"))


def key(panel: str, scope: str = CITY, clearance: int = 0, language: str = "zh") -> str:
    return Topic.of(panel, scope, clearance, language, {}).key


def counted(view: View) -> Mapping[str, Any]:
    return {
        "total": {"value": view.count("total")}, "open": {"value": view.count("open")},
        "words": view.t("共{n}", n=view.first),
    }  # fmt: skip


@dataclass
class Bench:
    """A renderer over the small city, with a clock that the test turns."""

    city: StoredCity
    clock: list[float]
    panels: dict[str, Registered[Panel]] = field(default_factory=dict)
    sent: list[Frame] = field(default_factory=list)
    rendered: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rollup = self.city.rollup()
        live = City(
            self.rollup, Colours(self.city.tree), LEVELS, self.city.channels, self.city.matters,
            small_data().units, (),
        )  # fmt: skip
        words = {"zh": str.format, "en": lambda zh, **values: "all " + str(values["n"])}
        self.guard = Guard()
        self.renderer = Renderer(
            Means(live, self.panels, self.guard, words, self.city.store.read, self._keep)
        )

    def _keep(self, channel: str, payload: bytes) -> None:
        assert channel == "frame"
        self.sent.extend(split(payload))

    def panel(
        self, name: str, shown: Callable[[View], Any] = counted, pace: Any = "numbers",
        districts: tuple[str, ...] = ("*",), interval: float = 10.0,
    ) -> None:  # fmt: skip
        def noted(view: View) -> Any:
            self.rendered.append(name)
            return shown(view)

        panel = Panel(name, Text(name), PARTS, noted, pace, interval)
        self.panels[name] = Registered(panel, name.split(".")[0], districts)

    def watch(self, *keys: str, new: set[str] | None = None) -> None:
        self.renderer.watch(frozenset(keys), set(keys) if new is None else new)

    def tick(self, seconds: float = 1.0) -> list[Frame]:
        """Let the counts follow and time pass; return what was sent."""
        with self.city.store.read() as connection:
            self.rollup.catch_up(connection)
        self.clock[0] += seconds
        self.sent.clear()
        self.renderer.render_due()
        return list(self.sent)


@pytest.fixture
def bench(small: StoredCity, monkeypatch: pytest.MonkeyPatch) -> Bench:
    clock = [1000.0]
    monkeypatch.setattr(render, "monotonic", lambda: clock[0])
    return Bench(small, clock)


def parts(frame: Frame) -> dict[str, bytes]:
    return dict(frame.parts)


def test_the_first_frame_is_full_and_the_next_have_only_what_changed(bench: Bench) -> None:
    bench.panel("x.p")
    bench.watch(key("x.p"))
    (first,) = bench.tick()
    assert first.full and first.state == "ok"
    assert parts(first) == {"total": b'{"value":0}', "open": b'{"value":0}', "words": "\"共0\"".encode()}  # noqa: E501
    assert bench.tick() == []
    bench.city.accept(bench.city.report("one", matter=None, title="怪"))
    (second,) = bench.tick()
    assert not second.full
    assert parts(second) == {"total": b'{"value":1}', "open": b'{"value":1}'}
    bench.city.advance("one", Command.REJECT)
    assert [parts(f) for f in bench.tick()] == [{"open": b'{"value":0}'}]


def test_a_move_that_changes_no_part_sends_nothing(bench: Bench) -> None:
    bench.panel("x.p")
    bench.watch(key("x.p"))
    bench.city.accept(bench.city.report("one"))
    bench.tick()
    bench.city.advance("one", Command.TAKE_UP)
    before = len(bench.rendered)
    assert bench.tick() == [] and len(bench.rendered) == before + 1


def test_who_is_new_gets_everything_again(bench: Bench) -> None:
    bench.panel("x.p")
    bench.watch(key("x.p"))
    (first,) = bench.tick()
    bench.watch(key("x.p"), new=set())
    assert bench.tick() == []
    bench.watch(key("x.p"), new={key("x.p")})
    (again,) = bench.tick()
    assert again.full and parts(again) == parts(first)


def test_what_nobody_watches_is_not_rendered(bench: Bench) -> None:
    bench.panel("x.p")
    bench.panel("x.q")
    bench.watch(key("x.p"))
    bench.tick()
    assert bench.rendered == ["x.p"]
    bench.watch()
    bench.city.accept(bench.city.report("one"))
    assert bench.tick() == [] and bench.rendered == ["x.p"]
    bench.watch(key("x.p"), new=set())
    assert [f.full for f in bench.tick()] == [True], "its last frame is no longer known"


def test_a_change_elsewhere_renders_nothing_here(bench: Bench) -> None:
    bench.panel("x.p")
    bench.watch(key("x.p", EAST), key("x.p", CITY))
    bench.tick()
    bench.rendered.clear()
    bench.city.accept(bench.city.report("one"))  # in the south
    assert [f.topic for f in bench.tick()] == [key("x.p", CITY)]
    assert bench.rendered == ["x.p"]


def test_languages_are_rendered_apart(bench: Bench) -> None:
    bench.panel("x.p")
    bench.watch(key("x.p"), key("x.p", language="en"))
    assert sorted(parts(f)["words"] for f in bench.tick()) == [b'"all 0"', "\"共0\"".encode()]


@pytest.mark.parametrize(
    ("pace", "streams", "pause"),
    [("numbers", 49, 0.1), ("numbers", 50, 0.05), ("charts", 50, 0.5), ("slow", 50, 7.0)],
)
def test_the_first_change_is_sent_at_once_and_then_the_pace_is_held(
    bench: Bench, pace: str, streams: int, pause: float
) -> None:
    bench.panel("x.p", pace=pace, interval=7)
    bench.renderer.streams = streams
    bench.watch(key("x.p"))
    bench.tick()
    bench.clock[0] += 20
    at = []
    for number in range(40):
        bench.city.accept(bench.city.report(f"n{number}"))
        if bench.tick(pause / 8):
            at.append(number)
    assert at == [0, 8, 16, 24, 32]
    bench.city.accept(bench.city.report("last"))
    with bench.city.store.read() as connection:
        bench.rollup.catch_up(connection)
    wait = bench.renderer.render_due()
    assert 0 < wait <= min(1.0, pause)
    assert bench.tick(pause) != [], "the last change is not lost"


def test_a_panel_that_raises_is_shown_as_failed_alone_and_heals(bench: Bench) -> None:
    broken: list[str] = ["ja"]

    def shown(view: View) -> Mapping[str, Any]:
        if broken:
            raise ValueError("no such district")
        return counted(view)

    bench.panel("bad.p", shown)
    bench.panel("good.p")
    bench.watch(key("bad.p"), key("good.p"))
    states = {f.topic: (f.state, f.reason, len(f.parts)) for f in bench.tick()}
    assert states == {
        key("bad.p"): ("failed", "ValueError: no such district", 0),
        key("good.p"): ("ok", "", 3),
    }
    bench.city.accept(bench.city.report("one"))
    assert [f.topic for f in bench.tick()] == [key("good.p")], "a failure is told once"
    broken.clear()
    bench.city.accept(bench.city.report("two"))
    healed = {f.topic: f for f in bench.tick()}[key("bad.p")]
    assert (healed.state, healed.reason) == ("ok", "")
    assert parts(healed)["total"] == b'{"value":2}'


def test_a_panel_that_fails_later_keeps_its_last_values(bench: Bench) -> None:
    broken: list[str] = []

    def shown(view: View) -> Mapping[str, Any]:
        if broken:
            raise ValueError("gone")
        return {"words": "still"}

    bench.panel("x.p", shown)
    bench.watch(key("x.p"))
    bench.tick()
    broken.append("x")
    bench.city.accept(bench.city.report("one"))
    (failed,) = bench.tick()
    assert (failed.state, failed.full, parts(failed)) == ("failed", False, {})
    broken.clear()
    bench.city.accept(bench.city.report("two"))
    (healed,) = bench.tick()
    assert (healed.state, parts(healed)) == ("ok", {}), "the screen has the values already"


NONSENSE: dict[str, Callable[[View], Any]] = {
    "nothing": lambda view: None,
    "an unknown part": lambda view: {"nope": 1},
    "a wrong shape": lambda view: {"total": 7},
    "no number": lambda view: {"total": {"value": float("nan")}},
    "half a surrogate": lambda view: {"words": "\ud800"},
    "too much": lambda view: {"words": "x" * 10**6},
    "an exit": lambda view: exit(),
    "a look outside": lambda view: {"total": {"value": view.count("total", 0)}},
    "endless cases": lambda view: {"words": str(len(view.most_overdue("many")))},  # type: ignore[arg-type]
}


@pytest.mark.parametrize("name", NONSENSE)
def test_a_panel_that_answers_nonsense_fails_alone(bench: Bench, name: str) -> None:
    bench.panel("bad.p", NONSENSE[name])
    bench.panel("good.p", lambda view: {"words": str(len(view.newest(10**30)))})
    bench.watch(key("bad.p", EAST), key("good.p", EAST))
    frames = {f.topic: f for f in bench.tick()}
    assert frames[key("bad.p", EAST)].state == "failed" and frames[key("bad.p", EAST)].reason
    assert parts(frames[key("good.p", EAST)]) == {"words": b'"0"'}


def test_cases_are_read_in_one_transaction_for_all_panels_of_a_tick(bench: Bench) -> None:
    opened: list[int] = []
    read = bench.city.store.read

    def counting() -> Any:
        opened.append(1)
        return read()

    object.__setattr__(bench.renderer.means, "read", counting)
    for name in ("x.p", "x.q", "x.r"):
        bench.panel(name, lambda view: {"words": str(len(view.newest(3)))})
    bench.panel("x.s")
    bench.watch(*(key(name) for name in bench.panels))
    assert len(bench.tick()) == 4 and len(opened) == 1
    bench.watch(key("x.s"))
    bench.tick()
    assert len(opened) == 1


@pytest.mark.postgres
def test_a_database_that_goes_away_is_the_fault_of_no_panel(
    on_postgres: StoredCity, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(render, "monotonic", lambda: clock[0])
    clock = [1000.0]
    bench, cuts = Bench(on_postgres, clock), [True]

    def cut(view: View) -> Any:
        view.newest(1)
        if cuts:
            cuts.pop()
            disconnect(on_postgres.store)
        return {"words": str(len(view.newest(3)))}

    bench.panel("x.p", cut)
    bench.panel("x.q", lambda view: {"words": str(len(view.newest(3)))})
    bench.watch(key("x.p"))
    with pytest.raises(StoreAway):
        bench.tick()
    bench.watch(key("x.p"), key("x.q"), new={key("x.q")})
    assert [frame.state for frame in bench.tick()] == ["ok", "ok"]
    assert {counts.errors for counts in bench.guard.counts().values()} == {0}
    with pytest.raises(StoreAway), on_postgres.store.read() as connection:
        connection.execute(text("SELECT 1"))
        disconnect(on_postgres.store)
        with suppress(DBAPIError):
            connection.execute(text("SELECT 1"))


def disconnect(store: Store) -> None:
    """End all connections of a store, as a database that restarts does."""
    own = Store(store.url)
    with own.write() as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid != pg_backend_pid()"
            )
        )
    own.close()


REFUSED = [
    key("east.p", WEST), key("east.p", CITY), key("no.panel"), key("x.p", "000000"),
    key("x.p", language="fr"), key("x.p", clearance=9), "x.p|990100", "x.p|990100|high|zh|", "",
]  # fmt: skip


def test_a_panel_of_a_district_is_shown_in_it_and_refused_outside(bench: Bench) -> None:
    bench.panel("east.p", districts=(EAST,))
    inside, street = key("east.p", EAST), key("east.p", "990102001")
    bench.watch(inside, street, key("east.p", WEST))
    failed = [(f.topic, f.state) for f in bench.sent]
    assert failed == [(key("east.p", WEST), "failed")]
    assert {f.topic: f.state for f in bench.tick()} == {inside: "ok", street: "ok"}


@pytest.mark.parametrize("topic", REFUSED)
def test_a_topic_that_cannot_be_is_refused_once_and_for_each_who_is_new(
    bench: Bench, topic: str
) -> None:
    bench.panel("x.p")
    bench.panel("east.p", districts=(EAST,))
    bench.watch(topic)
    (refusal,) = bench.sent
    assert (refusal.topic, refusal.state, refusal.full) == (topic, "failed", True)
    assert refusal.reason
    assert bench.tick() == []
    bench.watch(topic, new=set())
    assert bench.sent == []
    bench.watch(topic, new={topic})
    assert len(bench.sent) == 1 and bench.rendered == []


def test_what_depends_on_the_time_alone_is_rendered_now_and_then(bench: Bench) -> None:
    bench.panel("x.p", lambda view: {"words": str(len(bench.rendered))})
    bench.watch(key("x.p"))
    bench.tick()
    assert bench.tick(render.FORCED_SECONDS / 2) == []
    assert [parts(f) for f in bench.tick(render.FORCED_SECONDS)] == [{"words": b'"2"'}]
