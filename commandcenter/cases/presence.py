"""Who is signed in: the account behind a session's token, in one read."""

from sqlalchemy import Connection, bindparam, select

from commandcenter.cases.account_rows import User, read_user
from commandcenter.cases.sessions import LONGEST, Session, digest
from commandcenter.domain.clocks import Millis
from commandcenter.store.sign_in_tables import sessions
from commandcenter.store.tables import users


def found(connection: Connection, token: str, now: Millis) -> tuple[User, Session] | None:
    """Return whose a token is; None once the session is over or its account closed.

    The digest of 256 random bits is looked up as it is: guessing by timing learns only of digests.
    """
    row = connection.execute(PRESENT, {"of": digest(token), "since": now - LONGEST}).first()
    if row is None:
        return None
    session = Session(
        row.session_id, row.id, row.begun_at, row.seen_at, row.address, row.agent, row.factor
    )
    return read_user(row), session


# Asked with every request: made once.
PRESENT = (
    select(
        users,
        sessions.c.id.label("session_id"),
        *(sessions.c[name] for name in ("begun_at", "seen_at", "address", "agent", "factor")),
    )
    .join_from(sessions, users, users.c.id == sessions.c.user_id)
    .where(
        sessions.c.digest == bindparam("of"),
        sessions.c.begun_at > bindparam("since"),
        sessions.c.ended_at.is_(None),
        users.c.disabled_at.is_(None),
    )
)
