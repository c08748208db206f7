"""Each source runs in one worker at a time, goes on in another, and hands in what it had."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from threading import Event, Thread, get_ident
from typing import Any

import pytest
from sqlalchemy import select, text

from commandcenter.api import Source, Text
from commandcenter.domain.clocks import CityClock
from commandcenter.host.guard import Guard
from commandcenter.host.plugin import Registered
from commandcenter.host.reports import Delivery, Report
from commandcenter.ingest import runner as runners
from commandcenter.ingest.context import Context
from commandcenter.ingest.runner import Runner, SourceState
from commandcenter.ingest.shares import Change, Share, Shares
from commandcenter.store.away import StoreAway
from commandcenter.store.keeper import Keeper
from commandcenter.store.leases import Lease, Table, source_lease
from commandcenter.store.tables import cases
from commandcenter.testing.stored import StoredCity
from tests.live.streaming import until

Run = Callable[[Any], Iterator[Sequence[Delivery]]]


@dataclass
class Crew:
    """A worker that runs sources, in a thread."""

    city: StoredCity
    table: Table
    sources: dict[str, Run]
    told: list[SourceState] = field(default_factory=list)
    stopping: Event = field(default_factory=Event)

    def __post_init__(self) -> None:
        self.shares = {
            key: Share(Lease(self.table, source_lease(key)), lambda key=key: self.runner(key))
            for key in self.sources
        }
        self.all = Shares(list(self.shares.values()))
        self.thread = Thread(target=self.all.run, args=(self.stopping,))
        self.thread.start()

    def runner(self, key: str) -> Runner:
        city = self.city
        context = Context(
            city.store, city.viewer(name=key), city.tree, city.frame().calendar,
            CityClock(0, city.clock.now, 1.0), city.matters, city.channels, (), {},
        )  # fmt: skip
        source = Registered(Source(key, Text("源"), self.sources[key]), "feeder")
        return Runner(source, context, city.intake, Guard(), self.told.append)

    @property
    def runs(self) -> list[str]:
        return [key for key, share in self.shares.items() if share.runs]

    def stop(self) -> None:
        self.stopping.set()
        self.thread.join(20)
        assert not self.thread.is_alive()


@pytest.fixture
def crew(
    stored: StoredCity, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[dict[str, Run]], Crew]]:
    monkeypatch.setattr(runners, "AWAY_PAUSE", 0.01)
    table, crews = Table(stored.store.url), []

    def begin(sources: dict[str, Run]) -> Crew:
        crews.append(Crew(stored, table, sources))
        return crews[-1]

    yield begin
    for each in crews:
        each.stop()
    table.close()


def endless(context: Any) -> Iterator[Sequence[Delivery]]:
    """A source that has nothing to say and does not end."""
    while not context.stopping.wait(0.01):
        yield []


def names(city: StoredCity) -> list[str]:
    with city.store.read() as connection:
        return sorted(connection.execute(select(cases.c.external_id)).scalars())


def report(city: StoredCity, name: str, source: str = "feed") -> Report:
    return Report.model_validate(city.report(name, source=source))


def test_workers_share_the_sources_and_each_runs_once(
    crew: Callable[[dict[str, Run]], Crew],
) -> None:
    sources = dict.fromkeys(("a", "b", "c"), endless)
    one, other = crew(sources), crew(sources)
    until(lambda: sorted(one.runs + other.runs) == ["a", "b", "c"])
    one.stop()
    until(lambda: sorted(other.runs) == ["a", "b", "c"])
    other.stop()
    assert {state.state for state in one.told + other.told} == {"running", "ended"}


def test_sources_of_a_plugin_that_changed_are_exchanged_and_others_go_on(
    crew: Callable[[dict[str, Run]], Crew],
) -> None:
    runs: list[str] = []

    def named(name: str) -> Run:
        def run(context: Any) -> Iterator[Sequence[Delivery]]:
            runs.append(name)
            yield from endless(context)

        return run

    begun = crew({key: named(f"old {key}") for key in ("a", "b", "c")})
    until(lambda: len(runs) == 3)
    tokens = begun.all.leases
    begun.sources |= {key: named(f"new {key}") for key in ("a", "d")}
    fresh = Share(Lease(begun.table, source_lease("d")), lambda: begun.runner("d"))
    begun.all.change(Change(
        {source_lease("a"): lambda: begun.runner("a")}, {source_lease("b")}, [fresh]
    ))  # fmt: skip
    until(lambda: sorted(runs) == ["new a", "new d", "old a", "old b", "old c"])
    until(lambda: {state.key for state in begun.told if state.state == "ended"} >= {"a", "b"})
    now = begun.all.leases
    assert set(now) == {source_lease(key) for key in ("a", "c", "d")}
    # The same worker goes on with it, in the same term.
    assert [now[source_lease(key)] for key in "ac"] == [tokens[source_lease(key)] for key in "ac"]
    assert not begun.shares["b"].runs or begun.shares["b"].lease.term is None


def test_what_was_taken_while_the_store_was_away_is_handed_in_when_it_is_back(
    stored: StoredCity, crew: Callable[[dict[str, Run]], Crew], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The source is asked once: one that others push to cannot say it again."""
    asked: list[int] = []
    accept, away = stored.intake.accept, [StoreAway("x"), StoreAway("y"), StoreAway("z")]

    def flaky(*given: Any) -> Any:
        answers = accept(*given) if len(away) == 1 else []  # a commit that nobody heard of
        if away:
            raise away.pop()
        return answers or accept(*given)

    def run(context: Any) -> Iterator[Sequence[Delivery]]:
        asked.append(1)
        yield [report(stored, "one")]
        yield from endless(context)

    monkeypatch.setattr(stored.intake, "accept", flaky)
    worker = crew({"feed": run})
    until(lambda: worker.told and worker.told[-1].state == "running" and worker.told[-1].last)
    assert [s.state for s in worker.told][1:4] == ["waiting"] * 3
    assert names(stored) == ["one"] and len(asked) == 1 and away == []


