"""The timekeeper says that a time is over at the very instant, by whichever worker has it."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from commandcenter.cases import directives, whistles
from commandcenter.domain.clocks import DAY, HOUR, MINUTE, CityClock
from commandcenter.domain.directives import Order
from commandcenter.domain.whistles import Summons
from commandcenter.ingest.shares import Share, Shares
from commandcenter.ingest.timekeeper import LOOK_SECONDS, TIMEKEEPER, Timekeeper
from commandcenter.store.coordination_tables import acts
from commandcenter.store.leases import Lease, Table
from commandcenter.testing.stored import MONDAY, StoredCity
from tests.cases.coordination import CITY, ground_of, officer
from tests.live.streaming import until

STREET = "990102001"


def call(city: StoredCity, minutes: int) -> None:
    """Whistle for a unit that has so many minutes."""
    given = Summons(
        city.tree.position[STREET], "占道", ("990102-cg",), MONDAY + minutes * MINUTE, 2
    )
    with city.store.write() as connection:
        whistles.blow(connection, officer(city), ground_of(city), given, MONDAY)


def order(city: StoredCity, hours: int) -> None:
    given = Order(0, 5, "走访", "", MONDAY + hours * HOUR)
    with city.store.write() as connection:
        directives.issue(connection, officer(city, CITY), ground_of(city), given, MONDAY)


def said(city: StoredCity) -> list[tuple[str, str, int]]:
    """What was said by rule: of what, which act, for which instant."""
    with city.store.read() as connection:
        query = select(acts.c.kind, acts.c.act, acts.c.at).where(acts.c.actor == "rule")
        return [tuple(row) for row in connection.execute(query.order_by(acts.c.at, acts.c.seq))]


def keeper(city: StoredCity, now: int) -> Timekeeper:
    """A timekeeper on a clock that stands."""
    return Timekeeper(city.store, CityClock(), real=lambda: now / 1000)


def test_who_was_away_says_all_that_was_over_at_its_own_instant(stored: StoredCity) -> None:
    call(stored, 30)
    call(stored, 20)
    order(stored, 2)
    keeper(stored, MONDAY + 3 * DAY).look()
    assert said(stored) == [
        ("whistle", "late", MONDAY + 20 * MINUTE), ("whistle", "late", MONDAY + 30 * MINUTE),
        ("directive", "late", MONDAY + 2 * HOUR), ("directive", "end", MONDAY + 2 * HOUR + DAY),
    ]  # fmt: skip


def test_nothing_is_said_before_its_time_and_it_wakes_at_the_next_one(small: StoredCity) -> None:
    call(small, 20)
    assert keeper(small, MONDAY).look() == LOOK_SECONDS
    due = MONDAY + 20 * MINUTE
    assert keeper(small, due - 400).look() == pytest.approx(0.401, abs=1e-5)
    assert keeper(small, due).look() == pytest.approx(0.001, abs=1e-5) and said(small) == []
    keeper(small, due + 1).look()
    assert said(small) == [("whistle", "late", due)]


@pytest.fixture
def rivals(small: StoredCity) -> Iterator[list[Shares]]:
    """Two workers that would keep the time."""
    table = Table(small.store.url)
    clock = CityClock(0, MONDAY, 1.0)
    yield [
        Shares([Share(Lease(table, TIMEKEEPER, name), lambda: Timekeeper(
            small.store, clock, real=lambda: small.clock.now / 1000 - MONDAY / 1000
        ))])
        for name in ("a/1/1", "b/1/1")
    ]  # fmt: skip
    table.close()


def test_another_worker_goes_on_when_the_one_that_had_it_ends(
    small: StoredCity, rivals: list[Shares]
) -> None:
    one, other = rivals
    call(small, 10)
    call(small, 40)
    one._tend(), other._tend()  # type: ignore[func-returns-value]
    small.clock.now = MONDAY + 20 * MINUTE

    def tended(*shares: Shares, lates: int) -> bool:
        for share in shares:
            share._tend()
        return len(said(small)) == lates

    until(lambda: tended(one, other, lates=1))
    assert sum(token is not None for s in rivals for token in s.leases.values()) == 1
    holder = next(s for s in rivals if any(s.leases.values()))
    waiting = next(s for s in rivals if s is not holder)
    for share in holder._shares:
        share.stop()
        share.end(5.0)
    small.clock.now = MONDAY + HOUR
    until(lambda: tended(waiting, lates=2))
    assert [at for _, _, at in said(small)] == [MONDAY + 10 * MINUTE, MONDAY + 40 * MINUTE]
    for share in waiting._shares:
        share.stop()
        share.end(5.0)
