"""The audit log from the command line: searched, proved, and its head kept."""

from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner, Result

from commandcenter.cases import audit
from commandcenter.cases.audit import AuditKind, Entry
from commandcenter.cli.main import app
from commandcenter.errors import CommandCenterError
from commandcenter.store import cities
from commandcenter.store.schema import upgrade
from commandcenter.store.settings import CATALOGUE, set_setting
from commandcenter.store.store import Store
from commandcenter.testing import small_catalogue, small_city, small_data

MONDAY = 1_767_578_400_000
"""10:00 on 5 January 2026 in the small city."""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """The data folder of a small city in which three things were done."""
    with_store(tmp_path, lay)
    return tmp_path


def with_store(folder: Path, work: object) -> None:
    store = Store(f"sqlite:///{folder / 'commandcenter.db'}")
    try:
        work(store)  # type: ignore[operator]
    finally:
        store.close()


def lay(store: Store) -> None:
    upgrade(store)
    with store.write() as connection:
        tree = cities.install(connection, small_city(), small_data())
        set_setting(connection, CATALOGUE, small_catalogue().to_json().decode())
        scope = tree.cells[0].code
        audit.append(connection, [
            Entry(AuditKind.UNMASKED, "wang", "case:1", {"reason": "回访核实"}, scope),
            Entry(AuditKind.COMMANDED, "li", "case:2", {"command": "close"}, scope),
            Entry(AuditKind.COMMANDED, "wang", "case:3", {"command": "file"}, scope),
        ], MONDAY)  # fmt: skip


def run(data: Path, *words: str) -> Result:
    return CliRunner().invoke(app, ["audit", *words, "--data", str(data)])


def found(data: Path, *words: str) -> list[str]:
    made = run(data, "search", *words, "--json")
    assert made.exit_code == 0, made.output
    return [orjson.loads(line)["what"] for line in made.stdout.splitlines()]


def test_a_search_finds_and_is_noted_itself(data: Path) -> None:
    assert found(data, "--who", "wang") == ["case:3", "case:1"]
    assert found(data, "--kind", "commanded") == ["case:3", "case:2"]
    assert found(data, "核实", "--kind", "unmasked") == ["case:1"]
    assert found(data, "--until", "2026-01-05") == ["case:3", "case:2", "case:1"]
    assert found(data, "--until", "2026-01-05T09:59") == []
    assert "wang" in run(data, "search", "--kind", "unmasked").output
    assert found(data, "--who", "cli", "--kind", "exported") != []


@pytest.mark.parametrize("words", [["--kind", "x"], ["--since", "soon"], ["--cell", "1"]])
def test_what_cannot_be_looked_for_is_said(data: Path, words: list[str]) -> None:
    made = run(data, "search", *words)
    assert made.exit_code != 0 and isinstance(made.exception, CommandCenterError)


def test_the_head_that_was_kept_proves_that_nothing_was_cut_off(data: Path) -> None:
    kept = run(data, "head").stdout.strip()
    assert kept.startswith("3:")
    assert run(data, "verify").exit_code == run(data, "verify", "--head", kept).exit_code == 0

    def cut(store: Store) -> None:
        with store.write() as connection:
            for name in ("audit_whole", "audit_head_on"):
                connection.exec_driver_sql(f"DROP TRIGGER {name}")
            connection.exec_driver_sql("DELETE FROM audit WHERE seq = 3")
            connection.exec_driver_sql(
                "UPDATE audit_head SET seq = 2, hash = (SELECT hash FROM audit WHERE seq = 2)"
            )

    with_store(data, cut)
    assert run(data, "verify").exit_code == 0
    told = run(data, "verify", "--head", kept)
    assert told.exit_code == 1 and "entry 3 is gone" in told.output
