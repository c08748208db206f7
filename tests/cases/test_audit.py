"""The audit log: chained, refused to change, proved whole, found again."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from commandcenter.cases import audit, audit_index, audit_proof, audit_search
from commandcenter.cases.audit import AuditKind, Entry
from commandcenter.cases.audit_search import Wanted
from commandcenter.domain.cases import Command
from commandcenter.domain.roles import Role
from commandcenter.domain.viewers import Viewer
from commandcenter.errors import Forbidden, Invalid
from commandcenter.store.log import take_append_lock
from commandcenter.testing.stored import MONDAY, StoredCity

EAST = "990102"
COMMANDED = AuditKind.COMMANDED


def entry(n: int, kind: AuditKind = COMMANDED, **more: object) -> Entry:
    return replace(Entry(kind, f"user{n % 3}", f"case:{n}", {"command": "file"}), **more)  # type: ignore[arg-type]


def write(city: StoredCity, *entries: Entry, at: int = MONDAY) -> None:
    with city.store.write() as connection:
        audit.append(connection, entries, at)


def auditor(city: StoredCity, scope: str = "") -> Viewer:
    return replace(city.viewer(scope) if scope else city.viewer(), role=Role.AUDITOR)


def found(city: StoredCity, wanted: Wanted, viewer: Viewer | None = None) -> list[int]:
    with city.store.read() as connection:
        page = audit_search.search(connection, viewer or auditor(city), wanted)
    return [line.seq for line in page.lines]


def tamper(city: StoredCity, *statements: str) -> None:
    """Do what somebody does who owns the database: the triggers are out of the way first."""
    names = ("audit_kept", "audit_whole", "audit_new", "audit_head_kept", "audit_head_on")
    with city.store.write() as connection:
        if city.store.is_postgresql:
            for table in ("audit", "audit_head"):
                connection.exec_driver_sql(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        else:
            for name in names:
                connection.exec_driver_sql(f"DROP TRIGGER {name}")
        for statement in statements:
            connection.exec_driver_sql(statement)


def test_a_log_that_nobody_touched_is_whole(stored: StoredCity) -> None:
    write(stored, *(entry(n) for n in range(7)))
    write(stored, entry(8))
    proof = audit_proof.verify(stored.store)
    assert proof.is_whole and proof.entries == 8 and proof.head.seq == 8


@pytest.mark.parametrize(
    ("statements", "broken"),
    [
        (["UPDATE audit SET who = 'x' WHERE seq = 3"], "entry 3 was changed"),
        (["DELETE FROM audit WHERE seq = 3"], "entry 3 is missing"),
        (["DELETE FROM audit WHERE seq = 6"], "the head says 6"),
        (
            ["DELETE FROM audit WHERE seq = 6", "UPDATE audit_head SET seq = 5, "
             "hash = (SELECT hash FROM audit WHERE seq = 5)"],
            "entry 6 is gone",
        ),
        (["UPDATE audit_head SET hash = '0'"], "the head says 6"),
    ],
)  # fmt: skip
def test_whatever_is_done_to_the_log_is_told(
    stored: StoredCity, statements: Sequence[str], broken: str
) -> None:
    write(stored, *(entry(n) for n in range(6)))
    with stored.store.read() as connection:
        kept = audit.head(connection)
    tamper(stored, *statements)
    assert broken in audit_proof.verify(stored.store, kept).broken


def test_a_chain_that_was_made_anew_has_not_the_head_that_was_kept(small: StoredCity) -> None:
    write(small, *(entry(n) for n in range(3)))
    with small.store.read() as connection:
        kept = audit_proof.head_from(str(audit.head(connection)))
    tamper(small, "DELETE FROM audit", "DELETE FROM audit_head")
    write(small, *(entry(n + 1) for n in range(3)))
    assert audit_proof.verify(small.store).is_whole
    assert "entry 3 is another one" in audit_proof.verify(small.store, kept).broken
    with pytest.raises(Invalid):
        audit_proof.head_from("3:nothing")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET who = 'x'", "DELETE FROM audit", "DELETE FROM audit_head",
        "UPDATE audit_head SET seq = 1", "UPDATE audit_head SET at = 1, seq = 9",
        "INSERT OR REPLACE INTO audit SELECT * FROM audit WHERE seq = 1", "TRUNCATE audit",
        "TRUNCATE audit_head",
    ],
)  # fmt: skip
def test_the_database_itself_refuses_to_change_the_log(
    stored: StoredCity, statement: str
) -> None:
    write(stored, entry(1), entry(2))
    with pytest.raises(DBAPIError), stored.store.write() as connection:
        connection.exec_driver_sql(statement)
    assert audit_proof.verify(stored.store).entries == 2


def test_writers_at_once_make_one_chain(stored: StoredCity) -> None:
    def work(n: int) -> None:
        with stored.store.write() as connection:
            if n % 2:  # as a command does, which has appended moves before
                take_append_lock(connection)
            audit.append(connection, [entry(n), entry(n)], MONDAY + n)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(40)))
    proof = audit_proof.verify(stored.store)
    assert proof.is_whole and proof.entries == 80


def test_times_never_go_back(stored: StoredCity) -> None:
    write(stored, entry(1), at=MONDAY)
    write(stored, entry(2), at=MONDAY - 5000)
    with stored.store.read() as connection:
        assert audit.head(connection).at == MONDAY


def test_what_strangers_write_comes_into_the_log_without_breaking_it(stored: StoredCity) -> None:
    said = {"said": "\0\ud800'; DROP", "to": ["张三 13812345678"], "n": 3, "long": "字" * 9000}
    write(stored, Entry(AuditKind.REFUSED, "\0" * 80, "w" * 999, said, address="a" * 99))
    assert audit_proof.verify(stored.store).is_whole
    write(stored, Entry(AuditKind.UNMASKED, "u", "case:1", {"reason": "回访李小明先生13812345678"}))
    with stored.store.read() as connection:
        page = audit_search.search(connection, auditor(stored), Wanted())
    assert page.lines[0].detail == {"reason": "回访李**先生138****5678"}
    assert "13812345678" not in repr(page)


@pytest.mark.parametrize("indexed", [0, 3, 6])
def test_entries_are_found_by_who_kind_time_cell_and_words(
    stored: StoredCity, indexed: int
) -> None:
    east = stored.tree.position[EAST]
    write(stored, *(entry(n) for n in range(4)))
    write(
        stored,
        entry(4, AuditKind.UNMASKED, scope=EAST, cell=east, detail={"reason": "回访核实"}),
        entry(5, AuditKind.REFUSED, address="10.0.0.7"),
        at=MONDAY + 1000,
    )
    with stored.store.write() as connection:
        audit_index.go_on(connection, indexed)
        assert audit_index.position(connection) == indexed
        assert audit_index.is_behind(connection) == (indexed < 6)
    assert found(stored, Wanted()) == [6, 5, 4, 3, 2, 1]
    assert found(stored, Wanted(who="user1")) == [5, 2]
    assert found(stored, Wanted(who="user1", kind=AuditKind.UNMASKED)) == [5]
    assert found(stored, Wanted(kind=AuditKind.REFUSED)) == [6]
    assert found(stored, Wanted(since=MONDAY + 1)) == [6, 5]
    assert found(stored, Wanted(until=MONDAY + 1)) == [4, 3, 2, 1]
    assert found(stored, Wanted(since=MONDAY + 2000)) == []
    assert found(stored, Wanted(words="回访")) == [5]
    assert found(stored, Wanted(words="case:3")) == [4]
    assert found(stored, Wanted(words="10.0.0.7")) == [6]
    assert found(stored, Wanted(words="没有")) == []
    assert found(stored, Wanted(first=east, last=int(stored.tree.last[east]))) == [5]


def test_pages_follow_each_other_without_gap(stored: StoredCity) -> None:
    write(stored, *(entry(n) for n in range(25)))
    seen: list[int] = []
    wanted: Wanted | None = Wanted(limit=10)
    while wanted:
        with stored.store.read() as connection:
            page = audit_search.search(connection, auditor(stored), wanted)
        seen += [line.seq for line in page.lines]
        wanted = replace(wanted, before=page.cursor) if page.cursor else None
    assert seen == list(range(25, 0, -1))


def test_who_looks_for_what_is_rare_is_told_how_far_back(
    small: StoredCity, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_search, "BUDGET", 10)
    write(small, entry(0, AuditKind.UNMASKED), *(entry(3) for _ in range(20)))
    wanted = Wanted(who="user0", kind=AuditKind.UNMASKED)
    with small.store.read() as connection:
        page = audit_search.search(connection, auditor(small), wanted)
        assert page.lines == [] and page.reached == MONDAY and page.cursor == 12
        following = replace(wanted, before=12)
        assert audit_search.search(connection, auditor(small), following).cursor == 2


def test_an_auditor_sees_the_own_scope_and_others_see_nothing(stored: StoredCity) -> None:
    east = stored.tree.position[EAST]
    write(stored, entry(1), entry(2, scope=EAST, cell=east))
    assert found(stored, Wanted(), auditor(stored, EAST)) == [2]
    with pytest.raises(Forbidden):
        found(stored, Wanted(), replace(stored.viewer(), role=Role.LEADER))


def test_pages_are_read_along_an_index(small: StoredCity) -> None:
    plans = []
    with small.store.read() as connection:
        for query in (
            "who = 'a' AND seq < 9", "kind = 'a' AND seq < 9", "seq < 9", "cell BETWEEN 3 AND 4",
        ):  # fmt: skip
            sql = f"EXPLAIN QUERY PLAN SELECT * FROM audit WHERE {query} ORDER BY seq DESC LIMIT 5"
            plans.append(" ".join(row[3] for row in connection.execute(text(sql))))
    assert all("SEARCH" in plan and "SCAN" not in plan for plan in plans), plans
    assert not any("TEMP B-TREE" in plan for plan in plans[:3]), plans


def test_a_command_is_no_deadlock_with_the_log_of_moves(on_postgres: StoredCity) -> None:
    on_postgres.accept(*(on_postgres.report(f"n{n}") for n in range(8)))

    def work(n: int) -> None:
        on_postgres.advance(f"n{n}", Command.SUPERVISE, MONDAY)
        write(on_postgres, entry(n))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    assert audit_proof.verify(on_postgres.store).entries == 16  # each command says so itself
