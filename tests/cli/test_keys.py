"""Keys from the command line: one of a plugin belongs to a plugin that is in use."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from commandcenter.cases import accounts
from commandcenter.cli.main import app
from commandcenter.domain.rights import Block
from commandcenter.store import cities
from commandcenter.store.schema import upgrade
from commandcenter.store.settings import CATALOGUE, set_setting
from commandcenter.store.store import Store
from commandcenter.testing import small_catalogue, small_city, small_data
from tests.web.conftest import SOUTH, remote_plugin


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """The data folder of a small city with a remote panel."""
    store = Store(f"sqlite:///{tmp_path / 'commandcenter.db'}")
    upgrade(store)
    with store.write() as connection:
        cities.install(connection, small_city(), small_data())
        catalogue = small_catalogue(remote_plugin("air", SOUTH))
        set_setting(connection, CATALOGUE, catalogue.to_json().decode())
    store.close()
    return tmp_path


def key(data: Path, *words: str) -> accounts.Key | str:
    """The key that a command makes, or why it does not."""
    made = CliRunner().invoke(app, ["key", "add", *words, "--data", str(data)])
    if made.exit_code:
        return str(made.exception)
    store = Store(f"sqlite:///{data / 'commandcenter.db'}")
    with store.read() as connection:
        found = accounts.key_of(connection, made.stdout.strip())
    store.close()
    assert found is not None
    return found


@pytest.mark.parametrize("words", [("--plugin", "air"), ("plugin", "air")])
def test_a_plugins_key_needs_its_plugins_name_alone(data: Path, words: tuple[str, ...]) -> None:
    made = key(data, *words)
    assert isinstance(made, accounts.Key)
    assert (made.kind, made.name, made.scope, made.plugin) == ("plugin", "air", SOUTH, "air")


def test_a_key_of_a_plugin_that_is_not_in_use_is_refused(data: Path) -> None:
    assert key(data, "--plugin", "arr") == "plugin arr: there is none; in use are air, small"


def test_other_keys_are_as_they_were(data: Path) -> None:
    made = key(data, "source", "hotline", SOUTH)
    assert isinstance(made, accounts.Key)
    assert (made.kind, made.name, made.plugin) == ("source", "hotline", None)
    assert "is no kind of a key: give wall, source" in str(key(data, "sauce", "hotline", SOUTH))
    assert "belongs to a plugin" in str(key(data, "wall", "x", SOUTH, "--plugin", "air"))


def test_a_key_that_may_command_has_a_role_and_a_unit_officer_a_unit(data: Path) -> None:
    made = key(data, "operator", "desk", SOUTH, "--role", "duty_officer")
    assert isinstance(made, accounts.Key)
    assert (made.kind, made.role, made.unit) == ("operator", "duty_officer", None)
    unit = key(data, "operator", "unit", SOUTH, "--role", "unit_officer", "--unit", "990105-sz")
    assert isinstance(unit, accounts.Key) and unit.unit == "990105-sz"
    assert "has a role: give one" in str(key(data, "operator", "x", SOUTH))
    assert "has a role: give one" in str(key(data, "source", "x", SOUTH, "--role", "leader"))
    assert "acts for a unit" in str(key(data, "operator", "x", SOUTH, "--role", "unit_officer"))
    assert "is no role" in str(key(data, "operator", "x", SOUTH, "--role", "king"))
    nobody = ("--role", "unit_officer", "--unit", "nobody")
    assert "there is no unit nobody" in str(key(data, "operator", "x", SOUTH, *nobody))


def test_a_user_is_given_a_role_and_loses_it_again(data: Path) -> None:
    def run(*words: str) -> object:
        made = CliRunner().invoke(app, ["user", *words, "--data", str(data)])
        assert made.exit_code == 0, made.exception
        store = Store(f"sqlite:///{data / 'commandcenter.db'}")
        with store.read() as connection:
            found = accounts.user_named(connection, "li")
        store.close()
        return found and found.role

    assert run("add", "li", SOUTH, "--password", "long enough one") is None
    assert run("role", "li", "leader") == "leader"
    assert run("role", "li") is None


def test_a_key_sees_the_blocks_that_it_is_given(data: Path) -> None:
    made = key(data, "wall", "hall", SOUTH, "--block", "people", "--block", "cases")
    assert isinstance(made, accounts.Key)
    assert made.blocks == {Block.PEOPLE, Block.CASES}
    by_tier = key(data, "wall", "other", SOUTH)
    assert isinstance(by_tier, accounts.Key) and by_tier.blocks is None
    assert "gossip is no block: give cases, people" in str(
        key(data, "wall", "third", SOUTH, "--block", "gossip")
    )
