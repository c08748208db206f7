"""The desk's queues: what a page holds, and that no page reads more than one index."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import bindparam, event, select, update

from commandcenter.cases import queues
from commandcenter.cases.queues import Queue, Wish
from commandcenter.domain.cases import Mark, State
from commandcenter.domain.clocks import DAY, HOUR
from commandcenter.domain.roles import Role
from commandcenter.domain.viewers import Viewer
from commandcenter.store.desk_tables import parts
from commandcenter.store.store import Connection
from commandcenter.store.tables import cases
from commandcenter.testing.stored import MONDAY, StoredCity
from tests.cases.test_queries import fill

EAST, LEAF = "990102", "990103001001001001"
CASES = 400
UNIT = f"{EAST}-cg"
NOW = MONDAY + HOUR


@pytest.fixture
def city(stored: StoredCity) -> StoredCity:
    """Cases in all states, some with marks, supervised, of several units and matters."""
    fill(stored, CASES)
    changes = [
        {
            "case": n, "u": UNIT if n % 7 == 0 else "990105-sz", "s": n % 50 == 0,
            "m": (n % 64 if n % 20 == 0 else 0), "c": "patrol" if n % 2 else "app",
            "t": "E0101" if n % 11 == 0 else "E0201", "r": MONDAY - n * HOUR,
        }
        for n in range(1, CASES + 1)
    ]  # fmt: skip
    values = {
        "unit": bindparam("u"), "supervised": bindparam("s"), "marks": bindparam("m"),
        "channel": bindparam("c"), "matter": bindparam("t"), "reported_at": bindparam("r"),
    }  # fmt: skip
    with stored.store.write() as connection:
        statement = update(cases).where(cases.c.id == bindparam("case"))
        connection.execute(statement.values(values), changes)
        connection.execute(parts.insert(), [
            {"case_id": n, "unit": UNIT, "is_lead": False, "task": "", "state": "called",
             "since": MONDAY, "due": NOW, "note": ""} for n in (5, 9, 13)
        ])  # fmt: skip
    return stored


Fits = Callable[[object], bool]
FITS: dict[Queue, Fits] = {
    Queue.TO_FILE: lambda c: c.state == State.REPORTED,
    Queue.TO_DISPATCH: lambda c: c.state == State.FILED,
    Queue.TO_VERIFY: lambda c: c.state == State.HANDLED,
    Queue.RETURNED: lambda c: bool(c.marks & Mark.RETURNED),
    Queue.LIKELY: lambda c: bool(c.marks & Mark.LIKELY),
    Queue.CROSS: lambda c: bool(c.marks & Mark.CROSS),
    Queue.WHISTLED: lambda c: bool(c.marks & Mark.WHISTLED),
    Queue.OVERDUE: lambda c: c.due is not None and c.due <= NOW,
    Queue.SOON: lambda c: c.due is not None and c.due > NOW,
    Queue.SUPERVISED: lambda c: c.supervised,
    Queue.TO_TAKE_UP: lambda c: c.state == State.DISPATCHED,
    Queue.HANDLING: lambda c: c.state == State.HANDLING,
    Queue.SUSPENDED: lambda c: c.state == State.SUSPENDED,
    Queue.ALL: lambda c: True,
    Queue.LISTED: lambda c: c.state in (State.REPORTED, State.FILED),
    Queue.HANDED_OVER: lambda c: c.state == State.DISPATCHED,
    Queue.BEING_DONE: lambda c: c.state in (
        State.HANDLING, State.HANDLED, State.VERIFIED, State.SUSPENDED
    ),
    Queue.CLEARED: lambda c: c.state in (State.CLOSED, State.ASSESSED),
}
"""What each queue holds, said once more and plainly."""


def walked(
    connection: Connection, viewer: Viewer, wish: Wish, size: int = 37, budget: int = queues.BUDGET
) -> list[int]:
    """All ids of a queue, page after page."""
    found: list[int] = []
    anchor = None
    while True:
        page = queues.page(connection, viewer, wish, anchor, size, budget)
        found += [line.id for line in page.lines]
        assert page.anchor != anchor or page.anchor is None
        anchor = page.anchor
        if anchor is None:
            return found


def plainly(rows: Sequence[Any], viewer: Viewer, wish: Wish) -> set[int]:
    """The same by looking at every case."""
    first, last = max(wish.first, viewer.first), min(wish.last, viewer.last)
    return {
        row.id for row in rows
        if first <= row.cell <= last and FITS[wish.queue](row)
        and wish.state in (None, row.state) and wish.matter in (None, row.matter)
        and wish.unit in (None, row.unit) and wish.channel in (None, row.channel)
        and (not wish.overdue or (row.due is not None and row.due <= wish.now))
        and (wish.since is None or row.reported_at >= wish.since)
        and (wish.until is None or row.reported_at < wish.until)
    }  # fmt: skip


def wishes(queue: Queue, first: int, last: int) -> list[Wish]:
    whole = Wish(queue, first, last, NOW)
    return [
        whole,
        replace(whole, is_reversed=True),
        replace(whole, matter="E0101"),
        replace(whole, unit=UNIT),
        replace(whole, channel="app", state=State.CLOSED),
        replace(whole, overdue=True),
        replace(whole, since=MONDAY - 9 * DAY, until=MONDAY - 2 * DAY),
        replace(whole, matter="E0101", unit=UNIT, channel="app"),
    ]


def test_pages_of_every_queue_hold_what_belongs_there_once(city: StoredCity) -> None:
    with city.store.read() as connection:
        rows = connection.execute(select(cases)).all()
        for scope in (None, EAST, LEAF):
            viewer = city.viewer(scope)
            for queue in FITS:
                for wish in wishes(queue, 0, len(city.tree)):
                    found = walked(connection, viewer, wish)
                    assert len(found) == len(set(found)), wish
                    assert set(found) == plainly(rows, viewer, wish), wish


def test_a_small_budget_ends_a_page_early_and_loses_nothing(city: StoredCity) -> None:
    viewer = city.viewer()
    wish = Wish(Queue.ALL, 0, len(city.tree), NOW, channel="app", matter="E0101")
    with city.store.read() as connection:
        rows = connection.execute(select(cases)).all()
        cut = queues.page(connection, viewer, wish, None, 10, budget=11)
        assert cut.reached is not None and cut.anchor is not None and len(cut.lines) < 10
        found = walked(connection, viewer, wish, 10, budget=11)
        assert set(found) == plainly(rows, viewer, wish)


def test_who_is_of_a_unit_has_the_queues_of_that_unit_alone(city: StoredCity) -> None:
    officer = replace(city.viewer(), role=Role.UNIT_OFFICER, unit=UNIT)
    with city.store.read() as connection:
        rows = connection.execute(select(cases)).all()
        for queue in FITS:
            wish = Wish(queue, 0, len(city.tree), NOW)
            mine = plainly(rows, city.viewer(), replace(wish, unit=UNIT))
            assert set(walked(connection, officer, wish)) == mine
            other = replace(wish, unit="990105-sz")
            assert set(walked(connection, officer, other)) == mine
        searched = Wish(Queue.ALL, 0, len(city.tree), NOW, ids=tuple(range(1, 60)))
        assert set(walked(connection, officer, searched)) == set(range(7, 60, 7))
        assert walked(connection, officer, Wish(Queue.PARTS, 0, len(city.tree), NOW)) == [5, 9, 13]
        nobody = replace(officer, unit=None)
        assert walked(connection, nobody, Wish(Queue.ALL, 0, len(city.tree), NOW)) == []


def plan_of(connection: Connection, ask: Callable[[Connection], object]) -> str:
    """The plans of all that a function sends."""
    sent: list[tuple[str, Any]] = []

    def keep(_c: Any, _k: Any, sql: str, values: Any, *_: Any) -> None:
        sent.append((sql, values))

    event.listen(connection.engine, "before_cursor_execute", keep)
    try:
        ask(connection)
    finally:
        event.remove(connection.engine, "before_cursor_execute", keep)
    explain = "EXPLAIN " if connection.dialect.name == "postgresql" else "EXPLAIN QUERY PLAN "
    rows = [
        row for sql, values in sent for row in connection.exec_driver_sql(explain + sql, values)
    ]
    return "\n".join(str(row[-1]) for row in rows)


def whole_reads(plan: str) -> list[str]:
    """Lines of a plan that read the table of cases without an index to walk."""
    found = re.findall(r"Seq Scan on cases.*", plan)
    sorts = "TEMP B-TREE FOR ORDER BY" in plan
    return found + [
        line for line in plan.splitlines() if re.match(r"SCAN cases(?! USING)", line) and sorts
    ]


def test_no_page_of_any_queue_reads_all_cases(city: StoredCity) -> None:
    with city.store.read() as connection:
        if city.store.is_postgresql:  # it would rather read so few rows at once
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        for scope in (None, LEAF):
            viewer = city.viewer(scope)
            for queue in Queue:
                every = wishes(queue, 0, len(city.tree))
                asked = [(wish, (200,)) for wish in every[::2]] + [(every[0], None)]

                def ask(c: Connection, v: Viewer = viewer, a: Sequence[Any] = asked) -> None:
                    for wish, anchor in a:
                        queues.page(c, v, wish, anchor, 20)

                plan = plan_of(connection, ask)
                assert whole_reads(plan) == [], (scope, queue, plan)


def test_the_look_for_whole_reads_finds_one(city: StoredCity) -> None:
    sql = "SELECT id FROM cases WHERE description <> '' ORDER BY description"
    with city.store.read() as connection:
        assert whole_reads(plan_of(connection, lambda c: c.exec_driver_sql(sql)))
