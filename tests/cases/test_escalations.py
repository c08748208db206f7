"""A case that its unit lets lie goes up a level by rule, and does so once."""

from commandcenter.cases import queries
from commandcenter.cases.escalations import Escalations
from commandcenter.domain.cases import Command, Mark, State
from commandcenter.domain.clocks import DAY, HOUR, Millis
from commandcenter.domain.escalation import EACH, Escalation
from commandcenter.live.verify import verify
from commandcenter.store.tables import cases
from commandcenter.testing.stored import MONDAY, StoredCity

RULES = (Escalation(2, DAY), Escalation(1, 2 * HOUR))


def look(city: StoredCity, at: Millis) -> int:
    rule = Escalations(city.tree, city.desk, city.matters, RULES)
    with city.store.write() as connection:
        return rule.escalate_overdue(connection, at)


def dispatched(city: StoredCity, name: str) -> tuple[int, Millis]:
    """A case that the district's unit has by rule, and until when."""
    (answer,) = city.accept(city.report(name, matter="P0201"))
    with city.store.read() as connection:
        found = connection.execute(cases.select().where(cases.c.id == answer.id)).one()
    assert (found.state, found.depth) == (State.DISPATCHED, 1)
    return found.id, found.due


def stands(city: StoredCity, case_id: int) -> tuple[str, int, int]:
    with city.store.read() as connection:
        row = connection.execute(cases.select().where(cases.c.id == case_id)).one()
        return row.state, row.depth, row.marks


def test_what_lies_too_long_goes_up_a_level_at_the_instant_of_the_rule(stored: StoredCity) -> None:
    assert look(stored, MONDAY) == 0
    one, due = dispatched(stored, "one")
    stored.clock.now += DAY
    two, _ = dispatched(stored, "two")
    before = stands(stored, two)
    assert look(stored, due + 2 * HOUR - 1) == 0
    assert look(stored, due + 2 * HOUR + EACH) == 1
    assert stands(stored, one) == (State.FILED, 0, Mark.ESCALATED)
    assert stands(stored, two) == before
    with stored.store.read() as connection:
        step = queries.steps(connection, stored.viewer(), one)[-1]
    assert (step.actor, step.at) == ("rule", due + 2 * HOUR)
    assert "2 小时" in step.note
    assert look(stored, due + 3 * HOUR) == 0
    assert verify(stored.frame(), stored.store, stored.clock.now).differences == ()


def test_what_was_overdue_before_the_first_look_stays_where_it_is(stored: StoredCity) -> None:
    case_id, _ = dispatched(stored, "one")
    before = stands(stored, case_id)
    assert look(stored, MONDAY + DAY) == 0
    assert look(stored, MONDAY + 2 * DAY) == 0
    assert stands(stored, case_id) == before


def test_a_case_of_which_its_source_tells_the_moves_is_left_to_it(stored: StoredCity) -> None:
    look(stored, MONDAY)
    stored.accept(stored.report("led", matter="P0201"))
    assert stored.advance("led", Command.TAKE_UP, MONDAY)
    assert look(stored, MONDAY + 9 * DAY) == 0
