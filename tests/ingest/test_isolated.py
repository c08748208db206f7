"""Sources of isolated plugins run in processes of their own and are held to what they may do."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from sqlalchemy import select

from commandcenter.api import Source, Text
from commandcenter.cases import sources
from commandcenter.errors import PluginError
from commandcenter.host.discovery import Candidate
from commandcenter.host.guard import Guard
from commandcenter.host.manifest import read_manifest
from commandcenter.host.plugin import Plugin, Registered
from commandcenter.ingest import isolated
from commandcenter.ingest import runner as runners
from commandcenter.ingest.bounds import Bounds
from commandcenter.ingest.isolated import Isolated, Pace
from commandcenter.ingest.runner import Runner
from commandcenter.sandbox.nursery import Nursery
from commandcenter.sandbox.process import Process
from commandcenter.sandbox.spec import SOURCE, Spec
from commandcenter.store.away import StoreAway
from commandcenter.store.tables import cases, dead_letters
from commandcenter.testing.stored import StoredCity
from tests.ingest.test_runner import Watched, context
from tests.ingest.test_runner import names as stored_names

DESCRIBE_SECONDS = 20.0
EAST, WEST = "990102", "990103"
MANIFEST = """
name = "feeder"
version = "1.0.0"
api = 1
title = {zh = "源"}
owner = "test"
districts = [%s]
provides = ["sources"]
"""
HEAD = """
import os
import signal
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from commandcenter.api import Filing, Report, Source, Text, Update, Command, hookimpl

HERE = Path(__file__).parent


def report(key, **more):
    given = {"cell": "990102002002002002"} | more
    return Report(
        source="feed", external_id=key, channel="app", title="路边有垃圾", matter="E0101",
        occurred_at=datetime.now(UTC), attachments=[], **given,
    )


@hookimpl
def register_sources():
    return [Source("feed", Text("源"), run, interval=0.02)]


"""


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    """One nursery for all tests of the module."""
    made = Nursery()
    made.start()
    yield made
    made.close()


class Feeder:
    """Runs a source from a plugin's folder as an ingest worker does."""

    def __init__(self, city: StoredCity, nursery: Nursery, folder: Path) -> None:
        self.city, self.nursery, self.folder = city, nursery, folder
        self.running: list[Watched] = []
        self.pids: list[int] = []

    def start(self, run: str, pace: Pace | None = None, districts: tuple[str, ...] = ("*",),
              memory_mb: int = 512) -> Watched:  # fmt: skip
        self.folder.mkdir(exist_ok=True)
        listed = ", ".join(f'"{code}"' for code in districts)
        (self.folder / "plugin.toml").write_text(MANIFEST % listed, "utf-8")
        (self.folder / "__init__.py").write_text(HEAD + dedent(run), "utf-8")
        candidate = Candidate("feeder", self.folder, "feeder_under_test")
        manifest = read_manifest(self.folder / "plugin.toml", "feeder")
        plugin = Plugin(manifest, None, self.folder)

        def begin(key: str) -> Process:
            spec = Spec(SOURCE, plugin, candidate, memory_mb, {"source": key})
            process = Process(self.nursery, spec)
            self.pids.append(process.pid)
            process.send(spec.head())
            head = process.receive(DESCRIBE_SECONDS).head
            if "refused" in head:
                process.end()
                raise PluginError(head["refused"])
            return process

        source = Registered(
            Source("feed", Text("源"), lambda _: iter(()), interval=0.02), "feeder", districts
        )
        given = context(self.city)
        apart = Isolated(source, given, begin, pace or Pace())
        intake = self.city.intake.within(Bounds.of(source, self.city.tree))
        watched = Watched(None)  # type: ignore[arg-type]
        watched.runner = Runner(
            source, given, intake, Guard(), watched.told.put, isolated=apart
        )
        watched.runner.start()
        self.running.append(watched)
        return watched


@pytest.fixture
def feeder(
    small: StoredCity, nursery: Nursery, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Feeder]:
    """Starts sources whose pauses are short; whatever still runs is stopped at the end."""
    monkeypatch.setattr(runners, "FIRST_PAUSE", 0.001)
    monkeypatch.setattr(runners, "TELL_SECONDS", 0.0)
    monkeypatch.setattr(runners, "QUARANTINE_AFTER", 2)
    monkeypatch.setattr(isolated, "STOPPING_SECONDS", 0.5)
    made = Feeder(small, nursery, tmp_path / "feeder")
    yield made
    for watched in made.running:
        watched.runner.stop()
    for watched in made.running:
        assert watched.runner.join(20)


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


def test_a_waiting_source_ends_as_soon_as_it_is_told(feeder: Feeder, small: StoredCity) -> None:
    watched = feeder.start("""
        def run(context):
            yield [report("begun")]
            try:
                while context.wait(context.now() + 10_000_000):
                    yield []
            finally:
                (HERE / "let_go").touch()
    """)
    while stored_names(small) != ["begun"]:
        pass
    watched.runner.stop()
    assert watched.runner.join(3)
    assert watched.until("ended") and (feeder.folder / "let_go").exists()


def test_a_source_that_will_not_end_is_ended(feeder: Feeder) -> None:
    watched = feeder.start("""
        def run(context):
            while True:
                yield []
    """)
    watched.until("running")
    while not (found := watched.runner.process) or found[1] < 1 << 20:
        pass
    assert found[0] == "feeder" and found[2] == 0
    watched.runner.stop()
    assert watched.runner.join(5)
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
