"""Sessions: where somebody is signed in, since when, and what has ended it.

A browser keeps a random token and the database its digest; every instant is by the real clock.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from secrets import token_urlsafe
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, bindparam, delete, insert, select, update

from commandcenter.domain.clocks import DAY, Millis
from commandcenter.errors import NotFound
from commandcenter.store.sign_in_tables import sessions
from commandcenter.store.tables import users

LONGEST = 7 * DAY
"""A person signs in again after this long."""
KEPT = 30 * DAY
"""How long a session that is over stays in the table; the audit log keeps it for good."""
TOKEN_BYTES = 32
AGENT_LENGTH = 200


class Factor(StrEnum):
    """How somebody has signed in."""

    PASSWORD = "password"
    CODE = "password+code"
    RECOVERY = "password+recovery"
    PROVIDER = "provider"
    PROVIDER_CODE = "provider+code"
    PROVIDER_RECOVERY = "provider+recovery"


class Ending(StrEnum):
    """What has ended a session."""

    SIGNED_OUT = "signed_out"
    ENDED = "ended"
    """By its owner, from another session."""
    PASSWORD = "password_changed"
    OPERATOR = "operator"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True)
class Arrival:
    """From where somebody signs in, with which browser, and how."""

    address: str
    agent: str
    factor: Factor


@dataclass(frozen=True, slots=True)
class Session:
    """A session as its owner sees it."""

    id: int
    user_id: int
    begun_at: Millis
    seen_at: Millis
    address: str
    agent: str
    factor: str

    @property
    def holder(self) -> str:
        """What its streams are known by."""
        return holder(self.id)


def holder(session_id: int) -> str:
    """Return what the streams of a session are known by."""
    return f"session:{session_id}"


def digest(token: str) -> str:
    """Return what the database keeps of a token."""
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def begin(connection: Connection, user_id: int, arrival: Arrival, now: Millis) -> tuple[str, int]:
    """Begin a session and return its token, which nobody can read again, and its id."""
    table, token = sessions, token_urlsafe(TOKEN_BYTES)
    is_old = table.c.begun_at < now - LONGEST - KEPT
    connection.execute(delete(table).where(table.c.user_id == user_id, is_old))
    row = {
        "user_id": user_id,
        "digest": digest(token),
        "begun_at": now,
        "seen_at": now,
        "address": arrival.address[:64],
        "agent": arrival.agent[:AGENT_LENGTH],
        "factor": arrival.factor.value,
    }
    made = connection.execute(insert(table), row).inserted_primary_key
    return token, int(made[0]) if made else 0


def of_user(connection: Connection, user_id: int, now: Millis) -> list[Session]:
    """Return the sessions of an account that are open, those seen last first."""
    return [_session(row) for row in connection.execute(_open(now, sessions.c.user_id == user_id))]


def everybodys(connection: Connection, now: Millis) -> list[tuple[str, str, Session]]:
    """Return all open sessions with name and scope of their accounts, those seen last first."""
    query = _open(now).join(users, users.c.id == sessions.c.user_id)
    query = query.add_columns(users.c.name, users.c.scope)
    return [(row.name, row.scope, _session(row)) for row in connection.execute(query)]


def note_seen(connection: Connection, seen: Mapping[int, Millis]) -> None:
    """Note when sessions were used; an instant never goes back."""
    rows = [{"of": number, "at": at} for number, at in sorted(seen.items())]
    if rows:
        connection.execute(NOTE_SEEN, rows)


NOTE_SEEN = (
    update(sessions)
    .where(sessions.c.id == bindparam("of"), sessions.c.seen_at < bindparam("at"))
    .values(seen_at=bindparam("at"))
)


def end(connection: Connection, session_id: int, why: Ending, now: Millis) -> list[str]:
    """End one session; returns whose streams must end, raises NotFound for one that is over."""
    ended = _end(connection, now, why, sessions.c.id == session_id)
    if not ended:
        raise NotFound(f"there is no open session {session_id}")
    return ended


def end_own(connection: Connection, user_id: int, session_id: int, now: Millis) -> list[str]:
    """End a session of an account; raises NotFound for another's as for one that is over."""
    whose = (sessions.c.id == session_id, sessions.c.user_id == user_id)
    ended = _end(connection, now, Ending.ENDED, *whose)
    if not ended:
        raise NotFound(f"there is no open session {session_id}")
    return ended


def end_all(
    connection: Connection, user_id: int, why: Ending, now: Millis, but: int = 0
) -> list[str]:
    """End all sessions of an account but one; returns whose streams must end."""
    whose = (sessions.c.user_id == user_id, sessions.c.id != but)
    return _end(connection, now, why, *whose)


def _end(
    connection: Connection, now: Millis, why: Ending, *which: ColumnElement[bool]
) -> list[str]:
    change = update(sessions).where(sessions.c.ended_at.is_(None), *which)
    change = change.values(ended_at=now, why=why.value)
    found = connection.execute(change.returning(sessions.c.id)).scalars().all()
    return [holder(number) for number in sorted(found)]


def _open(now: Millis, *which: ColumnElement[bool]) -> Any:
    is_open = (sessions.c.ended_at.is_(None), sessions.c.begun_at > now - LONGEST)
    newest = (sessions.c.seen_at.desc(), sessions.c.id.desc())
    return select(sessions).where(*is_open, *which).order_by(*newest)


def _session(row: Row[Any]) -> Session:
    return Session(
        row.id, row.user_id, row.begun_at, row.seen_at, row.address, row.agent, row.factor
    )
