"""One door: every report gets an answer, nothing is filed twice and nothing is dropped.

Longer than most: every rule of the one door is here, over the same few reports.
"""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier
from typing import Any

import numpy as np
import pytest
from sqlalchemy import func, select

from commandcenter.cases import commands, dead_letters, filing, queries
from commandcenter.cases.rows import facts_of
from commandcenter.domain.cases import Command, State
from commandcenter.domain.clocks import HOUR, MINUTE
from commandcenter.domain.viewers import Clearance
from commandcenter.host.reports import Filing, Report, Update
from commandcenter.ingest.intake import Answer
from commandcenter.store.tables import cases, moves
from commandcenter.testing.stored import MONDAY, StoredCity

EAST = "990102"
WEST = "990103"


def rows(city: StoredCity, table: Any = cases) -> int:
    with city.store.read() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar() or 0


def letters(city: StoredCity) -> list[dead_letters.KeptLetter]:
    with city.store.read() as connection:
        return dead_letters.waiting(connection)


def row(city: StoredCity, case_id: int) -> Any:
    with city.store.read() as connection:
        return connection.execute(select(cases).where(cases.c.id == case_id)).one()


def told(city: StoredCity, case_id: int) -> list[tuple[Command, str]]:
    with city.store.read() as connection:
        steps = queries.steps(connection, city.viewer(), case_id)
    return [(step.command, step.actor) for step in steps]


def test_a_report_is_filed_and_dispatched_by_rule_with_unit_and_deadline(
    stored: StoredCity,
) -> None:
    (answer,) = stored.accept(stored.report("one", matter="P0201"))
    assert answer.status == "accepted" and answer.id is not None
    case = row(stored, answer.id)
    assert (case.state, case.unit, case.depth) == ("dispatched", "990105003-sz", 1)
    assert case.deadline == case.due == MONDAY + 2 * HOUR
    assert told(stored, answer.id) == [
        (Command.REPORT, "test"), (Command.FILE, "rule"), (Command.DISPATCH, "rule")
    ]  # fmt: skip


def test_a_matter_that_does_not_dispatch_itself_waits_at_the_desk(stored: StoredCity) -> None:
    (answer,) = stored.accept(stored.report("one", matter="E0201"))
    case = row(stored, answer.id or 0)
    assert (case.state, case.unit, case.due) == ("filed", None, MONDAY + 15 * MINUTE)


def test_a_report_of_no_known_matter_stays_reported(small: StoredCity) -> None:
    (answer,) = small.accept(small.report("one", matter=None, title="有点奇怪"))
    case = row(small, answer.id or 0)
    assert (case.state, case.matter, case.due) == ("reported", None, MONDAY + 15 * MINUTE)


@pytest.mark.parametrize(
    ("title", "description", "matter"),
    [
        ("路边垃圾成堆", "", "E0101"),
        ("来信", "井盖不见了", "P0201"),
        ("道路脏", "而且不洁", "E0102"),
        ("垃圾旁边有人违法搭建", "", "E0101"),
        ("今天天气好", "谢谢", None),
    ],
)
def test_a_report_that_names_no_matter_is_sorted_by_its_words(
    small: StoredCity, title: str, description: str, matter: str | None
) -> None:
    report = small.report("one", matter=None, title=title, description=description)
    (answer,) = small.accept(report)
    assert row(small, answer.id or 0).matter == matter


def test_a_source_that_says_every_move_itself_is_not_filed_by_rule(stored: StoredCity) -> None:
    report = Report.model_validate(stored.report("one", matter="P0201"))
    (answer,) = stored.accept(Filing(report, MONDAY - HOUR))
    case = row(stored, answer.id or 0)
    assert (case.state, case.reported_at, case.due) == (
        "reported", MONDAY - HOUR, MONDAY - 45 * MINUTE
    )  # fmt: skip
    assert told(stored, case.id) == [(Command.REPORT, "test")]


def test_a_point_is_placed_in_its_micro_grid(stored: StoredCity) -> None:
    leaf = stored.tree.cells[-1]
    (answer,) = stored.accept(stored.report("one", cell=None, lng=leaf.lng, lat=leaf.lat))
    case = row(stored, answer.id or 0)
    assert (case.cell, case.lng, case.lat) == (len(stored.tree) - 1, leaf.lng, leaf.lat)


