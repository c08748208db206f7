"""Saved counts: what cannot be trusted is counted anew, and nothing pending is lost."""

import pytest
from sqlalchemy import delete

from commandcenter.domain.clocks import DAY, HOUR
from commandcenter.host.reports import Filing, Report
from commandcenter.live import checkpoint
from commandcenter.live.rollup import Rollup
from commandcenter.live.verify import verify
from commandcenter.store.away import StoreAway
from commandcenter.store.tables import cases, moves
from commandcenter.testing.stored import MONDAY, StoredCity


def restarted(city: StoredCity) -> tuple[bool, Rollup]:
    rollup = Rollup(city.frame(), city.store)
    return checkpoint.start(rollup, city.clock.now), rollup


def follow(city: StoredCity, rollup: Rollup) -> None:
    with city.store.read() as connection:
        rollup.catch_up(connection)
    rollup.advance(city.clock.now)


def report_at(city: StoredCity, name: str, at: int) -> None:
    city.accept(Filing(Report.model_validate(city.report(name)), at))


def same_flows(one: Rollup, other: Rollup) -> bool:
    names = [name + suffix for name in one.flows.names for suffix in ("", ".30d")]
    return all((one.of(name) == other.of(name)).all() for name in names)


def test_without_a_checkpoint_everything_is_counted(small: StoredCity) -> None:
    small.accept(small.report("one"))
    used, rollup = restarted(small)
    assert not used and rollup.counts_of(0)["total"] == 1


def test_a_checkpoint_ahead_of_the_log_is_not_believed(stored: StoredCity) -> None:
    stored.accept(stored.report("one"), stored.report("two"))
    checkpoint.save(stored.rollup())
    with stored.store.write() as connection:
        connection.execute(delete(moves))
        connection.execute(delete(cases))
    used, rollup = restarted(stored)
    assert not used and rollup.counts_of(0)["total"] == 0


def test_a_checkpoint_of_other_channels_is_not_believed(small: StoredCity) -> None:
    small.accept(small.report("one"))
    checkpoint.save(small.rollup())
    small.channels["new"] = small.channels["app"]
    used, rollup = restarted(small)
    assert not used and rollup.counts_of(0)["channel.app"] == 1


def test_a_report_of_an_earlier_day_is_found_after_a_restart(small: StoredCity) -> None:
    small.accept(small.report("today"))
    rollup = small.rollup()
    checkpoint.save(rollup)
    report_at(small, "late", MONDAY - 3 * DAY)
    follow(small, rollup)
    checkpoint.save(rollup)
    small.clock.now += 27 * DAY
    used, again = restarted(small)
    assert used and again.counts_of(0)["reported.30d"] == 1
    assert same_flows(again, small.rollup())


