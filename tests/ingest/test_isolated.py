"""Sources of isolated plugins run in processes of their own and are held to what they may do."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from commandcenter.cases import sources
from commandcenter.ingest import isolated
from commandcenter.ingest import runner as runners
from commandcenter.ingest.isolated import Pace
from commandcenter.store.away import StoreAway
from commandcenter.store.tables import cases, dead_letters
from commandcenter.testing.stored import StoredCity
from tests.ingest.feeders import Feeder
from tests.ingest.test_runner import Watched
from tests.ingest.test_runner import names as stored_names
from tests.waiting import until

EAST = "990102"


def letters(city: StoredCity) -> list[str]:
    with city.store.read() as connection:
        return list(connection.execute(select(dead_letters.c.code)).scalars())


def test_what_it_hands_in_is_taken_in_its_order_and_it_ends(
    feeder: Feeder, small: StoredCity
) -> None:
    feeder.start("""
        def run(context):
            at = context.now()
            yield [report("a"), Filing(report("b"), at), Update("feed", "b", Command.FILE, at)]
            yield [report(f"n{n}") for n in range(1000, 2200)]
    """).until("ended")
    assert stored_names(small) == ["a", "b", *(f"n{n}" for n in range(1000, 2200))]
    with small.store.read() as connection:
        states = connection.execute(select(cases.c.state).where(cases.c.external_id == "b"))
        assert states.scalar() == "filed"


def test_it_runs_in_another_process_that_ends_with_it(feeder: Feeder, small: StoredCity) -> None:
    feeder.start("""
        def run(context):
            yield [report(f"p{os.getpid()}")]
    """).until("ended")
    assert stored_names(small) == [f"p{feeder.pids[0]}"] and feeder.pids[0] != os.getpid()
    assert not Path(f"/proc/{feeder.pids[0]}").exists()


def test_it_knows_its_districts_alone(feeder: Feeder, small: StoredCity) -> None:
    feeder.start("""
        def run(context):
            tree = context.tree
            assert tree.cells[0].code == "990102" and "990103" not in tree
            assert all(cell.chief is None for cell in tree.cells)
            assert context.outline("990102") and context.outline("990103") is None
            assert set(context.outlines()) == {cell.code for cell in tree.cells}
            assert {unit.cell for unit in context.units} <= set(tree.position)
            assert "E0101" in context.matters and "app" in context.channels
            assert context.calendar.local(context.now()).tzinfo is not None
            assert context.last_at() is None and list(context.open_cases()) == []
            yield [report("mine"), report("theirs", cell="990103001")]
            assert context.last_at() is not None
            (mine,) = context.open_cases()
            assert mine[0] == "mine" and mine[3] == tree.cells[-1].code
            yield [report("knows")]
    """, districts=(EAST,)).until("ended")  # fmt: skip
    assert stored_names(small) == ["mine", "knows"]
    assert letters(small) == ["outside_districts"]


def test_of_several_districts_it_knows_each_under_the_city(
    feeder: Feeder, small: StoredCity
) -> None:
    feeder.start("""
        def run(context):
            tree = context.tree
            assert [tree.cells[at].code for at in tree.children(0)] == ["990102", "990105"]
            assert tree.range_of("990105")[1] == len(tree) - 1 and "990103" not in tree
            assert [tree.cells[at].depth for at in tree.ancestors(len(tree) - 1)] == [0,1,2,3,4,5]
            yield [report("knows")]
    """, districts=(EAST, "990105")).until("ended")  # fmt: skip
    assert stored_names(small) == ["knows"]


FAULTS: list[tuple[str, Pace, str]] = [
    ('raise ConnectionError("no route to the sensor")\n    yield', Pace(),
     "ConnectionError: no route to the sensor"),
    ("yield [7]", Pace(), "item 0 of a list: is int"),
    ('yield [report("x").model_copy(update={"title": "t" * 300})]', Pace(),
     "item 0 of a list: title: Value should have at most 200"),
    ("sys.exit(3)\n    yield", Pace(), "SystemExit: 3"),
    ("os._exit(3)\n    yield", Pace(), "ended with code 3"),
    ("os.kill(os.getpid(), 9)\n    yield", Pace(), "ended by signal 9"),
    ("os.close(3)\n    time.sleep(60)\n    yield", Pace(), "closed its connection"),
    ("os.fork()\n    yield", Pace(), "PermissionError"),
    ("while True: pass\n    yield", Pace(quiet_seconds=0.2),
     "neither yielded nor waited for 0.2 s"),
    ('os.write(3, b"\\xff" * 100)\n    time.sleep(60)\n    yield', Pace(), "sent more than"),
    ("while True: yield [report(str(time.time_ns())) for _ in range(50)]",
     Pace(per_second=100.0, burst=100.0, flooding_seconds=0.2),
     "sends more than 100 reports a second: stopped"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "pace", "reason"), FAULTS, ids=[f[2][:30] for f in FAULTS])
def test_a_source_that_breaks_a_rule_fails_with_a_short_reason(
    feeder: Feeder, code: str, pace: Pace, reason: str
) -> None:
    told = feeder.start(f"def run(context):\n    {code}\n", pace).until("failed")
    assert told[-1].reason.startswith(reason) or reason in told[-1].reason, told[-1]
    assert len(told[-1].reason) < 200


def test_a_source_that_eats_too_much_memory_fails(feeder: Feeder) -> None:
    told = feeder.start("""
        def run(context):
            kept = [bytes(1 << 20) for _ in range(400)]
            yield []
    """, memory_mb=200).until("failed")  # fmt: skip
    assert told[-1].reason == "used more than 200 MB"


def test_a_source_that_was_well_again_for_a_while_is_shown_as_running(feeder: Feeder) -> None:
    watched = feeder.start("""
        def run(context):
            while context.wait(context.now() + 20):
                if not (HERE / "well").exists():
                    os._exit(3)
                yield []
    """, Pace(flooding_seconds=0.3))  # fmt: skip
    watched.until("failed")
    (feeder.folder / "well").touch()
    while not watched.runner._isolated.is_calm:  # type: ignore[union-attr]
        assert {state.state for state in list(watched.told.queue)} <= {"failed"}
    watched.runner.tell_again()
    assert watched.until("running")[-1].reason == ""


def test_a_waiting_source_ends_as_soon_as_it_is_told(
    feeder: Feeder, small: StoredCity, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(isolated, "STOPPING_SECONDS", 60.0)
    watched = feeder.start("""
        def run(context):
            yield [report("begun")]
            try:
                while context.wait(context.now() + 10_000_000):
                    yield []
            finally:
                (HERE / "let_go").touch()
    """)
    until(lambda: stored_names(small) == ["begun"])
    watched.runner.stop()
    assert watched.runner.join(30)
    assert watched.until("ended") and (feeder.folder / "let_go").exists()


def measured(watched: Watched) -> tuple[str, int, int] | None:
    """The name of the source's process with its memory, once that was looked at."""
    found = watched.runner.process
    return found if found and found[1] >= 1 << 20 else None


