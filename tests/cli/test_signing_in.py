"""Signing in from the command line: passwords for one time, locks, second factors, sessions."""

from pathlib import Path

import pytest
from sqlalchemy import select
from typer.testing import CliRunner, Result

from commandcenter.cases import accounts, lockouts, second_factors, sessions
from commandcenter.cases.accounts import User
from commandcenter.cases.lockouts import Trier
from commandcenter.cases.passwords import NO_PASSWORD
from commandcenter.cases.second_factors import SecondFactors
from commandcenter.cases.sessions import Arrival, Factor
from commandcenter.cli.main import app
from commandcenter.store import cities, sign_in_tables
from commandcenter.store.audit_tables import audit
from commandcenter.store.seal import Seal
from commandcenter.store.sign_in_tables import second_factors as factors
from commandcenter.store.store import Store
from commandcenter.testing import small_city, small_data
from tests.web.conftest import SOUTH, empty_database, now, quick_passwords

NEW = "a tram to the west station"
ADDED = ("user_added", "cli", "user:li")
LI = Trier("li", "10.0.0.66")
HERE = Arrival("10.0.0.7", "a browser", Factor.PASSWORD)


class Server:
    """A data folder with one account, li."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "commandcenter.db").write_bytes(empty_database())
        self.store = Store(f"sqlite:///{folder / 'commandcenter.db'}")
        with self.store.write() as connection:
            cities.install(connection, small_city(), small_data())
        self.run("user", "add", "li", SOUTH, "--password", "rain on the third bridge")

    def run(self, *words: str) -> Result:
        """What a command says."""
        return CliRunner().invoke(app, [*words, "--data", str(self.folder)])

    def li(self) -> User:
        """The account."""
        with self.store.read() as connection:
            found = accounts.user_named(connection, "li")
        assert found is not None
        return found

    def signed_in(self) -> int:
        """Sign li in; the session's number."""
        with self.store.write() as connection:
            return sessions.begin(connection, 1, HERE, now())[1]

    def noted(self) -> list[tuple[str, str, str]]:
        """What stands in the audit log."""
        with self.store.read() as connection:
            found = connection.execute(select(audit.c.kind, audit.c.who, audit.c.what))
            return [tuple(row) for row in found]


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Server:
    # What a guess costs is a test of its own.
    monkeypatch.setattr("commandcenter.cases.accounts.Passwords", quick_passwords)
    return Server(tmp_path)


def test_a_password_that_is_set_must_be_changed_and_ends_all_sessions(server: Server) -> None:
    server.signed_in()
    with server.store.write() as connection:
        lockouts.attempt(connection, LI, 1, now())
    made = server.run("user", "password", "li")
    password = made.stdout.strip()
    user = server.li()
    assert len(password) == 16 and accounts.Passwords().match(user, password)
    assert user.must_change
    with server.store.read() as connection:
        assert sessions.everybodys(connection, now()) == []
        assert connection.execute(select(sign_in_tables.lockouts)).all() == []
    assert server.noted() == [ADDED, ("password_changed", "cli", "user:li")]
    assert server.run("user", "password", "li", "--password", NEW).stdout == ""
    assert accounts.Passwords().match(server.li(), NEW)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("user", "password", "li", "--password", "password1234"), "easy to guess"),
        (("user", "password", "nobody"), "there is no user nobody"),
        (("user", "add", "wang", SOUTH, "--password", "too short"), "at least 12 characters"),
        (("user", "unlock", "li"), "nothing stands against"),
        (("user", "factor", "li"), "has no second factor"),
        (("user", "factor", "nobody"), "there is no user nobody"),
        (("user", "oidc", "nobody"), "there is no user nobody"),
        (("sessions", "end", "7"), "there is no open session 7"),
        (("sessions", "end"), "give the number of a session"),
        (("sessions", "end", "7", "--user", "li"), "give the number of a session"),
    ],
)
def test_what_cannot_be_done_is_told(server: Server, words: tuple[str, ...], said: str) -> None:
    made = server.run(*words)
    assert made.exit_code and said in str(made.exception)


def test_a_name_is_unlocked(server: Server) -> None:
    with server.store.write() as connection:
        assert lockouts.attempt(connection, LI, 1, now()).locks
    assert server.run("user", "unlock", "li").exit_code == 0
    with server.store.write() as connection:
        assert lockouts.attempt(connection, LI, 1, now()).is_allowed


def test_a_lost_second_factor_is_taken_away(server: Server) -> None:
    with server.store.write() as connection:
        SecondFactors(Seal("x")).begin(connection, 1, now())
        connection.execute(factors.update().values(confirmed=True))
    number = server.signed_in()
    assert server.run("user", "factor", "li").exit_code == 0
    with server.store.read() as connection:
        assert not second_factors.is_in_force(connection, 1)
        assert number not in [one.id for one in sessions.of_user(connection, 1, now())]
    assert server.noted() == [ADDED, ("second_factor", "cli", "user:li")]


def test_an_account_comes_in_by_the_provider_alone_or_as_well(server: Server) -> None:
    assert server.run("user", "add", "chen", SOUTH, "--oidc").exit_code == 0
    with server.store.read() as connection:
        chen = accounts.user_named(connection, "chen")
    assert chen is not None and chen.oidc and chen.password == NO_PASSWORD
    assert not accounts.Passwords().match(chen, "")
    server.run("user", "oidc", "li")
    assert server.li().oidc and server.li().password
    server.run("user", "oidc", "li", "--off")
    assert not server.li().oidc


def test_sessions_are_listed_and_ended(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    first, second, third = (server.signed_in() for _ in range(3))
    listed = server.run("sessions", "list").stdout
    assert listed.count("10.0.0.7") == 3 and "a browser" in listed
    assert "10.0.0.7" not in server.run("sessions", "list", "--user", "wang").stdout
    assert server.run("sessions", "end", str(second)).stdout == "ended 1\n"
    assert server.run("sessions", "list").stdout.count("10.0.0.7") == 2
    assert server.run("sessions", "end", "--user", "li").stdout == "ended 2\n"
    ended = [what for kind, _, what in server.noted() if kind == "session_ended"]
    assert ended == [f"session:{number}" for number in (second, first, third)]


def test_every_change_of_accounts_and_keys_is_noted(server: Server) -> None:
    for words in (
        ("user", "role", "li", "leader"), ("user", "blocks", "li", "--block", "cases"),
        ("key", "add", "wall", "hall", SOUTH), ("key", "revoke", "hall"),
        ("user", "disable", "li"),
    ):  # fmt: skip
        assert server.run(*words).exit_code == 0
    assert server.noted() == [
        ADDED, ("account_changed", "cli", "user:li"), ("account_changed", "cli", "user:li"),
        ("key_added", "cli", "key:hall"), ("account_changed", "cli", "key:hall"),
        ("account_changed", "cli", "user:li"),
    ]  # fmt: skip