def test_a_source_whose_lease_is_gone_writes_nothing_and_ends(
    stored: StoredCity, crew: Callable[[dict[str, Run]], Crew]
) -> None:
    taken, ended = Event(), Event()

    def run(context: Any) -> Iterator[Sequence[Delivery]]:
        try:
            yield [report(stored, "before")]
            taken.wait(20)
            yield [report(stored, "after")]
        finally:
            ended.set()

    worker = crew({"feed": run})
    until(lambda: names(stored) == ["before"])
    with stored.store.write() as connection:
        connection.execute(text("UPDATE leases SET holder = '', token = token + 1"))
    rival = Keeper(Lease(worker.table, source_lease("feed"), "elsewhere/1/1").tend)
    rival.start()
    taken.set()
    assert ended.wait(20), "a source is closed before it may run elsewhere for long"
    until(lambda: worker.runs == [])
    rival.close()
    assert names(stored) == ["before"]


def test_a_source_that_has_ended_is_not_started_again_elsewhere(
    stored: StoredCity, crew: Callable[[dict[str, Run]], Crew]
) -> None:
    starts: list[int] = []

    def run(_: Any) -> Iterator[Sequence[Delivery]]:
        starts.append(1)
        yield [report(stored, "one")]

    one, other = crew({"feed": run}), crew({"feed": run})
    until(lambda: any(s.state == "ended" for s in one.told + other.told))
    beats = text("SELECT beats FROM leases")
    with stored.store.read() as connection:
        before = connection.scalar(beats)

    def beats_on() -> bool:
        with stored.store.read() as connection:
            return int(connection.scalar(beats) or 0) > int(before or 0) + 1

    until(beats_on)
    assert len(starts) == 1


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_source_whose_thread_dies_is_started_again(
    stored: StoredCity, crew: Callable[[dict[str, Run]], Crew], monkeypatch: pytest.MonkeyPatch
) -> None:
    starts: list[int] = []

    def once(runner: Runner) -> None:
        starts.append(1)
        if len(starts) == 1:
            raise SystemExit

    monkeypatch.setattr(Runner, "_once", once)
    worker = crew({"feed": endless})
    until(lambda: any(s.state == "ended" for s in worker.told))
    assert len(starts) == 2


def test_a_stop_that_the_system_gives_to_another_thread_is_heard() -> None:
    """As of a process that is woken and told to end at once: its main thread is still waking."""

    class Told(Event):
        def wait(self, timeout: float | None = None) -> bool:
            begun.set()
            return super().wait(timeout)

    def take_the_signal() -> None:
        begun.wait()
        signal.pthread_kill(get_ident(), signal.SIGUSR1)

    begun, stopping = Event(), Told()
    other = Thread(target=take_the_signal)
    before = signal.signal(signal.SIGUSR1, lambda *_: stopping.set())
    other.start()
    try:
        Shares([]).run(stopping)
    finally:
        signal.signal(signal.SIGUSR1, before)
    other.join()
    assert stopping.is_set()
