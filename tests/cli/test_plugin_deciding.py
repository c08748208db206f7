"""What operators type about plugins: kept in either database, secrets never said."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from commandcenter.cli.main import app
from commandcenter.cli.plugins.deciding import decided
from commandcenter.settings import Settings
from commandcenter.store import plugins as kept
from commandcenter.store.seal import Seal
from commandcenter.store.store import Store
from tests.host.folders import SAMPLES, write_plugin

CODE = """
@hookimpl
def register_channels(settings):
    return [Channel(settings["key"], Text("灯"))]
"""
SETTINGS = '{key = {type = "str", default = "one"}, token = {type = "secret"}}'


class Operator:
    """Types commands for a server with one plugin that has settings."""

    def __init__(self, folder: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
        self.plugins = folder / "plugins"
        write_plugin(self.plugins, "lamp", CODE, provides=["channels"], settings=SETTINGS)
        (self.plugins / "small").symlink_to(SAMPLES / "small", target_is_directory=True)
        self.settings = Settings(data=folder, database_url=url, plugins=self.plugins)
        self.settings.secret()
        for name, value in (("DATA", folder), ("DATABASE_URL", url), ("PLUGINS", self.plugins)):
            monkeypatch.setenv(f"COMMANDCENTER_{name}", str(value))

    def types(self, *words: str, asked: str = "") -> str:
        """Type a command that works, and return all that it says."""
        done = CliRunner().invoke(app, ["plugin", *words], input=asked)
        assert done.exit_code == 0, done.output + repr(done.exception)
        return done.output

    def refused(self, *words: str) -> str:
        """Type a command that is refused, and return why."""
        return str(CliRunner().invoke(app, ["plugin", *words]).exception)


@pytest.fixture
def operator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Operator:
    """An operator of an embedded server."""
    return Operator(tmp_path, f"sqlite:///{tmp_path / 'commandcenter.db'}", monkeypatch)


def test_what_is_typed_counts_at_the_next_start_and_secrets_are_sealed(
    tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    operator = Operator(tmp_path, database_url, monkeypatch)
    said = operator.types("settings", "lamp", "key=two", "token=-", asked="hush hush\n")
    assert "two" in said and "***" in said and "hush" not in said
    assert decided(operator.settings).of("lamp") == {"key": "two", "token": "hush hush"}
    store = Store(operator.settings.database)
    with store.read() as connection:
        rows = connection.exec_driver_sql("SELECT * FROM plugin_settings").fetchall()
        other = kept.decisions(connection, Seal("another secret of the server"))
    store.close()
    assert len(rows) == 2 and "hush" not in repr(rows)
    # A backup that is restored under another secret says what to do instead of making it up.
    assert repr(other.of("lamp")["token"]) == "a secret that cannot be read"
    operator.types("settings", "lamp", "--unset", "token")
    assert decided(operator.settings).of("lamp") == {"key": "two"}


def test_a_plugin_is_switched_off_and_on(operator: Operator) -> None:
    assert operator.types("disable", "lamp") == "lamp is disabled\n"
    assert decided(operator.settings).disabled == {"lamp"}
    assert '"state": "disabled"' in operator.types("list", "--city", "small")
    assert operator.types("enable", "lamp") == "lamp is enabled\n"
    assert decided(operator.settings).disabled == frozenset()


def test_what_cannot_be_meant_is_refused_with_what_can(operator: Operator) -> None:
    assert operator.refused("settings", "lamp", "kay=1") == (
        "lamp: kay is no setting; it has key, token"
    )
    assert operator.refused("settings", "lamp", "key") == "key: write KEY=VALUE"
    assert "there are lamp, small" in operator.refused("disable", "lump")
    assert "gives a city" in operator.refused("disable", "small")
    assert decided(operator.settings).of("lamp") == {}
