"""A source that fails is shown and tried again; history is what was moved step by step.

Longer than most: running sources and writing histories share the feeds made here.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from queue import Empty, Queue
from threading import Event, Thread
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from commandcenter.api import History, Life, Source, Text
from commandcenter.cases import filing, history
from commandcenter.cases.duplicates import NOTHING
from commandcenter.domain.cases import Command, State, legal_commands, next_state
from commandcenter.domain.clocks import DAY, HOUR, MINUTE, CityClock
from commandcenter.domain.likeness import Likeness, Thresholds
from commandcenter.domain.roles import Role
from commandcenter.domain.viewers import Viewer
from commandcenter.errors import IllegalMove
from commandcenter.host.guard import Guard
from commandcenter.host.plugin import Registered
from commandcenter.host.reports import Delivery, Filing, Report, Update
from commandcenter.ingest import runner as runners
from commandcenter.ingest.backfill import Backfill
from commandcenter.ingest.context import Context
from commandcenter.ingest.intake import Intake
from commandcenter.ingest.runner import Runner, SourceState
from commandcenter.store.desk_tables import parts
from commandcenter.store.tables import cases, dead_letters, moves
from commandcenter.testing import small_tree
from commandcenter.testing.stored import MONDAY, StoredCity

SECONDS = 20.0
CODES = [cell.code for cell in small_tree().cells]
Run = Callable[[Any], Iterator[Sequence[Delivery]]]


def report(city: StoredCity, name: str, **fields: object) -> Report:
    return Report.model_validate(city.report(name, source="feed") | fields)


def speaker(city: StoredCity) -> Viewer:
    """Return the source as the worker lets it speak."""
    return replace(city.viewer(name="feed"), kind="source", role=Role.SOURCE)


def context(city: StoredCity, **fields: Any) -> Context:
    return Context(
        city.store, speaker(city), city.tree, city.frame().calendar,
        CityClock(0, city.clock.now, 1.0), city.matters, city.channels, (), {}, **fields,
    )  # fmt: skip


@dataclass
class Watched:
    """A running source, and what the screens are told of it."""

    runner: Runner
    told: Queue[SourceState] = field(default_factory=Queue)

    def until(self, state: str) -> list[SourceState]:
        """Return what was told up to the first time `state` is."""
        seen = []
        while not seen or seen[-1].state != state:
            try:
                seen.append(self.told.get(timeout=SECONDS))
            except Empty:
                pytest.fail(f"never {state}; told {[s.state for s in seen]}")
        return seen


@pytest.fixture
def start(
    small: StoredCity, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[Run], Watched]]:
    """Start sources whose pauses are short; whatever still runs is stopped at the end."""
    monkeypatch.setattr(runners, "FIRST_PAUSE", 0.001)
    monkeypatch.setattr(runners, "TELL_SECONDS", 0.0)
    running: list[Watched] = []

    def begin(run: Run) -> Watched:
        source = Registered(Source("feed", Text("源"), run), "feeder")
        told: Queue[SourceState] = Queue()
        runner = Runner(source, context(small), small.intake, Guard(), told.put)
        running.append(Watched(runner, told))
        runner.start()
        return running[-1]

    yield begin
    for watched in running:
        watched.runner.stop()
        assert watched.runner.join(SECONDS)


def test_a_source_that_raises_waits_then_has_failed_and_heals_by_itself(
    small: StoredCity, start: Callable[[Run], Watched]
) -> None:
    tries: list[int] = []

    def run(_: Any) -> Iterator[Sequence[Delivery]]:
        tries.append(1)
        if len(tries) <= 6:
            raise ConnectionError("no route to the sensor")
        yield [report(small, "one")]

    told = [s for s in start(run).until("ended") if s.state != "running" or s.last is not None]
    assert [s.state for s in told] == ["waiting"] * 4 + ["failed"] * 2 + ["running", "ended"]
    assert {s.reason for s in told[:6]} == {"ConnectionError: no route to the sensor"}
    assert told[-2].last is not None and told[-2].reason == "" and len(tries) == 7


def test_a_failure_after_a_delivery_counts_from_one_again(
    small: StoredCity, start: Callable[[Run], Watched]
) -> None:
    turns: list[int] = []

    def run(_: Any) -> Iterator[Sequence[Delivery]]:
        turns.append(1)
        yield [report(small, f"n{len(turns)}")]
        if len(turns) < 8:
            raise ValueError("cut off")

    told = start(run).until("ended")
    assert {s.state for s in told} == {"running", "waiting", "ended"}
    assert names(small) == [f"n{n}" for n in range(1, 9)]


def test_pauses_grow_and_have_an_end(
    small: StoredCity, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Impatient(Event):
        """Does not wait but keeps what it was asked; says stop after ten times."""

        def wait(self, timeout: float | None = None) -> bool:
            pauses.append(timeout)
            if len(pauses) == 10:
                self.set()
            return self.is_set()

    pauses: list[float | None] = []

    def run(_: Any) -> Iterator[Sequence[Delivery]]:
        raise ValueError

    stopping = Impatient()
    source = Registered(Source("feed", Text("源"), run), "feeder")
    runner = Runner(
        source, context(small, stopping=stopping), small.intake, Guard(), lambda _: None
    )
    runner.start()
    assert runner.join(SECONDS)
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60, 60]


NONSENSE: list[tuple[Any, str]] = [
    (7, "yielded int"),
    ("report", "yielded str"),
    ([{"title": "x"}], "item 0 of a list: is dict"),
    ([None], "item 0 of a list: is NoneType"),
    ([Filing({}, 7)], "a Filing of dict"),  # type: ignore[arg-type]
    ([Update("feed", "x", "fly", MONDAY)], "command = 'fly' is no Command"),  # type: ignore[arg-type]
    ([Update("feed", "x", Command.FILE, 10**20)], "at = 100000000000000000000 is no instant"),
    ([Update("feed", "x", Command.FILE, None)], "at = None is no instant"),  # type: ignore[arg-type]
    ([Update("feed", "x", Command.FILE, 1, due=-1)], "due = -1 is no instant"),
    ([Update("feed", "x", Command.FILE, 1, note="\x00")], "note cannot be kept"),
    ([Update("feed", "\ud800", Command.FILE, 1)], "external_id cannot be kept"),
    ([Update("feed", "x", Command.FILE, 1, unit="u" * 65)], "unit cannot be kept"),
    ([Update("other", "x", Command.FILE, 1)], "names the source 'other', this is feed"),
]


def test_a_source_that_yields_nonsense_fails_by_name_and_hands_nothing_in(
    small: StoredCity, start: Callable[[Run], Watched]
) -> None:
    for nonsense, reason in NONSENSE:
        good_first = isinstance(nonsense, list)
        batch = [*nonsense, report(small, "beside")] if good_first else nonsense

        def run(_: Any, batch: Any = batch) -> Iterator[Any]:
            yield batch

        watched = start(run)
        told = watched.until("failed")
        watched.runner.stop()
        assert reason in told[-1].reason, nonsense
    assert names(small) == []


def test_a_store_that_is_away_does_not_end_a_source(
    small: StoredCity, start: Callable[[Run], Watched], monkeypatch: pytest.MonkeyPatch
) -> None:
    accept, broken = small.intake.accept, [OSError("away"), OSError("away")]

    def flaky(*given: Any) -> Any:
        if broken:
            raise broken.pop()
        return accept(*given)

    monkeypatch.setattr(small.intake, "accept", flaky)

    def run(_: Any) -> Iterator[Sequence[Delivery]]:
        yield [report(small, "one")]

    told = start(run).until("ended")
    assert [s.reason for s in told if s.state == "waiting"] == ["OSError: away"] * 2
    assert names(small) == ["one"]


def test_a_hanging_source_can_be_left_behind_at_the_stop(
    small: StoredCity, start: Callable[[Run], Watched]
) -> None:
    hanging, release = Event(), Event()

    def run(_: Any) -> Iterator[Sequence[Delivery]]:
        hanging.set()
        release.wait(SECONDS)
        yield []

    runner = start(run).runner
    assert hanging.wait(SECONDS)
    runner.stop()
    assert not runner.join(0.01)
    assert runner._thread.daemon
    release.set()


def test_a_waiting_source_ends_as_soon_as_it_is_told(
    small: StoredCity, start: Callable[[Run], Watched]
) -> None:
    waiting = Event()

    def run(given: Any) -> Iterator[Sequence[Delivery]]:
        waiting.set()
        while given.wait(given.now() + 100 * DAY):
            yield []

    watched = start(run)
    assert waiting.wait(SECONDS)
    watched.runner.stop()
    assert watched.runner.join(SECONDS)
    assert watched.until("ended")


def test_deliveries_are_handed_in_in_their_order(
    small: StoredCity, start: Callable[[Run], Watched]
) -> None:
    def run(_: Any) -> Iterator[Sequence[Delivery]]:
        yield [
            Filing(report(small, "a"), MONDAY),
            Update("feed", "a", Command.FILE, MONDAY),
            Filing(report(small, "b"), MONDAY),
            Update("feed", "b", Command.FILE, MONDAY),
            Update("feed", "a", Command.DISPATCH, MONDAY),
        ]
        yield [Update("feed", "a", Command.TAKE_UP, MONDAY)]

    start(run).until("ended")
    assert log_of(small) == [
        ("a", "report"), ("a", "file"), ("b", "report"), ("b", "file"), ("a", "dispatch"),
        ("a", "take_up"),
    ]  # fmt: skip


def test_more_than_a_thousand_updates_at_once_are_all_carried_out(
    small: StoredCity, start: Callable[[Run], Watched]
) -> None:
    def run(_: Any) -> Iterator[Sequence[Delivery]]:
        yield [Filing(report(small, f"n{n}"), MONDAY) for n in range(1100)]
        yield [Update("feed", f"n{n}", Command.FILE, MONDAY) for n in range(1100)]

    start(run).until("ended")
    with small.store.read() as connection:
        states = [state for (state,) in connection.execute(select(cases.c.state))]
    assert states == ["filed"] * 1100


def test_refused_and_unknown_updates_are_logged(
    small: StoredCity, start: Callable[[Run], Watched], caplog: pytest.LogCaptureFixture
) -> None:
    def run(_: Any) -> Iterator[Sequence[Delivery]]:
        yield [Filing(report(small, "a"), MONDAY)]
        yield [
            Update("feed", "a", Command.CLOSE, MONDAY),
            Update("feed", "nobody", Command.CLOSE, MONDAY),
            Update("feed", "a", Command.FILE, MONDAY),
        ]

    with caplog.at_level(logging.WARNING):
        start(run).until("ended")
    assert "1 of 3 updates refused" in caplog.text and "cannot close" in caplog.text
    assert "1 of 3 updates are of cases that are not known" in caplog.text
    assert log_of(small)[-1] == ("a", "file")


def test_a_source_finds_its_own_open_cases_and_its_last_instant(small: StoredCity) -> None:
    feed = context(small)
    assert feed.last_at() is None
    small.intake.accept(feed.viewer, [
        Filing(report(small, "open"), MONDAY - HOUR), Filing(report(small, "shut"), MONDAY),
        Filing(report(small, "other", source="other"), MONDAY),
    ])  # fmt: skip
    small.intake.advance(feed.viewer, [Update("feed", "shut", Command.REJECT, MONDAY + 7)])
    leaf = small.tree.cells[-1].code
    assert list(feed.open_cases()) == [("open", "reported", "E0101", leaf, MONDAY - HOUR)]
    assert feed.last_at() == MONDAY + 7


def names(city: StoredCity) -> list[str]:
    with city.store.read() as connection:
        return list(connection.execute(select(cases.c.external_id).order_by(cases.c.id)).scalars())


def log_of(city: StoredCity) -> list[tuple[str, str]]:
    query = select(cases.c.external_id, moves.c.command).join(cases, cases.c.id == moves.c.case_id)
    with city.store.read() as connection:
        rows = connection.execute(query.order_by(moves.c.seq))
        return [(name, command) for name, command in rows]


UNTOLD = frozenset({Command.PART_TAKE_UP, Command.PART_DONE, Command.DISTINCT})
"""What depends on more than the state: on whose part it is, and on what the desk was asked."""
PAUSES = st.sampled_from([0, MINUTE, 14 * MINUTE, 16 * MINUTE, 5 * HOUR, DAY])


@st.composite
def lives(draw: st.DrawFn) -> list[Life]:
    """Draw past cases that end anywhere in the loop."""
    return [draw(life(f"life-{number}")) for number in range(draw(st.integers(1, 4)))]


@st.composite
def life(draw: st.DrawFn, name: str) -> Life:
    at = MONDAY - 20 * DAY + draw(st.integers(0, DAY))
    state, updates, when = State.REPORTED, [], at
    for _ in range(draw(st.integers(0, 9))):
        legal = [command for command in legal_commands(state) if command not in UNTOLD]
        if not legal:
            break
        command = draw(st.sampled_from(legal))
        state = next_state(state, command)
        when += draw(PAUSES)
        due = draw(st.sampled_from([None, when + HOUR])) if command is Command.DISPATCH else None
        unit = draw(st.sampled_from([None, "990102-cg"])) if command is Command.DISPATCH else None
        units = ("990102-cg", "990103-cg") if command is Command.ENGAGE else ()
        rating = draw(st.integers(1, 5)) if command is Command.RATE else None
        updates.append(
            Update("feed", name, command, when, unit, due, "记", units=units, rating=rating)
        )
    cell = draw(st.sampled_from([-1, 0, 5, 60]))
    return Life(
        name, draw(st.sampled_from(["app", "patrol"])), draw(st.sampled_from(["E0101", "P0202"])),
        "路边有垃圾", CODES[cell], at, 113.6, 34.6, "说明", updates,
    )  # fmt: skip


def picture(city: StoredCity) -> tuple[list[Any], ...]:
    """Return all that the store says of cases, moves and parts, ids and numbers left out."""
    case_columns = [c for c in cases.c if c.name not in ("id", "attachments")]
    move_columns = [c for c in moves.c if c.name not in ("seq", "case_id")]
    with city.store.read() as connection:
        found = connection.execute(select(*case_columns).order_by(cases.c.external_id)).all()
        joined = select(cases.c.external_id, *move_columns).join(
            cases, cases.c.id == moves.c.case_id
        )
        log = connection.execute(joined.order_by(cases.c.external_id, moves.c.seq)).all()
        shares = select(cases.c.external_id, *(c for c in parts.c if c.name != "case_id")).join(
            cases, cases.c.id == parts.c.case_id
        )
        units = connection.execute(shares.order_by(cases.c.external_id, parts.c.unit)).all()
    return tuple([tuple(row) for row in rows] for rows in (found, log, units))


def forget(city: StoredCity) -> None:
    with city.store.write() as connection:
        for table in (parts, cases, moves, dead_letters):
            connection.execute(delete(table))


def live_through(city: StoredCity, past: Sequence[Life]) -> list[Life]:
    """Hand the same lives in as a source does that tells them one move at a time.

    Returns them without what was refused for more than the state: a level above, a second reopening
    or rating, parts that are not done.
    """
    viewer, lived = speaker(city), []
    places = Likeness(Thresholds(), city.tree, city.matters, city.desk.lowest_at(len(CODES) - 1))
    rules = replace(city.intake.rules, likeness=places)
    intake = Intake(city.store, rules, city.clock)
    for one in past:
        handed = report(
            city, one.external_id, channel=one.channel, matter=one.matter, title=one.title,
            description=one.description, lng=one.lng, lat=one.lat, cell=one.cell,
            occurred_at=one.at / 1000,
        )  # fmt: skip
        intake.accept(viewer, [Filing(handed, one.at)])
        done = []
        for update in one.updates:
            (outcome,) = intake.advance(viewer, [update])
            assert outcome.refusal is None or isinstance(outcome.refusal, IllegalMove)
            done += [update] if outcome.refusal is None else []
        lived.append(one._replace(updates=done))
    return lived


@pytest.mark.parametrize("base", ["small", "on_postgres"])
def test_a_life_written_as_history_is_the_life_that_was_moved_step_by_step(
    base: str, request: pytest.FixtureRequest
) -> None:
    city: StoredCity = request.getfixturevalue(base)
    past = history.Past(city.tree, city.desk, city.matters, "feed")

    @settings(max_examples=25 if base == "small" else 5, deadline=None,
              suppress_health_check=[HealthCheck.too_slow])  # fmt: skip
    @given(lives())
    def check(told: list[Life]) -> None:
        forget(city)
        lived = live_through(city, told)
        live = picture(city)
        forget(city)
        with city.store.write() as connection:
            written = history.write(connection, past, lived)
        assert picture(city) == live
        assert written == len(live[1])

    check()


def test_a_backfill_counts_what_it_wrote_and_keeps_what_it_could_not_place(
    stored: StoredCity,
) -> None:
    def past(_: Any, wanted: History) -> Iterator[Sequence[Life | Filing]]:
        for start in range(0, wanted.cases, 10):
            told: list[Life | Filing] = [
                Life(f"n{n}", "app", "E0101", "垃圾", CODES[-1], MONDAY - DAY + n)
                for n in range(start, start + 10)
            ]
            nowhere = report(stored, f"x{start}", cell=None, lng=0.0, lat=0.0)
            yield [*told, Filing(nowhere, MONDAY - DAY)]

    source = Source("feed", Text("源"), lambda _: iter(()), history=past)
    backfill = Backfill(source, context(stored), stored.intake, stored.desk)
    shown: list[tuple[str, int, int]] = []
    done = backfill.run(History(30, 1, MONDAY), lambda *step: shown.append(step))
    assert done == (30, 3) and shown[-1][1] == shown[-1][2] == 33
    (answer,) = stored.accept(stored.report("after"))
    assert answer.id == 31
    with stored.store.read() as connection:
        rows = connection.execute(select(dead_letters.c.code)).scalars().all()
    assert rows == ["outside"] * 3


def test_a_life_that_breaks_the_table_is_refused_and_nothing_of_it_is_written(
    stored: StoredCity,
) -> None:
    broken = Life("x", "app", "E0101", "垃圾", CODES[-1], MONDAY, updates=[
        Update("feed", "x", Command.CLOSE, MONDAY)
    ])  # fmt: skip
    past = history.Past(stored.tree, stored.desk, stored.matters, "feed")
    with pytest.raises(IllegalMove), stored.store.write() as connection:
        history.write(connection, past, [broken])
    assert names(stored) == []


def test_history_and_intake_can_write_at_the_same_time(on_postgres: StoredCity) -> None:
    """A report whose transaction is still open must not be given the id of a past case."""
    city, reported, go_on = on_postgres, Event(), Event()

    def report_slowly() -> None:
        given = filing.NewCase(report(city, "slow"), 0, None, MONDAY, False)
        opening = filing._Opening.at(city.desk, MONDAY)
        steps = filing._first_moves(city.desk, opening, given, NOTHING)
        life = filing._Life(given, steps, None, NOTHING, None)
        with city.store.write() as connection:
            filing._insert_rows(connection, [filing._row(life)])
            reported.set()
            go_on.wait(0.3)

    thread = Thread(target=report_slowly)
    thread.start()
    assert reported.wait(SECONDS)
    past = history.Past(city.tree, city.desk, city.matters, "feed")
    lives_ = [Life(f"n{n}", "app", "E0101", "垃圾", CODES[-1], MONDAY) for n in range(3)]
    with city.store.write() as connection:
        history.write(connection, past, lives_)
    go_on.set()
    thread.join(SECONDS)
    assert names(city) == ["slow", "n0", "n1", "n2"]


def test_commands_and_history_judge_alike(small: StoredCity) -> None:
    """Guards the property above against becoming empty: a late move is late in both."""
    late = Life("late", "app", "E0101", "垃圾", CODES[-1], MONDAY, updates=[
        Update("feed", "late", Command.FILE, MONDAY + HOUR)
    ])  # fmt: skip
    assert live_through(small, [late]) == [late]
    with small.store.read() as connection:
        judged = connection.execute(select(moves.c.on_time).order_by(moves.c.seq)).scalars().all()
    assert judged == [None, False]