REFUSED: list[tuple[dict[str, object], str, str | None]] = [
    ({"channel": "pigeon"}, "unknown_channel", "channel"),
    ({"matter": "X9999"}, "unknown_matter", "matter"),
    ({"cell": None}, "no_place", "lng"),
    ({"cell": None, "lng": 113.6}, "no_place", "lng"),
    ({"cell": "999999"}, "outside", "cell"),
    ({"cell": None, "lng": 10.0, "lat": 50.0}, "outside", "lng"),
    ({"title": ""}, "invalid", "title"),
    ({"title": "  "}, "invalid", "title"),
    ({"title": "x" * 201}, "invalid", "title"),
    ({"title": None}, "invalid", "title"),
    ({"title": "a\x00b"}, "invalid", "title"),
    ({"description": "a\x00b"}, "invalid", "description"),
    ({"description": "\ud800"}, "invalid", "description"),
    ({"external_id": ""}, "invalid", "external_id"),
    ({"external_id": "x" * 129}, "invalid", "external_id"),
    ({"source": "a b"}, "invalid", "source"),
    ({"source": "\ud800\x00" * 99}, "invalid", "source"),
    ({"lng": float("nan"), "lat": 1.0}, "invalid", "lng"),
    ({"lng": 10**400, "lat": 1.0}, "invalid", "lng"),
    ({"lng": 181.0, "lat": 1.0}, "invalid", "lng"),
    ({"occurred_at": "2026-01-05T10:00:00"}, "invalid", "occurred_at"),
    ({"occurred_at": "yesterday"}, "invalid", "occurred_at"),
    ({"occurred_at": 10**30}, "invalid", "occurred_at"),
    ({"occurred_at": "0001-01-01T00:00:00+14:00"}, "invalid", "occurred_at"),
    ({"occurred_at": "9999-12-31T23:59:59-12:00"}, "invalid", "occurred_at"),
    ({"reporter": {"name": "x" * 65}}, "invalid", "reporter.name"),
    ({"reporter": {"age": 7}}, "invalid", "reporter.age"),
    ({"attachments": ["x"] * 21}, "invalid", "attachments"),
    ({"extra": 1}, "invalid", "extra"),
    ({"k" * 300: 1}, "invalid", "k" * 64),
    ({"nul\x00": 1}, "invalid", "nul\ufffd"),
    ({"half \ud800": 1}, "invalid", None),
]


def test_a_faulty_report_is_rejected_with_code_and_field(small: StoredCity) -> None:
    for fields, code, field in REFUSED:
        (answer,) = small.accept(small.report("one") | fields)
        assert (answer.status, answer.id) == ("rejected", None), fields
        assert (answer.code, answer.field) == (code, field), fields
        assert answer.message
    kept = [(x.letter.code, x.letter.field, x.times) for x in letters(small)]
    assert kept == [(code, field, 1) for _, code, field in REFUSED]


ODD: list[Any] = [
    None, 7, "report", [], [[[]]], {}, {1: 2}, {"source": 10**30}, {"title": {"a": object()}},
    b"bytes",
]  # fmt: skip


def test_whatever_is_handed_in_gets_an_answer_and_is_kept(stored: StoredCity) -> None:
    strange = [stored.report("odd") | fields for fields, _, _ in REFUSED]
    answers = stored.accept(*ODD, *strange, stored.report("good"))
    assert [answer.status for answer in answers[:-1]] == ["rejected"] * (len(ODD) + len(REFUSED))
    assert answers[-1].status == "accepted"
    assert len(letters(stored)) == len(ODD) + len(REFUSED)
    assert (rows(stored), rows(stored, moves)) == (1, 3)


def test_a_list_nested_without_end_is_rejected_and_kept(small: StoredCity) -> None:
    deep: list[Any] = []
    for _ in range(5000):
        deep = [deep]
    assert [answer.status for answer in small.accept({"title": deep})] == ["rejected"]
    assert len(letters(small)) == 1


def test_sending_again_changes_nothing_and_gives_the_id_it_had(stored: StoredCity) -> None:
    (first,) = stored.accept(stored.report("one", title="第一次"))
    stored.clock.now += HOUR
    (again,) = stored.accept(stored.report("one", title="第二次"))
    assert (again.status, again.id) == ("duplicate", first.id)
    case = row(stored, first.id or 0)
    assert (case.title, case.reported_at, case.version) == ("第一次", MONDAY, 1)
    assert (rows(stored), rows(stored, moves)) == (1, 3)


