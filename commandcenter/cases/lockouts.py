"""Locks on names: after some wrong attempts a name is locked, each time for longer.

It is the name that is locked, whether there is such an account or not, so that a lock tells
nothing. An attempt is counted before it is checked: those made at once are counted as well.
"""

from dataclasses import dataclass
from hashlib import sha256

from sqlalchemy import Connection, and_, case, delete, literal, select, update

from commandcenter.domain.clocks import DAY, HOUR, MINUTE, Millis
from commandcenter.store.sign_in_tables import lockouts
from commandcenter.store.upsert import dialect_insert

FIRST_PAUSE = MINUTE
LONGEST_PAUSE = HOUR
FORGOTTEN = DAY
"""Attempts that were followed by none for so long count no more."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt to sign in; `until` is when the next one may be made, 0 for at once.

    One that is not allowed is not to be checked.
    """

    is_allowed: bool
    until: Millis = 0

    @property
    def locks(self) -> bool:
        """Whether it locks the name, should it be wrong."""
        return self.is_allowed and self.until > 0


def pause(wrong: int, most: int) -> Millis:
    """Return how long a name is locked after so many wrong attempts: twice as long each time."""
    if wrong < most:
        return 0
    return min(FIRST_PAUSE << min(wrong - most, 16), LONGEST_PAUSE)


def attempt(connection: Connection, name: str, most: int, now: Millis) -> Attempt:
    """Count an attempt as a wrong one; whoever turns out to be right says so with `forget`."""
    table = lockouts
    connection.execute(delete(table).where(table.c.at < now - FORGOTTEN))
    # A lock that would last longer than one can comes of a clock that was put back.
    is_locked = and_(table.c.until > now, table.c.until <= now + LONGEST_PAUSE)
    statement = dialect_insert(connection, table).values(who=_who(name), wrong=1, at=now, until=0)
    counted = connection.execute(
        statement.on_conflict_do_update(
            index_elements=["who"],
            set_={
                "wrong": case((is_locked, table.c.wrong), else_=table.c.wrong + 1),
                "at": case((is_locked, table.c.at), else_=literal(now)),
            },
        ).returning(table.c.wrong, table.c.until)
    ).one()
    if now < counted.until <= now + LONGEST_PAUSE:
        return Attempt(False, counted.until)
    wait = pause(counted.wrong, most)
    until = now + wait if wait else 0
    connection.execute(update(table).where(table.c.who == _who(name)).values(until=until))
    return Attempt(True, until)


def take_back(connection: Connection, name: str) -> None:
    """Count the last attempt no more: it was right, and something else is still to be given."""
    table = lockouts
    change = update(table).where(table.c.who == _who(name))
    connection.execute(change.values(wrong=table.c.wrong - 1, until=0))


def forget(connection: Connection, name: str) -> bool:
    """Begin anew with a name; tells whether anything stood against it."""
    gone = connection.execute(delete(lockouts).where(lockouts.c.who == _who(name)))
    return bool(gone.rowcount)


def locked_until(connection: Connection, name: str, now: Millis) -> Millis:
    """Return until when a name is locked, 0 for one that is not."""
    query = select(lockouts.c.until).where(lockouts.c.who == _who(name))
    until = connection.execute(query).scalar() or 0
    return until if now < until <= now + LONGEST_PAUSE else 0


def _who(name: str) -> str:
    """Return a digest: people type their passwords where their names belong."""
    return sha256(name.encode("utf-8", "surrogatepass")).hexdigest()
