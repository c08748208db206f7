"""The simulated source as the host runs it: history, live, storms and restarts."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
import shapely

from commandcenter.api import (
    DAY,
    HOUR,
    MINUTE,
    SECOND,
    CallUpdate,
    CellUpdate,
    CityClock,
    Command,
    Delivery,
    Directive,
    Evidence,
    Filing,
    History,
    Life,
    Millis,
    PluginError,
    Report,
    State,
    Update,
    Whistle,
)  # fmt: skip
from commandcenter.domain.cases import LEGAL, OPEN
from commandcenter.testing import small_data, small_registry, small_tree
from plugins.simulated import source
from plugins.simulated.twins import SUFFIX

NOON: Millis = 1_764_561_600_000  # 2025-12-01, a Monday
REGISTRY, DATA = small_registry(), small_data()
MATTERS = {key: found.item for key, found in REGISTRY.matters.items()}
CHANNELS = {key: found.item for key, found in REGISTRY.channels.items()}


@dataclass
class Town:
    """The small city as the context of the source; takes its deliveries as intake does."""

    end: Millis
    time: Millis = NOON
    options: Mapping[str, Any] = field(default_factory=dict)
    states: dict[str, State] = field(default_factory=dict)
    matters_of: dict[str, str] = field(default_factory=dict)
    since: dict[str, Millis] = field(default_factory=dict)
    moves: list[tuple[Millis, str, Command]] = field(default_factory=list)
    reports: list[Report] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    told: list[Whistle | CallUpdate | Directive | CellUpdate] = field(default_factory=list)
    handled: list[Update] = field(default_factory=list)

    tree = small_tree()
    calendar = REGISTRY.city.calendar
    clock = CityClock()
    matters = MATTERS
    channels = CHANNELS
    units = DATA.units

    def now(self) -> Millis:
        return self.time

    def wait(self, until: Millis) -> bool:
        self.time = max(self.time, until)
        return self.time < self.end

    def outline(self, code: str) -> bytes | None:
        return DATA.outlines.get(code)

    def outlines(self) -> Mapping[str, bytes]:
        return DATA.outlines

    def open_cases(self) -> Iterator[tuple[str, str, str, str, Millis]]:
        for key, state in self.states.items():
            if state in OPEN:
                yield key, state.value, self.matters_of[key], "", self.since[key]

    def last_at(self) -> Millis | None:
        return max((at for at, *_ in self.moves), default=None)

    def last_word_at(self) -> Millis | None:
        return max((told.at for told in self.told), default=None)

    def take(self, batch: Sequence[Delivery | Life]) -> None:
        self.sizes.append(len(batch))
        for item in batch:
            if isinstance(item, Filing):
                self.reports.append(item.report)
                self.file(item.report.external_id, item.report.matter or "", item.at)
            elif isinstance(item, Life):
                self.file(item.external_id, item.matter, item.at)
                for update in item.updates:
                    self.move(update)
            elif isinstance(item, (Whistle, CallUpdate, Directive, CellUpdate)):
                self.told.append(item)
            elif isinstance(item, Report):
                self.reports.append(item)
                self.file(item.external_id, item.matter or "", self.time)
                self.move(Update(item.source, item.external_id, Command.FILE, self.time))
            else:
                assert isinstance(item, Update)
                self.move(item)

    def file(self, key: str, matter: str, at: Millis) -> None:
        if key not in self.states:
            self.states[key], self.since[key] = State.REPORTED, at
            self.matters_of[key] = matter
            self.moves.append((at, key, Command.REPORT))

    def move(self, update: Update) -> None:
        key = update.external_id
        before, after = self.states[key], LEGAL[self.states[key], update.command]
        self.states[key] = before if after is None else after
        if after is not None:
            self.since[key] = update.at
        self.moves.append((update.at, key, update.command))
        if update.command is Command.HANDLE:
            self.handled.append(update)


def _run(town: Town) -> Town:
    for batch in source.run(town):  # type: ignore[arg-type]
        town.take(batch)
    return town


def _past(town: Town, cases: int, days: int) -> list[Life]:
    asked = History(cases, days, NOON)
    return [life for batch in source.history(town, asked) for life in batch]  # type: ignore[arg-type]


def test_history_gives_as_many_as_asked_oldest_first_and_nothing_of_the_future() -> None:
    lives = _past(Town(NOON), 5_000, 20)
    times = [life.at for life in lives]
    assert len(lives) == len({life.external_id for life in lives}) == 5_000
    assert times == sorted(times)
    assert times[0] >= NOON - 20 * DAY and times[-1] < NOON
    assert all(update.at <= NOON for life in lives for update in life.updates)


def test_history_is_legal_and_most_of_it_closed() -> None:
    town = Town(NOON)
    town.take(_past(town, 20_000, 60))
    states = Counter(town.states.values())
    assert states[State.CLOSED] > 18_000
    assert 0 < sum(states[state] for state in OPEN) < 900


def test_points_lie_in_the_micro_grid_they_are_drawn_for() -> None:
    for life in _past(Town(NOON), 500, 5):
        outline = shapely.from_wkb(DATA.outlines[life.cell])
        assert outline.covers(shapely.Point(life.lng, life.lat))


def test_the_same_seed_gives_the_same_history_and_another_seed_another() -> None:
    first = _past(Town(NOON), 300, 5)
    assert first == _past(Town(NOON), 300, 5)
    assert first != _past(Town(NOON, options={"seed": "2"}), 300, 5)


def test_a_live_day_is_legal_and_follows_the_rate() -> None:
    town = _run(Town(NOON + DAY, options={"rate": 2_000}))
    assert len(town.reports) == pytest.approx(2_200, rel=0.12)
    assert {command for _, _, command in town.moves} >= {
        Command.FILE, Command.DISPATCH, Command.TAKE_UP, Command.HANDLE, Command.VERIFY,
        Command.CLOSE, Command.REJECT, Command.REWORK,
    }  # fmt: skip
    assert all(NOON <= at <= NOON + DAY for at, *_ in town.moves)
    asked = {code: matter.evidence for code, matter in MATTERS.items()}
    shown = [asked.get(town.matters_of[update.external_id]) for update in town.handled]
    assert Evidence.PHOTO in shown and all(update.note for update in town.handled)
    for update, evidence in zip(town.handled, shown, strict=True):
        if evidence is not None:
            photos = [each.is_photo for each in update.evidence]
            assert photos == [True] * (evidence is Evidence.PHOTO)


def test_what_history_leaves_open_goes_on_live() -> None:
    town = Town(NOON + 20 * DAY, options={"rate": 0})
    town.take(_past(town, 3_000, 10))
    left = sum(state in OPEN for state in town.states.values())
    assert left > 50
    _run(town)
    slow = {key for key, matter in town.matters_of.items() if matter == "E0201"}
    assert {key for key, state in town.states.items() if state in OPEN} <= slow


def test_a_restart_neither_repeats_nor_loses() -> None:
    through = _run(Town(NOON + 6 * HOUR))
    broken = _run(Town(NOON + 2 * HOUR))
    broken.end = NOON + 6 * HOUR
    _run(broken)
    assert broken.states == through.states
    assert _until_closed(broken) == _until_closed(through)
    assert max(Counter(broken.moves).values()) == 1


def _until_closed(town: Town) -> list[tuple[Millis, str, Command]]:
    """Return what happened to cases until they were closed: what has ended is not resumed.

    Without second reports, which nothing merges here: those are off their plan, and go on from when
    they are looked at.
    """
    planned = [move for move in town.moves if not move[1].endswith(SUFFIX)]
    return sorted(move for move in planned if move[2] is not Command.RATE)


def test_after_a_long_stop_only_the_last_hour_is_made_up_for() -> None:
    town = _run(Town(NOON + HOUR))
    before = len(town.reports)
    town.time, town.end = NOON + 10 * DAY, NOON + 10 * DAY + SECOND
    _run(town)
    assert 0 < len(town.reports) - before < 1_500
    assert min(r.occurred_at.timestamp() for r in town.reports[before:]) * 1000 > NOON + 9 * DAY


def test_a_storm_comes_in_lists() -> None:
    town = _run(Town(NOON + 10 * SECOND, options={"per_second": 1000}))
    assert len(town.reports) == pytest.approx(10_000, rel=0.05)
    assert 10 < sum(town.sizes) / sum(size > 0 for size in town.sizes) <= 500


def test_filings_come_before_updates_in_a_list() -> None:
    town, mixed = Town(NOON + 10 * MINUTE, options={"per_second": 5}), 0
    for batch in source.run(town):  # type: ignore[arg-type]
        town.take(batch)
        kinds = [isinstance(item, Update) for item in batch]
        assert kinds == sorted(kinds)
        mixed += 0 < sum(kinds) < len(kinds)
    assert mixed > 20


def test_reporters_are_made_up_and_cannot_be_called() -> None:
    town = _run(Town(NOON + HOUR, options={"rate": 50_000}))
    people = [report.reporter for report in town.reports if report.reporter]
    assert 0 < len(people) < len(town.reports)
    for person in people:
        assert person.phone and person.phone.startswith("100") and len(person.phone) == 11
        assert person.name and 2 <= len(person.name) <= 3


@pytest.mark.parametrize("options", [{"rate": "many"}, {"per_second": 5000}, {"seed": -1}])
def test_options_that_cannot_be_used_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(PluginError, match=r"simulated\.city"):
        _run(Town(NOON + SECOND, options=options))


def test_the_source_says_that_it_is_simulated() -> None:
    assert source.SOURCE.simulated