def test_the_first_of_a_list_counts_and_its_doubles_get_its_id(stored: StoredCity) -> None:
    (known,) = stored.accept(stored.report("known"))
    answers = stored.accept(
        stored.report("two", title="先"),
        stored.report("known"),
        stored.report("two", title="后"),
        stored.report("two", source="other"),
        stored.report("one", title=""),
    )
    assert [a.status for a in answers] == [
        "accepted", "duplicate", "duplicate", "accepted", "rejected"
    ]  # fmt: skip
    two, same, double, other, _ = (a.id for a in answers)
    assert same == known.id and double == two and len({two, same, other}) == 3
    assert row(stored, two or 0).title == "先"
    assert rows(stored, moves) == 9


def test_a_thousand_reports_are_answered_in_their_order(stored: StoredCity) -> None:
    chance = np.random.default_rng(3)
    names = [f"n{number}" for number in chance.permutation(1000)]
    items = [
        stored.report(name, title="x" * 300) if number % 10 == 0 else stored.report(name)
        for number, name in enumerate(names)
    ]
    answers = stored.accept(*items)
    assert Counter(a.status for a in answers) == {"accepted": 900, "rejected": 100}
    with stored.store.read() as connection:
        rows_ = connection.execute(select(cases.c.external_id, cases.c.id))
        known = {name: case_id for name, case_id in rows_}
    assert [a.id for a in answers] == [known.get(name) for name in names]
    again = stored.accept(*items)
    assert [a.id for a in again] == [a.id for a in answers]
    assert Counter(a.status for a in again) == {"duplicate": 900, "rejected": 100}
    assert rows(stored, moves) == 2700


def test_what_is_rejected_twice_lies_once_in_the_dead_letters(stored: StoredCity) -> None:
    bad, worse = stored.report("bad", channel="pigeon"), stored.report("worse", matter="X")
    stored.accept(bad, bad, worse)
    stored.accept(bad)
    kept = {x.letter.code: x.times for x in letters(stored)}
    assert kept == {"unknown_channel": 3, "unknown_matter": 1}
    with stored.store.read() as connection:
        assert dead_letters.count_by_code(connection) == {
            "unknown_channel": 1, "unknown_matter": 1
        }  # fmt: skip


def test_a_letter_is_accepted_once_what_was_wrong_is_mended(stored: StoredCity) -> None:
    stored.accept(
        stored.report("late", channel="pigeon"), stored.report("never", cell="1"), None,
        {"title": "\ud800"},
    )  # fmt: skip
    assert stored.intake.resend(stored.viewer()) == (0, 4)
    stored.channels["pigeon"] = stored.channels["app"]
    assert stored.intake.resend(stored.viewer()) == (1, 3)
    assert stored.intake.resend(stored.viewer()) == (0, 3)
    assert rows(stored) == 1
    assert {x.letter.code for x in letters(stored)} == {"outside", "invalid"}


def test_a_letter_that_comes_again_after_it_was_accepted_waits_again(small: StoredCity) -> None:
    pigeon = small.channels["app"]
    small.accept(small.report("late", channel="pigeon"))
    small.channels["pigeon"] = pigeon
    assert small.intake.resend(small.viewer()) == (1, 0)
    del small.channels["pigeon"]
    small.accept(small.report("late", channel="pigeon"))
    assert [x.times for x in letters(small)] == [2]


def test_a_district_learns_nothing_of_what_lies_outside_it(stored: StoredCity) -> None:
    east = stored.viewer(EAST, name="east")
    other = stored.tree.cells[stored.tree.range_of(WEST)[1]]
    inside = stored.tree.cells[stored.tree.range_of(EAST)[1]]
    answers = stored.accept(
        stored.report("a", cell=other.code),
        stored.report("b", cell="000000"),
        stored.report("c", cell=None, lng=other.lng, lat=other.lat),
        stored.report("d", cell=None, lng=0.0, lat=0.0),
        stored.report("e", cell=inside.code),
        viewer=east,
    )
    assert answers[0] == answers[1] and answers[2] == answers[3]
    assert [a.code for a in answers] == ["outside"] * 4 + [None]
    assert answers[4].status == "accepted"