def test_what_was_pending_when_a_save_failed_is_in_the_next_one(
    small: StoredCity, monkeypatch: pytest.MonkeyPatch
) -> None:
    rollup = small.rollup()
    checkpoint.save(rollup)
    report_at(small, "late", MONDAY - 3 * DAY)
    follow(small, rollup)

    def fail(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(checkpoint, "save_tally", fail)
    with pytest.raises(OSError, match="disk full"):
        checkpoint.save(rollup)
    monkeypatch.undo()
    checkpoint.save(rollup)
    _, again = restarted(small)
    small.clock.now += 28 * DAY
    again.advance(small.clock.now)
    assert same_flows(again, small.rollup())


def test_a_day_that_ends_while_a_save_is_on_its_way_is_counted_right(
    small: StoredCity, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The oldest day leaves the window just after its late report was handed to the save."""
    rollup = small.rollup()
    report_at(small, "late", MONDAY - 29 * DAY)
    follow(small, rollup)
    assert rollup.counts_of(0)["reported.30d"] == 1
    small.clock.now += DAY

    def midnight(*_: object) -> None:
        rollup.advance(small.clock.now)

    monkeypatch.setattr(checkpoint, "save_checkpoint", midnight)
    checkpoint.save(rollup)
    assert rollup.counts_of(0)["reported.30d"] == 0


def test_a_report_from_just_after_midnight_counts_once_though_it_comes_before(
    small: StoredCity,
) -> None:
    rollup = small.rollup()
    midnight = MONDAY + 14 * HOUR
    report_at(small, "early", midnight + 5)
    follow(small, rollup)
    assert rollup.counts_of(0)["reported"] == 0
    for later in (midnight + HOUR, midnight + DAY + HOUR):
        small.clock.now = later
        rollup.advance(later)
        assert rollup.counts_of(0)["reported.30d"] == 1
    checkpoint.save(rollup)
    _, again = restarted(small)
    assert same_flows(again, small.rollup()) and again.counts_of(0)["reported.30d"] == 1
    small.clock.now += 30 * DAY
    again.advance(small.clock.now)
    assert again.counts_of(0)["reported.30d"] == 0, "it left the window as often as it came"


def test_a_day_of_which_nothing_was_counted_belongs_to_the_usual_after_a_restart(
    small: StoredCity,
) -> None:
    small.accept(small.report("before"))
    checkpoint.save(small.rollup())
    small.clock.now += DAY
    small.accept(small.report("while nobody counted"))
    small.clock.now += 7 * DAY
    used, again = restarted(small)
    usual = again.flows.usual[again.flows.day]
    assert used and usual is not None and usual[:, 0].sum() == 1


def warm(city: StoredCity) -> Rollup:
    """The counts of a second worker, which stands by."""
    used, rollup = restarted(city)
    assert used
    return rollup


def same_as_recounted(city: StoredCity) -> bool:
    proof = verify(city.frame(), city.store, city.clock.now)
    return proof.differences == ()


def test_what_came_late_counts_once_for_whoever_takes_over(stored: StoredCity) -> None:
    """Both workers saw it come, one has saved it, and the other one saves after it."""
    stored.accept(stored.report("today"))
    holder = stored.rollup()
    checkpoint.save(holder)
    standby = warm(stored)
    report_at(stored, "late", MONDAY - 3 * DAY)
    for rollup in (holder, standby):
        follow(stored, rollup)
    checkpoint.save(holder)
    report_at(stored, "later", MONDAY - 3 * DAY)
    follow(stored, standby)
    checkpoint.follow_saved(standby, stored.clock.now)
    checkpoint.save(standby)
    assert same_as_recounted(stored)
    stored.clock.now += 27 * DAY
    _, again = restarted(stored)
    assert same_flows(again, stored.rollup()) and again.counts_of(0)["reported.30d"] == 1


def test_a_day_that_ends_while_one_stands_by_ends_alike(small: StoredCity) -> None:
    small.accept(small.report("today"))
    holder = small.rollup()
    checkpoint.save(holder)
    standby = warm(small)
    report_at(small, "late", MONDAY - 29 * DAY)
    for rollup in (holder, standby):
        follow(small, rollup)
    checkpoint.save(holder)
    small.clock.now += DAY
    standby.advance(small.clock.now)  # from a tally that holds what came late already
    checkpoint.follow_saved(standby, small.clock.now)
    assert same_flows(standby, small.rollup())
    checkpoint.save(standby)
    assert same_as_recounted(small)


def test_a_change_that_the_store_cut_in_two_is_made_good(
    small: StoredCity, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The store goes away while the tally of the day that leaves the window is read."""
    small.accept(small.report("one"))
    rollup = small.rollup()
    checkpoint.save(rollup)

    def away(_: int) -> bytes | None:
        raise StoreAway("away")

    monkeypatch.setattr(rollup.flows, "load", away)
    rollup.flows.closed.clear()
    small.clock.now += DAY
    with pytest.raises(StoreAway):
        rollup.advance(small.clock.now)
    assert not rollup.is_whole
    checkpoint.save(rollup)
    monkeypatch.undo()
    assert checkpoint.start(rollup, small.clock.now), "half a change was not saved"
    assert rollup.is_whole and same_flows(rollup, small.rollup())
