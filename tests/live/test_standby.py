"""Of two live workers one speaks; the other one keeps its counts warm and follows at once."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event
from typing import Any

import orjson
import pytest
from sqlalchemy import text

from commandcenter.live import live as loop
from commandcenter.live.asked_counts import answer_counts
from commandcenter.live.verify import verify
from commandcenter.store.away import StoreAway
from commandcenter.store.keeper import Keeper
from commandcenter.store.leases import LIVE, Lease
from commandcenter.testing.stored import StoredCity
from tests.live.running import CITY, TOPIC, Running, run
from tests.live.streaming import until

__all__ = ["run"]


def tokens(live: Running) -> list[int]:
    """The terms in which anything was said, in order and each once."""
    return list(dict.fromkeys(live.tokens))


@contextmanager
def taken_away(live: Running) -> Iterator[None]:
    """Have somebody else take the lease from whoever holds it, and keep it until the block ends."""
    with live.city.store.write() as connection:
        connection.execute(text("UPDATE leases SET holder = '', token = token + 1"))
    rival = Lease(live.table, LIVE, "elsewhere/1/1")
    keeper = Keeper(rival.tend)
    keeper.start()
    assert rival.held
    yield
    keeper.close()
    rival.release()


def recorded(city: StoredCity) -> int:
    """How many changes of colour were recorded."""
    with city.store.read() as connection:
        return connection.scalar(text("SELECT count(*) FROM colour_changes")) or 0


def test_one_speaks_and_the_other_keeps_its_counts_warm(
    small: StoredCity, run: Callable[[], Running]
) -> None:
    first = run()
    first.watch(TOPIC.key)
    until(lambda: first.shown("total") == 0)
    second = run()
    small.accept(small.report("one"))
    until(lambda: first.shown("total") == 1)
    until(lambda: second.live.rollup.counts_of(0)["total"] == 1)
    assert second.live.term is None and tokens(first) == [1]
    answer = first.bus.request("ask.counts", orjson.dumps({"cell": CITY}), 5.0)
    assert orjson.loads(answer)["counts"]["total"] == 1
    live = second.live
    assert answer_counts(live.rollup, live.voice, orjson.dumps({"cell": CITY})) is None


def test_who_stands_by_shows_everything_in_full_when_the_other_ends(
    small: StoredCity, run: Callable[[], Running]
) -> None:
    first = run()
    until(lambda: first.live.term)
    second = run()
    second.watch(TOPIC.key)
    until(lambda: second.shown("total") == 0)
    small.accept(small.report("one"))
    first.stop()
    until(lambda: second.shown("total") == 1 and tokens(second)[-1] == 2)
    assert second.frames[-1].full
    assert verify(small.frame(), small.store, small.clock.now).differences == ()


def test_who_lost_the_lease_writes_nothing_and_stands_by(
    small: StoredCity, run: Callable[[], Running]
) -> None:
    live = run()
    until(lambda: live.live.term)
    with taken_away(live):
        small.accept(small.report("one"), small.report("two"))
        until(lambda: live.live.term is None)
        until(lambda: live.live.rollup.counts_of(0)["total"] == 2)
        assert recorded(small) == 0
    until(lambda: recorded(small) == 6)
    assert live.live.term and live.live.term.token == 4


def test_a_loop_that_hangs_loses_its_lease_to_the_other(
    small: StoredCity, run: Callable[[], Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "HUNG_SECONDS", 0.5)
    first = run()
    until(lambda: first.live.term)
    second = run()
    hanging = Event()
    monkeypatch.setattr(first.live, "_pass_time", lambda: hanging.wait(20.0))
    until(lambda: second.live.term and second.live.term.token == 2)
    hanging.set()
    monkeypatch.undo()
    until(lambda: first.live.term is None)
    assert second.live.term


def test_a_store_that_is_away_stops_the_counts_and_not_the_loop(
    small: StoredCity,
    run: Callable[[], Running],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    live = run()
    live.watch(TOPIC.key)
    until(lambda: live.shown("total") == 0)

    def away(*_: Any) -> Any:
        raise StoreAway("cut")

    monkeypatch.setattr(live.live.rollup, "catch_up", away)
    small.accept(small.report("one"))
    until(lambda: "counts stand still" in caplog.text)
    frames = len(live.frames)
    monkeypatch.undo()
    until(lambda: live.shown("total") == 1)
    assert live.frames[frames].full, "what panels could not read is shown anew"
    assert caplog.text.count("counts stand still") == caplog.text.count("counts go on") == 1
    assert live.thread.is_alive()
