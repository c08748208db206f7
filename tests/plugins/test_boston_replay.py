"""The replay of Boston's requests: nothing is lost, repeated or out of order."""

from collections.abc import Iterator, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import SimpleNamespace
from typing import Any

import pytest

from commandcenter.api import (
    DAY,
    Command,
    Delivery,
    Filing,
    History,
    Life,
    Millis,
    PluginError,
    State,
    Update,
    millis,
)  # fmt: skip
from commandcenter.domain.cases import OPEN, next_state
from plugins.boston import replay
from plugins.boston.calendar import ZONE
from plugins.boston.deliveries import Placed
from plugins.boston.records import TOTAL

START = millis(datetime(2011, 10, 1, tzinfo=ZONE))
WHOLE = History(1_000_000, 90, START)


@pytest.fixture(scope="module", autouse=True)
def placed() -> Iterator[list[Placed]]:
    """All requests, read once."""
    found = replay.placed_requests()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(replay, "placed_requests", lambda: found)
        yield found


@dataclass
class Ledger:
    """Takes deliveries as intake does, and is the context of the source that makes them.

    A filing without a place is refused, one that came before is a duplicate; a move that the
    table does not hold raises, unless `forgiving`.
    """

    end: Millis
    time: Millis = START
    states: dict[str, State] = field(default_factory=dict)
    since: dict[str, Millis] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    moves: list[tuple[Millis, str, Command]] = field(default_factory=list)
    illegal: int = 0
    forgiving: bool = False
    options: dict[str, Any] = field(default_factory=dict)

    clock = SimpleNamespace(city_origin=START, speed=600.0)

    def now(self) -> Millis:
        return self.time

    def wait(self, until: Millis) -> bool:
        self.time = max(self.time, until)
        return self.time < self.end

    def open_cases(self) -> Iterator[tuple[str, str, str, str, Millis]]:
        for key, state in self.states.items():
            if state in OPEN:
                yield key, state, "", "", self.since[key]

    def last_at(self) -> Millis | None:
        return max((at for at, *_ in self.moves), default=None)

    def take(self, batch: Sequence[Delivery | Life]) -> None:
        for item in batch:
            if isinstance(item, Filing):
                self.file(item)
            elif isinstance(item, Life):
                self.report(item.external_id, item.at)
                for update in item.updates:
                    self.move(update)
            else:
                assert isinstance(item, Update)
                self.move(item)

    def file(self, filing: Filing) -> None:
        report = filing.report
        if report.cell is None and report.lng is None:
            self.refused.add(report.external_id)
        elif report.external_id not in self.states:
            self.report(report.external_id, filing.at)

    def report(self, key: str, at: Millis) -> None:
        self.states[key], self.since[key] = State.REPORTED, at
        self.moves.append((at, key, Command.REPORT))

    def move(self, update: Update) -> None:
        key = update.external_id
        try:
            self.states[key] = next_state(self.states[key], update.command)
        except Exception:
            if not self.forgiving:
                raise
            self.illegal += 1
            return
        self.since[key] = update.at
        self.moves.append((update.at, key, update.command))


def _ran(ledger: Ledger) -> Ledger:
    for batch in replay.run(ledger):  # type: ignore[arg-type]
        ledger.take(batch)
    return ledger


@pytest.fixture(scope="module")
def told() -> Ledger:
    """A ledger that knows the whole history; tests go on with copies."""
    ledger = Ledger(end=START)
    for batch in replay.history(ledger, WHOLE):  # type: ignore[arg-type]
        ledger.take(batch)
    return ledger


@pytest.fixture(scope="module")
def unbroken(told: Ledger) -> Ledger:
    """A ledger of thirty days without a restart."""
    return _ran(_on(told, START + 30 * DAY))


def _on(told: Ledger, end: Millis) -> Ledger:
    """A copy of a ledger that goes on up to another end."""
    kept = {name: copy(getattr(told, name)) for name in ("states", "since", "refused", "moves")}
    return replace(told, end=end, **kept)


