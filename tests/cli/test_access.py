"""A demonstration's keys and logins: one for each role, the same at each start."""

import json
from pathlib import Path

import pytest

from commandcenter.cases import accounts, duties
from commandcenter.cli import access
from commandcenter.domain.roles import Role
from commandcenter.settings import Settings
from commandcenter.store import cities
from commandcenter.store.schema import upgrade
from commandcenter.store.store import Store
from commandcenter.testing import small_city, small_data
from tests.web.conftest import quick_passwords


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let passwords be hashed quickly; what a guess costs is a test of its own."""
    monkeypatch.setattr("commandcenter.cases.accounts.Passwords", quick_passwords)


def settings(folder: Path) -> Settings:
    """Settings of a data folder in which the small city is installed."""
    found = Settings(data=folder)
    store = Store(found.database)
    upgrade(store)
    with store.write() as connection:
        cities.install(connection, small_city(), small_data())
    store.close()
    return found


def test_there_is_somebody_for_each_role_and_a_key_that_may_command(tmp_path: Path) -> None:
    found = settings(tmp_path)
    made = access.made(found, 7)
    assert access.made(found, 9) == made and made["history"] == 7
    roles = {login["user"]: login["role"] for login in made["logins"]}
    assert roles == {
        "city": "duty_officer", "district": "duty_officer", "leader": "leader",
        "chief": "grid_chief", "operator": "operator", "auditor": "auditor", "unit": "unit_officer",
    }  # fmt: skip
    store = Store(found.database)
    with store.read() as connection:
        key = accounts.key_of(connection, made["operator_key"])
        unit = accounts.user_named(connection, "unit")
    store.close()
    assert key is not None and (key.kind, key.role) == ("operator", Role.DUTY_OFFICER)
    assert unit is not None and unit.unit is not None


def test_what_an_older_version_made_keeps_its_passwords_and_gets_roles(tmp_path: Path) -> None:
    found = settings(tmp_path)
    made = access.made(found, 0)
    old = {
        "wall_key": made["wall_key"], "source_key": made["source_key"], "history": 3,
        "logins": made["logins"][:2],
    }  # fmt: skip
    store = Store(found.database)
    with store.write() as connection:
        for name in ("leader", "chief", "operator", "auditor", "unit"):
            connection.exec_driver_sql(f"DELETE FROM users WHERE name = '{name}'")
        duties.give_role(connection, "city", None, None)
    store.close()
    (tmp_path / access.ACCESS).write_text(json.dumps(old))
    new = access.made(found, 0)
    assert new["logins"][0]["password"] == made["logins"][0]["password"]
    assert (new["wall_key"], new["history"]) == (made["wall_key"], 3)
    assert new["operator_key"] != made["operator_key"] and len(new["logins"]) == 7