def test_a_source_that_will_not_end_is_ended(feeder: Feeder) -> None:
    watched = feeder.start("""
        def run(context):
            while True:
                yield []
    """)
    watched.until("running")
    found = until(lambda: measured(watched))
    assert found[0] == "feeder" and found[2] == 0
    watched.runner.stop()
    assert watched.runner.join(30)
    assert watched.runner.process == ("feeder", 0, 0)


BACKLOG = """
        def run(context):
            done = HERE / "done"
            turns = HERE / "turns"
            turns.write_text(turns.read_text() + "+" if turns.exists() else "+")
            began = int(done.read_text()) if done.exists() else 0
            for at in range(began, 3000, 250):
                yield [report(f"n{n:04}") for n in range(at, at + 250)]
                done.write_text(str(at + 250))
"""


def test_a_source_killed_in_the_middle_of_its_lists_loses_and_doubles_nothing(
    feeder: Feeder, small: StoredCity, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed: list[int] = []
    accept: Callable[..., Any] = small.intake.accept

    def deadly(*given: Any) -> Any:
        """Kill the process when its list has been read, before and after it was committed."""
        turn = len(killed) % 3
        if len(killed) < 4 and turn != 2:
            killed.append(feeder.pids[-1])
            if turn == 0:
                os.kill(feeder.pids[-1], signal.SIGKILL)
            found = accept(*given)
            if turn == 1:
                os.kill(feeder.pids[-1], signal.SIGKILL)
            return found
        killed.append(0)
        return accept(*given)

    monkeypatch.setattr(small.intake, "accept", deadly)
    monkeypatch.setattr(small.intake, "within", lambda _: small.intake)
    feeder.start(BACKLOG).until("ended")
    assert sorted(stored_names(small)) == [f"n{n:04}" for n in range(3000)]
    assert len((feeder.folder / "turns").read_text()) > 2


def test_a_source_that_asks_while_the_store_is_away_goes_on_when_it_is_back(
    feeder: Feeder, small: StoredCity, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = [True, True]
    last: Callable[..., Any] = sources.last_move_at

    def asked(*given: Any) -> Any:
        if away:
            away.pop()
            raise StoreAway("nobody answers")
        return last(*given)

    monkeypatch.setattr(sources, "last_move_at", asked)
    monkeypatch.setattr(runners, "AWAY_PAUSE", 0.01)
    told = feeder.start("""
        def run(context):
            yield [report(f"after {context.last_at()}")]
    """).until("ended")
    assert stored_names(small) == ["after None"]
    assert [state.reason for state in told if state.state == "waiting"] == [
        "StoreAway: nobody answers"
    ] * 2


def test_a_patient_source_above_its_rate_is_slowed_and_loses_nothing(
    feeder: Feeder, small: StoredCity
) -> None:
    pace = Pace(per_second=2000.0, burst=500.0, flooding_seconds=60.0)
    feeder.start(BACKLOG, pace).until("ended")
    assert sorted(stored_names(small)) == [f"n{n:04}" for n in range(3000)]
