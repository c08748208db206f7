"""What sources command is in the audit log: one entry for each list, or none of either."""

from dataclasses import replace
from hashlib import sha256
from typing import Any

import orjson
import pytest
from sqlalchemy import event, select

from commandcenter.api import CallUpdate, WhistleAct
from commandcenter.cases import audit_proof
from commandcenter.domain.cases import Command
from commandcenter.domain.clocks import MINUTE
from commandcenter.domain.roles import Role
from commandcenter.domain.viewers import Viewer
from commandcenter.errors import StoreError
from commandcenter.host.reports import Update
from commandcenter.store.audit_tables import audit
from commandcenter.store.store import Connection
from commandcenter.store.tables import moves
from commandcenter.testing.stored import MONDAY, StoredCity
from tests.ingest.test_hearing import WHISTLE


def source(city: StoredCity) -> Viewer:
    return replace(city.viewer(name="outside"), role=Role.SOURCE)


def update(name: str, command: Command = Command.TAKE_UP) -> Update:
    return Update("test", name, command, MONDAY)


def entries(city: StoredCity) -> list[tuple[Any, dict[str, Any]]]:
    with city.store.read() as connection:
        found = connection.execute(select(audit).order_by(audit.c.seq)).all()
    assert audit_proof.verify(city.store).is_whole
    return [(row, orjson.loads(row.detail)) for row in found]


def test_a_list_of_a_source_is_one_entry_that_names_its_cases(stored: StoredCity) -> None:
    answers = stored.accept(
        stored.report("one"), stored.report("two", cell="990102"), stored.report("three")
    )
    updates = [update("one"), update("three"), update("unheard of"), update("two", Command.RATE)]
    stored.intake.advance(source(stored), updates)
    ((row, detail),) = entries(stored)
    assert (row.kind, row.who, row.what) == ("commanded", "outside", "source:outside")
    assert row.scope == stored.report("one")["cell"] and row.at == MONDAY
    assert detail == {
        "source": "outside", "commands": {"take_up": 2}, "cases": 2,
        "numbers": [answers[0].id, answers[2].id],
    }  # fmt: skip


def test_one_case_is_named_as_when_a_person_commands_it(stored: StoredCity) -> None:
    (answer,) = stored.accept(stored.report("one"))
    stored.intake.advance(source(stored), [update("one")])
    ((row, detail),) = entries(stored)
    assert (row.what, detail["numbers"]) == (f"case:{answer.id}", [answer.id])


def test_of_many_cases_the_entry_has_a_digest_that_the_moves_prove(stored: StoredCity) -> None:
    names = [f"n{number}" for number in range(120)]
    stored.accept(*(stored.report(name) for name in names))
    stored.intake.advance(source(stored), [update(name) for name in names])
    ((_, detail),) = entries(stored)
    with stored.store.read() as connection:
        query = select(moves.c.case_id, moves.c.command, moves.c.at).order_by(moves.c.seq)
        rows = connection.execute(query.where(moves.c.actor == "outside")).all()
    lines = "".join(f"{row.case_id} {Command.TAKE_UP} {row.at}\n" for row in rows)
    assert detail["digest"] == sha256(lines.encode()).hexdigest()
    assert (detail["cases"], "numbers" in detail) == (120, False)


def test_what_is_refused_or_fenced_off_leaves_no_entry(stored: StoredCity) -> None:
    stored.accept(stored.report("one"))
    stored.intake.advance(source(stored), [update("one", Command.RATE)])
    stored.intake.advance(source(stored), [update("unheard of")])

    def closed(_: Connection) -> None:
        raise StoreError("another one has it")

    with pytest.raises(StoreError):
        stored.intake.advance(source(stored), [update("one")], closed)
    assert entries(stored) == []


def test_what_a_source_says_of_whistles_is_noted_too(stored: StoredCity) -> None:
    call = CallUpdate("test", "w1", WhistleAct.REPORT_IN, MONDAY + MINUTE, "990102-cg")
    blown = WHISTLE._replace(case=None)
    unknown = call._replace(external_id="w2")
    assert len(stored.intake.hear(source(stored), [blown, call, unknown])) == 1
    told = [(row.what, detail) for row, detail in entries(stored)]
    said = {"source": "outside", "whistle": "w1", "items": 1}
    assert told == [
        ("source:outside", said | {"acts": ["begin"]}),
        ("source:outside", said | {"acts": ["report_in"]}),
    ]


def test_an_entry_costs_a_list_three_statements_at_most(stored: StoredCity) -> None:
    stored.accept(*(stored.report(f"n{number}") for number in range(20)))
    stored.intake.advance(source(stored), [update("n0")])  # the first entry of all lays the head
    asked: list[str] = []

    def note(_c: object, _cu: object, statement: str, *_: object) -> None:
        if "audit" in statement:
            asked.append(statement)

    event.listen(stored.store.engine, "before_cursor_execute", note)
    stored.intake.advance(source(stored), [update(f"n{number}") for number in range(1, 20)])
    event.remove(stored.store.engine, "before_cursor_execute", note)
    assert 2 <= len(asked) <= 3
