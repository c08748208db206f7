"""Queries see the viewer's scope and nothing else, and none of them reads the whole table."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from commandcenter.cases import queries, sources
from commandcenter.cases.history import Past, write
from commandcenter.cases.queries import Filter
from commandcenter.domain.cases import Command, State
from commandcenter.domain.clocks import DAY, HOUR, MINUTE
from commandcenter.domain.viewers import Clearance, Viewer
from commandcenter.errors import NotFound
from commandcenter.host.reports import Life, Update
from commandcenter.store.store import Connection
from commandcenter.testing.stored import MONDAY, StoredCity

EAST = "990102"
STREET = "990105002"
LEAF = "990103001001001001"
SHARED = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def fill(city: StoredCity, number: int) -> None:
    """Write cases over all cells, in several states; one in a hundred has a clock that ran out."""
    lives = []
    for n in range(number):
        cell = city.tree.cells[n * 37 % len(city.tree)].code
        updates = [Update("test", f"n{n}", Command.FILE, MONDAY - DAY)]
        if n % 100:
            updates += [
                Update("test", f"n{n}", command, MONDAY - DAY, due=MONDAY + n * MINUTE)
                for command in (Command.DISPATCH, Command.TAKE_UP)
            ]
        if n % 3 == 0 and n % 100:
            updates += [
                Update("test", f"n{n}", command, MONDAY - HOUR)
                for command in (Command.HANDLE, Command.VERIFY, Command.CLOSE)
            ]
        lives.append(Life(f"n{n}", "app", "E0201", "违建", cell, MONDAY - 2 * DAY, updates=updates))
    with city.store.write() as connection:
        write(connection, Past(city.tree, city.desk, city.matters, "test"), lives)
    with city.store.engine.connect() as connection:
        autocommit = connection.execution_options(isolation_level="AUTOCOMMIT")
        autocommit.exec_driver_sql("ANALYZE" if city.store.is_postgresql else "SELECT 1")


@pytest.fixture
def filled(small: StoredCity) -> StoredCity:
    fill(small, 400)
    return small


def pages(connection: Connection, viewer: Viewer, wanted: Filter, size: int) -> list[list[int]]:
    found, cursor = [], None
    while True:
        page = queries.page(connection, viewer, wanted, cursor, size)
        found.append([line.id for line in page.lines])
        assert page.cursor is None or cursor is None or page.cursor < cursor
        cursor = page.cursor
        if cursor is None:
            return found


@pytest.mark.parametrize("scope", [None, EAST, STREET, LEAF])
def test_nothing_outside_the_scope_is_seen_whatever_range_is_asked_for(
    filled: StoredCity, scope: str | None
) -> None:
    viewer = filled.viewer(scope)
    everything = Filter(0, len(filled.tree) - 1, now=MONDAY)
    own = Filter(viewer.first, viewer.last, now=MONDAY)
    with filled.store.read() as connection:
        seen = queries.page(connection, viewer, everything, None, 200).lines
        assert seen and all(viewer.sees(line.cell) for line in seen)
        assert seen == queries.page(connection, viewer, own, None, 200).lines
        assert queries.newest(connection, viewer, 0, 108, 200) == seen
        late = queries.most_overdue(connection, viewer, everything, 200)
        assert all(viewer.sees(line.cell) for line in late)
        assert late == queries.most_overdue(connection, viewer, own, 200)
        owned = sources.open_cases(connection, viewer, "test")
        assert owned and all(viewer.sees(cell) for _, _, _, cell, _ in owned)


def test_a_case_outside_the_scope_is_missing_like_one_that_never_was(filled: StoredCity) -> None:
    east = filled.viewer(EAST)
    with filled.store.read() as connection:
        inside = queries.page(connection, east, Filter(0, 108), None, 1).lines[0].id
        outside = next(n for n in range(1, 400) if not _sees(connection, east, n))
        assert queries.case(connection, east, inside).line.id == inside
        with pytest.raises(NotFound) as hidden:
            queries.case(connection, east, outside)
        with pytest.raises(NotFound) as missing:
            queries.case(connection, east, 10**9)
        assert str(hidden.value).replace(str(outside), "") == str(missing.value).replace(
            str(10**9), ""
        )
        assert queries.steps(connection, east, outside) == []
        assert len(queries.steps(connection, east, inside)) >= 2


def _sees(connection: Connection, viewer: Viewer, case_id: int) -> bool:
    whole = Viewer("all", "", 0, 108, Clearance.STAFF)
    return viewer.sees(queries.case(connection, whole, case_id).line.cell)


def test_a_scope_with_no_cases_has_none(small: StoredCity) -> None:
    (answer,) = small.accept(small.report("one"))
    with small.store.read() as connection:
        assert sources.any_case(connection, small.viewer())
        assert not sources.any_case(connection, small.viewer(EAST))
        assert queries.newest(connection, small.viewer(EAST), 0, 108, 9) == []
        assert queries.most_overdue(connection, small.viewer(), Filter(0, 108, now=MONDAY), 9) == []
    assert answer.id == 1


@pytest.fixture(scope="module")
def plenty(empty_file: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoredCity]:
    """Five hundred cases that no test changes."""
    from commandcenter.store.store import Store

    store = Store(f"sqlite:///{tmp_path_factory.mktemp('plenty') / 'p.db'}")
    city = StoredCity(store)
    fill(city, 500)
    yield city
    store.close()


@SHARED
@given(
    scope=st.sampled_from([None, EAST, STREET, LEAF]),
    state=st.sampled_from([None, State.FILED, State.HANDLING, State.CLOSED, State.MERGED]),
    overdue=st.sampled_from([None, True, False]),
    size=st.integers(1, 250),
    bounds=st.tuples(st.integers(0, 108), st.integers(0, 108)),
)
def test_pages_hold_every_case_of_the_filter_exactly_once_newest_first(
    plenty: StoredCity,
    scope: str | None,
    state: State | None,
    overdue: bool | None,
    size: int,
    bounds: tuple[int, int],
) -> None:
    viewer, now = plenty.viewer(scope), MONDAY + 200 * MINUTE
    wanted = Filter(min(bounds), max(bounds), state, overdue, now)
    with plenty.store.read() as connection:
        got = pages(connection, viewer, wanted, size)
        rows = connection.exec_driver_sql("SELECT id, cell, state, due FROM cases").all()
    expected = [
        case_id
        for case_id, cell, stands, due in sorted(rows, reverse=True)
        if max(wanted.first, viewer.first) <= cell <= min(wanted.last, viewer.last)
        and (state is None or stands == state)
        and (overdue is None or (due is not None and due <= now) == overdue)
    ]
    assert [case_id for page in got for case_id in page] == expected
    assert all(len(page) == min(size, 200) for page in got[:-1])


def test_a_page_is_never_longer_than_the_limit_and_never_without_an_end(
    plenty: StoredCity,
) -> None:
    with plenty.store.read() as connection:
        viewer, wanted = plenty.viewer(), Filter(0, 108, now=MONDAY + 9 * DAY)
        for size, length in ((10**30, 200), (0, 1), (-5, 1)):
            assert len(queries.page(connection, viewer, wanted, None, size).lines) == length
            assert len(queries.most_overdue(connection, viewer, wanted, size)) == length
        assert queries.page(connection, viewer, wanted, 1, 50) == queries.Page([], None)


def test_the_longest_overdue_come_first_and_the_instant_itself_counts(plenty: StoredCity) -> None:
    now = MONDAY + 50 * MINUTE
    with plenty.store.read() as connection:
        late = queries.most_overdue(connection, plenty.viewer(), Filter(0, 108, now=now), 200)
    dues = [line.due or 0 for line in late]
    assert dues == sorted(dues) and dues[-1] == now
    assert {line.state for line in late} <= {State.FILED, State.HANDLING}


@pytest.mark.parametrize(
    ("clearance", "staff", "personal"),
    [(Clearance.PUBLIC, False, False), (Clearance.STAFF, True, False),
     (Clearance.PERSONAL, True, True)],
)  # fmt: skip
def test_clearance_decides_what_of_a_case_is_told(
    small: StoredCity, clearance: Clearance, staff: bool, personal: bool
) -> None:
    (answer,) = small.accept(
        small.report(
            "one", description="在楼下", attachments=["a.jpg"],
            reporter={"name": "李某", "phone": "100"},
        )
    )  # fmt: skip
    viewer = small.viewer(clearance=clearance)
    with small.store.read() as connection:
        case = queries.case(connection, viewer, answer.id or 0)
        steps = queries.steps(connection, viewer, answer.id or 0)
    assert case.line.title == "路边有垃圾"
    assert case.description == ("在楼下" if staff else None)
    assert case.attachments == (("a.jpg",) if staff else ())
    assert case.reporter_name == ("李*" if personal else None)
    assert case.reporter_phone == ("***" if personal else None)
    assert [step.actor for step in steps] == (["test", "rule", "rule"] if staff else [""] * 3)
    assert "李某" not in repr(case) + repr(steps)


@contextmanager
def plans(city: StoredCity) -> Iterator[Callable[[Callable[[Connection], Any]], str]]:
    """Give a function that returns the plans of all queries that a function sends."""
    with city.store.read() as connection:

        def plan_of(ask: Callable[[Connection], Any]) -> str:
            sent: list[tuple[str, Any]] = []

            def keep(_c: Any, _k: Any, sql: str, values: Any, *_: Any) -> None:
                sent.append((sql, values))

            event.listen(city.store.engine, "before_cursor_execute", keep)
            try:
                ask(connection)
            finally:
                event.remove(city.store.engine, "before_cursor_execute", keep)
            explain = "EXPLAIN " if city.store.is_postgresql else "EXPLAIN QUERY PLAN "
            rows = [r for s, v in sent for r in connection.exec_driver_sql(explain + s, v)]
            assert rows
            return "\n".join(str(row[-1]) for row in rows)

        yield plan_of


def scans(plan: str) -> list[str]:
    """Return the lines of a plan that read a whole table without the order of an index.

    SQLite calls it SCAN too when it walks a table newest first and stops when the page is full:
    that one is told by needing no sort. Parts of the log that are empty cost nothing to read.
    """
    found = re.findall(r"Seq Scan on (?:cases|moves)(?!.*cost=0.00..0.00).*", plan)
    sorts = "TEMP B-TREE" in plan
    return found + [
        line for line in plan.splitlines()
        if re.match(r"SCAN (cases|moves)", line) and (sorts or "moves" in line)
    ]  # fmt: skip


def test_no_query_reads_the_whole_table_for_narrow_or_wide_scopes(stored: StoredCity) -> None:
    fill(stored, 4000)
    now, whole = MONDAY, stored.viewer()
    with plans(stored) as plan_of:
        for scope in (None, EAST, LEAF):
            viewer = stored.viewer(scope)
            for wanted in (
                Filter(viewer.first, viewer.last),
                Filter(viewer.first, viewer.last, State.FILED),
                Filter(viewer.first, viewer.last, overdue=True, now=now),
            ):
                for cursor in (None, 3900):
                    plan = plan_of(lambda c, v=viewer, w=wanted, at=cursor: queries.page(c, v, w, at, 20))  # noqa: E501
                    assert scans(plan) == [], (scope, wanted, plan)
            plan = plan_of(lambda c, v=viewer: queries.newest(c, v, v.first, v.last, 20))
            assert scans(plan) == [], (scope, plan)
            if scope == LEAF and not stored.store.is_postgresql:  # which chooses by itself
                assert "cases_cell" in plan, plan
            late = Filter(viewer.first, viewer.last, now=now)
            plan = plan_of(lambda c, v=viewer, w=late: queries.most_overdue(c, v, w, 20))
            assert scans(plan) == [], (scope, plan)
            assert "cases_due" in plan, plan
        for ask in (queries.case, queries.steps):
            assert scans(plan_of(lambda c, f=ask: f(c, whole, 17))) == []


def test_the_search_for_scans_finds_one(stored: StoredCity) -> None:
    fill(stored, 4000)
    with plans(stored) as plan_of:
        sql = "SELECT title FROM cases WHERE title <> 'x' ORDER BY title"
        assert scans(plan_of(lambda c: c.exec_driver_sql(sql)))
        sql = "SELECT at FROM moves WHERE note = 'x'"
        assert scans(plan_of(lambda c: c.exec_driver_sql(sql)))
