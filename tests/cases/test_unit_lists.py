"""The four lists of a unit: counts from indexes that agree with a plain look at every case."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import select

from commandcenter.cases import queues, unit_lists
from commandcenter.cases.queues import LISTS, Wish
from commandcenter.domain.cases import State
from commandcenter.domain.clocks import HOUR
from commandcenter.domain.roles import Role
from commandcenter.host.coordination import LIST_STATES
from commandcenter.store.tables import cases
from commandcenter.testing.stored import MONDAY, StoredCity
from tests.cases.test_queries import fill
from tests.cases.test_queues import plan_of, walked, whole_reads

EAST = "990102"
UNIT = f"{EAST}-cg"
DAY = MONDAY - HOUR


def test_lists_and_counts_of_a_unit_and_of_a_cell_are_those_of_a_plain_look(
    stored: StoredCity,
) -> None:
    fill(stored, 300)
    with stored.store.write() as connection:
        connection.execute(cases.update().where(cases.c.id % 3 == 0).values(unit=UNIT))
        connection.execute(
            cases.update().where(cases.c.id % 5 == 0, cases.c.closed_at.is_not(None))
            .values(closed_at=DAY - HOUR)
        )  # fmt: skip
    with stored.store.read() as connection:
        if stored.store.is_postgresql:  # it would rather read so few rows at once
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        rows = connection.execute(select(cases)).all()
        for scope in (None, EAST):
            viewer = stored.viewer(scope)
            officer = replace(viewer, role=Role.UNIT_OFFICER, unit=UNIT)
            counts = unit_lists.of_unit(connection, viewer, UNIT, DAY)
            for queue in LISTS:
                states = [state.value for state in LIST_STATES[queue]]
                is_cleared = State.CLOSED in states
                every = {
                    row.id: row.unit for row in rows
                    if viewer.sees(row.cell) and row.state in states
                    and (not is_cleared or row.closed_at >= DAY)
                }  # fmt: skip
                wish = Wish(queue, 0, len(stored.tree), MONDAY, day=DAY)
                assert set(walked(connection, viewer, wish, 13)) == set(every), queue
                mine = {number for number, unit in every.items() if unit == UNIT}
                assert set(walked(connection, officer, wish, 13)) == mine, queue
                assert getattr(counts, queue).cases == len(mine), queue
                plan = plan_of(
                    connection, lambda c, v=viewer, w=wish: queues.page(c, v, w, None, 9)
                )
                assert whole_reads(plan) == []
            plan = plan_of(connection, lambda c, v=viewer: unit_lists.of_unit(c, v, UNIT, DAY))
            assert whole_reads(plan) == [] and "SCAN cases" not in plan