def test_history_and_replay_account_for_all_requests(placed: list[Placed], told: Ledger) -> None:
    ledger = _ran(_on(told, START + 3650 * DAY))
    assert len(ledger.states) + len(ledger.refused) == TOTAL
    assert len(ledger.refused) == 2_933
    really = {p.request.id: p.request.closed for p in placed if p.place}
    closed = {key: at for at, key, command in ledger.moves if command is Command.CLOSE}
    assert closed == {key: at for key, at in really.items() if at is not None}
    assert {k for k, s in ledger.states.items() if s is State.HANDLING} == {
        key for key, at in really.items() if at is None
    }


def test_history_ends_where_the_replay_starts(placed: list[Placed], told: Ledger) -> None:
    assert max(at for at, *_ in told.moves) <= START
    past = [p for p in placed if p.request.opened < START]
    assert len(told.states) + len(told.refused) == len(past)


def test_history_gives_the_newest_when_asked_for_fewer() -> None:
    batches = replay.history(Ledger(end=START), History(50, 90, START))  # type: ignore[arg-type]
    given = [item for batch in batches for item in batch]
    assert len(given) == 50
    times = [item.at for item in given]
    assert times == sorted(times) and times[0] > START - 2 * DAY


def test_deliveries_come_in_the_order_of_time(placed: list[Placed]) -> None:
    times = [event[0] for event in replay.events(placed, {}, 0)]
    assert times == sorted(times)


def test_moves_carry_unit_deadline_and_note(placed: list[Placed]) -> None:
    with_target = next(p for p in placed if p.place and p.request.due and p.request.closed)
    events = replay.events([with_target], {}, 0)
    updates = [item for event in events for item in event[2] if isinstance(item, Update)]
    sent = next(u for u in updates if u.command is Command.DISPATCH)
    assert (sent.unit, sent.due) == ("pwdx-street-light-outages", with_target.request.due)
    assert [u.command for u in updates[-3:]] == ["handle", "verify", "close"]
    assert {u.at for u in updates[-3:]} == {with_target.request.closed}
    assert all("同一时刻" in u.note for u in updates[-3:])


@pytest.mark.parametrize("days", [0.01, 1.0, 17.3])
def test_a_restart_neither_repeats_nor_loses(told: Ledger, unbroken: Ledger, days: float) -> None:
    broken = _ran(_on(told, START + round(days * DAY)))
    broken.end, broken.forgiving = unbroken.end, True
    _ran(broken)
    assert broken.states == unbroken.states
    assert broken.refused == unbroken.refused
    assert sorted(broken.moves) == sorted(unbroken.moves)


def test_a_crash_between_filings_and_updates_is_made_good(told: Ledger) -> None:
    end = START + 3 * DAY
    through, broken = _ran(_on(told, end)), _on(told, START + DAY)
    batches = [b for b in replay.run(broken) if b]  # type: ignore[arg-type]
    for batch in batches[:-1]:
        broken.take(batch)
    broken.take([item for item in batches[-1] if isinstance(item, Filing)])
    broken.end, broken.forgiving = end, True
    assert _ran(broken).states == through.states


def test_the_clock_runs_from_the_start_at_the_speed() -> None:
    clock = replay.clock({}, 1_000_000)
    assert (clock.now(1_000_000), clock.now(1_001_000)) == (START, START + 600_000)
    other = replay.clock({"start": "2011-07-04", "speed": "60"}, 0)
    assert other.city_origin == millis(datetime(2011, 7, 4, tzinfo=ZONE)) and other.speed == 60


@pytest.mark.parametrize("options", [{"speed": "fast"}, {"speed": "-1"}, {"start": "October"}])
def test_a_clock_that_cannot_be_is_refused(options: dict[str, str]) -> None:
    with pytest.raises(PluginError, match=r"boston\.replay"):
        replay.clock(options, 0)


def test_a_replay_that_ended_says_so(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    ledger = Ledger(end=START + 3650 * DAY, time=START + 3640 * DAY)
    for _ in replay.run(ledger):  # type: ignore[arg-type]
        pass
    assert "the data ends here" in caplog.text
