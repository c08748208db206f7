"""`user` and `sessions`: how persons sign in, and where they are signed in."""

from datetime import datetime
from secrets import token_urlsafe

import typer
from rich.console import Console
from rich.table import Table

from commandcenter.cases import accounts, identities, lockouts, second_factors, sessions
from commandcenter.cases.account_rows import User
from commandcenter.cases.password_rules import check_new
from commandcenter.cases.sessions import Ending, Session
from commandcenter.cli.noted import Done, carry_out, entry, now
from commandcenter.domain.audit import AuditKind
from commandcenter.domain.clocks import SECOND
from commandcenter.errors import NotFound
from commandcenter.settings import Settings
from commandcenter.store.store import Connection, Store

PASSWORD_BYTES = 12


def set_password(settings: Settings, name: str, given: str) -> None:
    """Give an account a password that its owner must change; without one, a random one is printed.

    Raises NotFound, PasswordFault.
    """
    password = given or token_urlsafe(PASSWORD_BYTES)
    check_new(password, name)
    hashed = accounts.Passwords().hash(password)

    def change(connection: Connection) -> Done:
        holders = accounts.set_password(connection, name, hashed, now(), must_change=True)
        lockouts.forget(connection, name)
        return Done([entry(AuditKind.PASSWORD_CHANGED, f"user:{name}")], holders)

    carry_out(settings, change)
    if not given:
        typer.echo(password)


def unlock(settings: Settings, name: str) -> None:
    """Let an account be tried again at once; raises NotFound for one that is not locked."""

    def change(connection: Connection) -> Done:
        if not lockouts.forget(connection, name):
            raise NotFound(f"nothing stands against the name {name}")
        return Done([entry(AuditKind.ACCOUNT_CHANGED, f"user:{name}", act="unlocked")], [])

    carry_out(settings, change)


def reset_factor(settings: Settings, name: str) -> None:
    """Take the second factor of an account away, and end its sessions; raises NotFound."""

    def change(connection: Connection) -> Done:
        user = _user(connection, name)
        second_factors.remove(connection, user.id)
        holders = sessions.end_all(connection, user.id, Ending.OPERATOR, now())
        return Done([entry(AuditKind.SECOND_FACTOR, f"user:{name}", act="reset")], holders)

    carry_out(settings, change)


def mark(settings: Settings, name: str, *, oidc: bool) -> None:
    """Let an account come in by the provider, or no longer; raises NotFound."""

    def change(connection: Connection) -> Done:
        identities.mark(connection, name, oidc=oidc)
        return Done([entry(AuditKind.ACCOUNT_CHANGED, f"user:{name}", oidc=oidc)], [])

    carry_out(settings, change)


def end(settings: Settings, number: int | None, name: str) -> int:
    """End a session, or all of an account; returns how many. Raises NotFound."""
    ended: list[str] = []

    def change(connection: Connection) -> Done:
        if number is not None:
            holders = sessions.end(connection, number, Ending.OPERATOR, now())
        else:
            user = _user(connection, name)
            holders = sessions.end_all(connection, user.id, Ending.OPERATOR, now())
        ended.extend(holders)
        return Done([entry(AuditKind.SESSION_ENDED, each) for each in holders], holders)

    carry_out(settings, change)
    return len(ended)


def show(settings: Settings, name: str) -> None:
    """Print the open sessions, of everybody or of one account."""
    with Store(settings.database).read() as connection:
        found = [
            (whose, one)
            for whose, _, one in sessions.everybodys(connection, now())
            if not name or whose == name
        ]
    table = Table("session", "user", "begun", "seen", "address", "by", "browser")
    for whose, one in found:
        table.add_row(*_row(whose, one))
    Console().print(table)


def _row(whose: str, one: Session) -> tuple[str, ...]:
    begun, seen = (datetime.fromtimestamp(at / SECOND) for at in (one.begun_at, one.seen_at))
    return (
        str(one.id), whose, f"{begun:%Y-%m-%d %H:%M}", f"{seen:%Y-%m-%d %H:%M}", one.address,
        one.factor, one.agent,
    )  # fmt: skip


def _user(connection: Connection, name: str) -> User:
    found = accounts.user_named(connection, name)
    if found is None:
        raise NotFound(f"there is no user {name} in force")
    return found
