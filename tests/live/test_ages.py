"""How old it is what is shown: a worker that lags but speaks is told, by durations and no clock."""

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import Any

import orjson
import pytest

from commandcenter.domain.clocks import CityClock
from commandcenter.live import live as loop
from commandcenter.live.ages import Age
from commandcenter.live.figures import hub_figures
from commandcenter.live.grants import StreamGrant
from commandcenter.live.hub import Hub
from commandcenter.live.hub_facts import Facts, Times
from commandcenter.live.lag import USUAL_SECONDS, Lag
from commandcenter.store import log
from commandcenter.testing.stored import StoredCity
from tests.live.running import TOPIC, Running, run
from tests.live.streaming import until

__all__ = ["run"]
STEP_MILLIS = 600_000


@dataclass
class Clocks:
    """A steady clock that is moved, and a real one that may be stepped as well."""

    at: float = 1_000.0
    stepped: int = 0

    def times(self) -> Times:
        return Times(lambda: round(self.at * 1000) + self.stepped, lambda: self.at)


@pytest.fixture
def clocks() -> Clocks:
    return Clocks()


@pytest.fixture
def age(clocks: Clocks) -> Age:
    made = Age(clocks.times())
    made.hear(0)
    return made


def spent(age: Age, clocks: Clocks, behind: float, seconds: float = 1.0) -> None:
    """Let time pass in which the hub looks twice a second, then hear the worker."""
    for _ in range(round(seconds * 2)):
        clocks.at += 0.5
        age.pass_time()
    age.hear(behind)


def test_a_worker_that_is_never_far_behind_is_not_late(age: Age, clocks: Clocks) -> None:
    for behind in (0, 1.6, 0, 1.9):
        spent(age, clocks, behind)
        assert (age.silent, age.asof) == (None, None)


def test_what_is_shown_is_late_by_what_the_worker_lags_until_it_has_caught_up(
    age: Age, clocks: Clocks
) -> None:
    spent(age, clocks, 2.5)
    seen = []
    for behind in (2.5, 2.5, 1.6, 40.0):  # near the limit the screens do not change their mind
        spent(age, clocks, behind)
        assert age.silent is None and age.asof is not None
        seen.append(round(clocks.at * 1000) - age.asof)
    assert seen == [2_500, 2_500, 1_600, 40_000]
    spent(age, clocks, 0)
    assert age.asof is None


def test_a_silent_worker_is_late_since_it_was_last_whole(age: Age, clocks: Clocks) -> None:
    spent(age, clocks, 2.0)
    for _ in range(8):
        clocks.at += 0.5
        age.pass_time()
    assert (age.silent, age.asof) == (1_001_000, 999_000)
    assert age.hear(5.0) and age.silent is None
    assert age.asof == 1_000_000


def test_a_clock_that_is_stepped_makes_nothing_old_or_new(age: Age, clocks: Clocks) -> None:
    for step in (STEP_MILLIS, -STEP_MILLIS, 0):
        clocks.stepped = step
        spent(age, clocks, 0)
        assert (age.silent, age.asof) == (None, None)
    spent(age, clocks, 7.0)
    spent(age, clocks, 7.0)
    for step in (STEP_MILLIS, -STEP_MILLIS):
        clocks.stepped = step
        assert age.asof == clocks.times().real() - 7_000


def pulse(hub: Hub, behind: float, real: int = 1) -> None:
    said = {"real": real, "city": 1, "build": "b", "behind": behind}
    hub.hear("pulse", orjson.dumps(said))


def beats(data: bytes) -> list[Any]:
    blocks = [block.split("\ndata: ") for block in data.decode().split("\n\n") if block]
    return [orjson.loads(body) for head, body in blocks if head.endswith("event: beat")]


def test_screens_are_told_at_once_that_what_they_show_is_late_and_that_it_is_not_any_more(
    clocks: Clocks,
) -> None:
    hub = Hub(Facts("Asia/Shanghai", "b", CityClock()), 10, clocks.times())
    pulse(hub, 0)
    client, _ = hub.join(StreamGrant((TOPIC,)))
    hub.take(client)
    pulse(hub, 4.0, real=-STEP_MILLIS)  # the worker's clock is another one
    assert hub.take(client) == b"", "a hub looks twice a second"
    hub.tick()
    (beat,) = beats(hub.take(client))
    assert (beat["asof"], beat["silent"]) == (beat["real"] - 4_000, None)
    clocks.at += 1
    pulse(hub, 3.0)
    (beat,) = beats(hub.take(client))
    assert beat["asof"] == beat["real"] - 3_000
    assert hub.time()["asof"] == beat["asof"]
    late = next(one for one in hub_figures(hub) if one.name == "commandcenter_shown_late_seconds")
    assert late.value > 0
    _, hello = hub.join(StreamGrant((TOPIC,)))
    assert b'"asof":%d' % beat["asof"] in hello
    pulse(hub, 0)
    (beat,) = beats(hub.take(client))
    assert (beat["asof"], beat["silent"]) == (None, None)


def test_a_lag_is_since_the_last_look_of_which_all_is_counted() -> None:
    lag = Lag("moves")
    at = monotonic() + 100
    lag.reached(10, at)
    assert lag.seconds(at + 1) == 1
    lag.saw(30, at + 2)
    lag.saw(90, at + 3)
    lag.reached(20)  # a list of a log that has grown by more than one
    assert lag.seconds(at + 4) == 4
    assert {each.name.split("_", 2)[2]: each.value for each in lag.figures(at + 4)} == {
        "counted_moves": 20, "lag_moves": 70, "lag_seconds": 4,
    }  # fmt: skip
    lag.reached(30)
    assert lag.seconds(at + 4) == 2
    lag.reached(95, at + 4)
    assert lag.seconds(at + 4) == 0
    assert [each.value for each in lag.figures(at + 9)] == [95, 0, 0]


def test_a_worker_that_cannot_follow_the_log_says_by_how_much_and_when_it_has_caught_up(
    small: StoredCity, run: Callable[[], Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it shows meanwhile is new on the screens and as old as what is in it."""
    live = run()
    live.watch(TOPIC.key)
    until(lambda: live.pulses and live.shown("total") == 0)
    monkeypatch.setattr(loop, "FOLLOWING_SECONDS", 0.0)
    monkeypatch.setattr(log, "BATCH", 1)
    monkeypatch.setattr(log, "read_after", slowly)
    small.accept(*(small.report(f"n{number}") for number in range(60)))
    hub = Hub(Facts("Asia/Shanghai", "b1"), 10)
    live.bus.subscribe(["pulse"], hub.hear)
    until(lambda: (hub.tick() or hub.counts.asof) and hub.counts.silent is None)
    behind = [frame for frame in live.frames if "total" in frame.parts][-1]
    assert live.pulses[-1]["behind"] > USUAL_SECONDS
    assert live.pulses[-1]["real"] - behind.at > USUAL_SECONDS * 1000
    monkeypatch.undo()
    until(lambda: live.shown("total") == 60 and hub.counts.asof is None)
    assert live.pulses[-1]["behind"] == 0


def slowly(connection: Any, seq: int, limit: int = 1) -> list[log.Move]:
    """Read the log as a machine does that has far too much to do."""
    until_then = monotonic() + 0.1
    query = log.COUNTED.where(log.moves.c.seq > seq).order_by(log.moves.c.seq).limit(1)
    found = [log._move(row) for row in connection.execute(query)]
    until(lambda: monotonic() >= until_then)
    return found
