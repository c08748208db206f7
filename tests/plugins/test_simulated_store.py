"""The simulation handed into a real store: nothing is refused, and every count can be proved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Any

from sqlalchemy import func, select

from commandcenter.api import HOUR, CityClock, Command, Delivery, History, Millis, Update
from commandcenter.cases import history
from commandcenter.cases.commands import Outcome
from commandcenter.domain.cases import State
from commandcenter.domain.roles import Role
from commandcenter.domain.viewers import Viewer
from commandcenter.host.told import Told
from commandcenter.ingest.context import Context
from commandcenter.live.verify import verify
from commandcenter.store.coordination_tables import calls, directive_cells, whistles
from commandcenter.store.desk_tables import parts
from commandcenter.store.tables import cases
from commandcenter.testing import small_data
from commandcenter.testing.stored import MONDAY, StoredCity
from plugins.simulated import source


@dataclass
class Played:
    """The small city with the simulation playing in it, and what was refused."""

    city: StoredCity
    options: Mapping[str, Any]
    refused: list[Outcome] = field(default_factory=list)
    unheard: list[str] = field(default_factory=list)
    """Words on whistles and directives that were refused."""

    @property
    def viewer(self) -> Viewer:
        """Who the source is to the desk."""
        return replace(self.city.viewer(name="simulated.city"), role=Role.SOURCE, kind="source")

    def begin(self, cases_: int, days: int) -> None:
        """Write a history."""
        city = self.city
        past = history.Past(city.tree, city.desk, city.matters, "simulated.city")
        for batch in source.history(self._context(MONDAY), History(cases_, days, MONDAY)):
            with city.store.write() as connection:
                history.write(connection, past, batch)  # type: ignore[arg-type]

    def run(self, until: Millis) -> None:
        """Play from the clock's time until an instant, then stop."""
        for batch in source.run(self._context(until)):
            for kind, group in groupby(batch, key=_kind):
                self._take(kind, list(group))

    def number(self, table: Any, *where: Any) -> int:
        """Count rows."""
        with self.city.store.read() as connection:
            found = connection.execute(select(func.count()).select_from(table).where(*where))
            return int(found.scalar_one())

    def _take(self, kind: type, items: Sequence[Delivery]) -> None:
        intake = self.city.intake
        if kind is Update:
            outcomes = intake.advance(self.viewer, items)  # type: ignore[arg-type]
            assert len(outcomes) == len(items)
            self.refused += [outcome for outcome in outcomes if outcome.refusal is not None]
        elif kind is Told:
            self.unheard += intake.hear(self.viewer, items)  # type: ignore[arg-type]
        else:
            answers = intake.accept(self.viewer, items)
            assert {answer.status for answer in answers} <= {"accepted", "duplicate"}

    def _context(self, until: Millis) -> Context:
        city = self.city
        return _Waiting(
            city.store, self.viewer, city.tree, city.registry.city.calendar, CityClock(),
            city.matters, city.channels, small_data().units, self.options, city=city, end=until,
        )  # fmt: skip


@dataclass(frozen=True)
class _Waiting(Context):
    """The context of a source whose waiting turns the city's clock."""

    city: StoredCity = None  # type: ignore[assignment]
    end: Millis = 0

    def now(self) -> Millis:
        return self.city.clock.now

    def wait(self, until: Millis) -> bool:
        self.city.clock.now = max(self.city.clock.now, until)
        return self.city.clock.now < self.end


def _kind(item: Delivery) -> type:
    if isinstance(item, Update):
        return Update
    return Told if isinstance(item, Told) else object  # type: ignore[arg-type,return-value]


def _assert_proved(city: StoredCity) -> None:
    proof = verify(city.frame(), city.store, city.clock.now)
    assert proof.cases and proof.differences == ()


def test_a_history_has_all_that_happens_to_cases_and_is_proved(small: StoredCity) -> None:
    played = Played(small, {})
    played.begin(6_000, 30)
    closed = cases.c.state == State.CLOSED.value
    assert played.number(cases, closed) > 5_000
    assert played.number(cases, closed, cases.c.closed_at.is_(None)) == 0
    assert played.number(cases, closed, cases.c.marks != 0) == 0
    assert 50 < played.number(cases, cases.c.rating.is_not(None)) < 2_000
    assert 50 < played.number(parts) < 400
    _assert_proved(played.city)


def test_hours_of_a_busy_city_with_a_stop_are_taken_in_and_proved(small: StoredCity) -> None:
    played = Played(small, {"rate": 1_500})
    played.begin(1_000, 10)
    played.run(MONDAY + HOUR)
    known = played.number(whistles), played.number(cases)
    played.run(MONDAY + 3 * HOUR)
    assert played.number(whistles) > known[0] and played.number(cases) > known[1]
    assert [outcome.refusal for outcome in played.refused] == []
    assert played.unheard == []
    with played.city.store.read() as connection:
        query = select(calls.c.state, calls.c.late_at.is_not(None), func.count())
        found = connection.execute(query.group_by(calls.c.state, calls.c.late_at.is_not(None)))
        states = Counter({(state, late): number for state, late, number in found})
    assert states["done", 0] > 0 and sum(n for (_, late), n in states.items() if late) > 0
    assert played.number(directive_cells, directive_cells.c.state == 3) > 0
    _assert_proved(played.city)


def test_what_an_officer_does_is_followed(small: StoredCity) -> None:
    city, played = small, Played(small, {"rate": 50})
    played.begin(500, 10)
    played.run(MONDAY + HOUR)
    with city.store.read() as connection:
        query = select(cases.c.external_id).where(cases.c.state == State.HANDLING.value)
        taken = [key for (key,) in connection.execute(query.limit(5))]
    at = city.clock.now
    for key in taken:
        update = Update("simulated.city", key, Command.SUSPEND, at, note="等材料")
        assert city.intake.advance(played.viewer, [update])[0].refusal is None
    played.run(MONDAY + 12 * HOUR)
    assert [outcome.refusal for outcome in played.refused] == []
    assert played.number(cases, cases.c.external_id.in_(taken), cases.c.closed_at > at) == 5
