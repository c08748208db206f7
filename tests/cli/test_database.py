"""The commands that look after the database, as they are typed."""

from __future__ import annotations

from pathlib import Path
from threading import Event

import pytest

from commandcenter.cli import database
from commandcenter.cli.processes import held_folder
from commandcenter.errors import SettingsError
from commandcenter.live import checkpoint
from commandcenter.live.rollup import Rollup
from commandcenter.settings import Settings
from commandcenter.store.keeper import Keeper
from commandcenter.store.leases import LIVE, Lease, Table
from commandcenter.store.settings import CATALOGUE, set_setting
from commandcenter.testing import small_catalogue
from commandcenter.testing.stored import StoredCity


@pytest.fixture
def settings(stored: StoredCity, tmp_path: Path) -> Settings:
    """The settings of a server on the small city, with some cases in it."""
    with stored.store.write() as connection:
        set_setting(connection, CATALOGUE, small_catalogue().to_json().decode())
    stored.accept(*[stored.report(f"r{n}") for n in range(30)])
    data = tmp_path / "data"
    data.mkdir()
    return Settings(data=data, database_url=stored.store.url)


def falsified(city: StoredCity) -> None:
    """Save counts that are wrong."""
    frame, now = database._frame(city.store)
    rollup = Rollup(frame, city.store)
    rollup.rebuild(now)
    rollup.stock.counts[:, 0] += 7
    checkpoint.save(rollup)


def test_a_recount_makes_wrong_counts_right(
    stored: StoredCity, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    falsified(stored)
    assert not database.verify(settings)
    database.recount(settings)
    assert "counted 30 cases anew" in capsys.readouterr().out
    assert database.verify(settings)


def test_no_recount_while_a_worker_counts(stored: StoredCity, settings: Settings) -> None:
    falsified(stored)
    table = Table(stored.store.url)
    lease = Lease(table, LIVE)
    began = Event()

    def tend() -> float:
        began.set()
        return lease.tend()

    keeper = Keeper(tend)
    keeper.start()
    try:
        assert began.wait(10) and lease.held
        with pytest.raises(SettingsError, match="stop the workers"):
            database.recount(settings)
        assert not database.verify(settings)
    finally:
        keeper.close()
        lease.release()
        table.close()
    database.recount(settings)
    assert database.verify(settings)


def test_a_dead_worker_s_lease_keeps_nobody_from_a_recount(
    stored: StoredCity, settings: Settings
) -> None:
    table = Table(stored.store.url)
    lease = Lease(table, LIVE, holder="elsewhere/1/1")
    lease.tend()
    table.close()
    database.recount(settings)
    assert database.verify(settings)


def test_what_is_backed_up_is_restored_by_the_commands(
    small: StoredCity, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with small.store.write() as connection:
        set_setting(connection, CATALOGUE, small_catalogue().to_json().decode())
    small.accept(*[small.report(f"r{n}") for n in range(30)])
    file, data = tmp_path / "city.backup", tmp_path / "new"
    database.backup(Settings(data=tmp_path, database_url=small.store.url), file)
    new = Settings(data=data)
    database.restore(new, file)
    said = capsys.readouterr().out
    assert said.count("30 cases") == 2
    assert database.verify(new)
    assert [path.name for path in data.iterdir() if path.is_dir()] == []


def test_nothing_is_restored_under_a_running_server(small: StoredCity, tmp_path: Path) -> None:
    file, data = tmp_path / "city.backup", tmp_path / "new"
    data.mkdir()
    database.backup(Settings(data=tmp_path, database_url=small.store.url), file)
    with held_folder(data), pytest.raises(SettingsError, match="another server runs"):
        database.restore(Settings(data=data), file)
    assert not list(data.glob("*.db"))