def test_nothing_is_written_when_the_transaction_fails(
    stored: StoredCity, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(filing, "append", fail)
    with pytest.raises(OSError, match="disk full"):
        stored.accept(stored.report("one"), stored.report("bad", title=""))
    assert (rows(stored), rows(stored, moves), letters(stored)) == (0, 0, [])
    monkeypatch.undo()
    assert [a.status for a in stored.accept(stored.report("one"))] == ["accepted"]


def test_moves_are_announced_after_the_commit_and_only_if_there_are_any(
    small: StoredCity,
) -> None:
    said: list[int] = []
    small.store._announce = lambda: said.append(rows(small))
    small.accept(small.report("one"))
    small.accept(small.report("one"))
    small.accept(small.report("bad", title=""))
    assert said == [1]


def at_once(city: StoredCity, threads: int, items: Callable[[int], list[Any]]) -> list[Answer]:
    """Let threads hand in their items at the same moment; return all answers."""
    together = Barrier(threads)

    def send(number: int) -> list[Answer]:
        mine = items(number)
        together.wait(20)
        return city.accept(*mine)

    with ThreadPoolExecutor(threads) as pool:
        return [answer for sent in pool.map(send, range(threads)) for answer in sent]


def shuffled(number: int, names: range) -> list[int]:
    """Return the names in an order of its own for each sender: what would deadlock."""
    return np.random.default_rng(number).permutation(names).tolist()


def test_senders_of_the_same_reports_at_once_get_the_same_ids(stored: StoredCity) -> None:
    turns, size, threads = 3, 150, 5
    for turn in range(turns):
        names = range(turn * size, (turn + 1) * size)
        answers = at_once(
            stored, threads,
            lambda n, names=names: [stored.report(f"n{x}") for x in shuffled(n, names)],
        )  # fmt: skip
        assert Counter(a.status for a in answers) == {
            "accepted": size, "duplicate": size * (threads - 1)
        }  # fmt: skip
        order = [x for n in range(threads) for x in shuffled(n, names)]
        pairs = {(x, answer.id) for x, answer in zip(order, answers, strict=True)}
        assert len(pairs) == size
    assert (rows(stored), rows(stored, moves)) == (turns * size, 3 * turns * size)


def test_whatever_the_order_of_a_list_its_rows_are_locked_in_one_order(
    stored: StoredCity,
) -> None:
    """Two senders that lock the same rows in different orders would wait for each other."""
    names = shuffled(1, range(50))
    stored.accept(*(stored.report(f"n{x}") for x in names))
    stored.accept(*(stored.report(f"n{x}", title="") for x in names))
    with stored.store.read() as connection:
        filed = connection.execute(select(cases.c.external_id).order_by(cases.c.id))
        assert filed.scalars().all() == sorted(f"n{x}" for x in names)
        table = dead_letters.dead_letters.c
        prints = connection.execute(select(table.fingerprint).order_by(table.id)).scalars().all()
    assert list(prints) == sorted(prints) and len(prints) == 50


def test_senders_of_the_same_faults_at_once_are_all_counted(stored: StoredCity) -> None:
    size, threads = 100, 5
    answers = at_once(
        stored, threads,
        lambda n: [stored.report(f"n{x}", title="") for x in shuffled(n, range(size))],
    )  # fmt: skip
    assert {a.status for a in answers} == {"rejected"}
    assert [x.times for x in letters(stored)] == [threads] * size


def test_what_a_source_says_of_its_cases_is_carried_out_in_order(stored: StoredCity) -> None:
    (answer,) = stored.accept(stored.report("one", matter="E0201"))
    later = MONDAY + HOUR
    outcomes = stored.intake.advance(stored.viewer(), [
        Update("test", "one", Command.DISPATCH, later, "990105-cg", later + HOUR),
        Update("test", "unknown", Command.DISPATCH, later),
        Update("other", "one", Command.SUPERVISE, later),
        Update("test", "one", Command.FILE, later),
        Update("test", "one", Command.TAKE_UP, later + 1, note="去了"),
    ])  # fmt: skip
    assert [o.refusal is None for o in outcomes] == [True, False, True]
    facts = facts_of(row(stored, answer.id or 0))
    assert (facts.state, facts.unit, facts.due) == (State.HANDLING, "990105-cg", later + HOUR)
    assert isinstance(outcomes[1], commands.Outcome) and outcomes[1].facts is None


def test_persons_and_attachments_are_kept_for_those_who_may_see_them(stored: StoredCity) -> None:
    (answer,) = stored.accept(
        stored.report("one", reporter={"name": "李某", "phone": "1"}, attachments=["a.jpg"])
    )
    with stored.store.read() as connection:
        viewer = stored.viewer(clearance=Clearance.PERSONAL)
        case = queries.case(connection, viewer, answer.id or 0)
    assert (case.reporter_name, case.reporter_phone, case.attachments) == ("李*", "*", ("a.jpg",))
    moment = datetime.fromtimestamp(case.occurred_at / 1000, UTC)
    assert moment == datetime(2026, 1, 5, 2, tzinfo=UTC)
