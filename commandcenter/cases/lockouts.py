"""Locks on names: after some wrong attempts a name is locked, each time for longer.

A name is locked for the address that guesses, and after ten times as many attempts from anywhere
for all who are not known; a browser that has been in under the name has a count of its own, so
that nobody else can lock it out. It is alike whether there is such an account or not, so that a
lock tells nothing. An attempt is counted before it is checked: those made at once are counted too.
"""

from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from ipaddress import IPv6Address, ip_network

from sqlalchemy import Connection, and_, case, delete, literal, update

from commandcenter.domain.clocks import DAY, HOUR, MINUTE, Millis
from commandcenter.store.sign_in_tables import lockouts
from commandcenter.store.upsert import dialect_insert

FIRST_PAUSE = MINUTE
LONGEST_PAUSE = HOUR
FORGOTTEN = DAY
"""Attempts that were followed by none for so long count no more, those of a name in any case."""
WIDER = 10
"""So many times more attempts lock a name for all strangers than for one address."""
DIGEST = 32


class Reach(StrEnum):
    """For whom a name is locked."""

    ADDRESS = "address"
    NAME = "name"
    BROWSER = "browser"


@dataclass(frozen=True, slots=True)
class Trier:
    """Who tries a name: a known browser by its number, anybody else by the address."""

    name: str
    address: str
    browser: str = ""

    @property
    def is_known(self) -> bool:
        """Whether it is a browser that has been in under this name."""
        return bool(self.browser)

    @property
    def rows(self) -> tuple[str, ...]:
        """The rows that count this trier, the own one first."""
        if self.is_known:
            return (_row(self.name, Reach.BROWSER, self.browser),)
        return (_row(self.name, Reach.ADDRESS, _place(self.address)), _row(self.name))


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt to sign in; `until` is when the next one may be made, 0 for at once.

    One that is not allowed is not to be checked.
    """

    is_allowed: bool
    until: Millis = 0
    reach: Reach = Reach.ADDRESS

    @property
    def locks(self) -> bool:
        """Whether it locks the name, should it be wrong."""
        return self.is_allowed and self.until > 0


def pause(wrong: int, most: int) -> Millis:
    """Return how long a name is locked after so many wrong attempts: twice as long each time."""
    if wrong < most:
        return 0
    return min(FIRST_PAUSE << min(wrong - most, 16), LONGEST_PAUSE)


def attempt(connection: Connection, trier: Trier, most: int, now: Millis) -> Attempt:
    """Count an attempt as a wrong one; whoever turns out to be right says so with `succeed`."""
    connection.execute(delete(lockouts).where(lockouts.c.at < now - FORGOTTEN))
    own = Reach.BROWSER if trier.is_known else Reach.ADDRESS
    counted = _count(connection, trier.rows[0], own, most, now)
    if trier.is_known or not counted.is_allowed:
        return counted
    by_name = _count(connection, trier.rows[1], Reach.NAME, most * WIDER, now)
    if not by_name.is_allowed:  # what is not checked does not count against the address either
        _take_back(connection, trier.rows[:1])
        return by_name
    return max(counted, by_name, key=lambda one: one.until)


def take_back(connection: Connection, trier: Trier) -> None:
    """Count the last attempt no more: it was right, and something else is still to be given."""
    _take_back(connection, trier.rows)


def succeed(connection: Connection, trier: Trier) -> None:
    """Begin anew with who is in; what others have guessed still counts against the name."""
    own, *by_name = trier.rows
    gone = delete(lockouts).where(lockouts.c.who == own).returning(lockouts.c.wrong)
    wrong = connection.execute(gone).scalar() or 0
    left = case((lockouts.c.wrong > wrong, lockouts.c.wrong - wrong), else_=0)
    if by_name and wrong:
        change = update(lockouts).where(lockouts.c.who == by_name[0])
        connection.execute(change.values(wrong=left, until=0))


def forget(connection: Connection, name: str) -> bool:
    """Begin anew with a name for everybody; tells whether anything stood against it."""
    of_name = lockouts.c.who.startswith(_digest(name)[:DIGEST])
    return bool(connection.execute(delete(lockouts).where(of_name)).rowcount)


def _count(connection: Connection, who: str, reach: Reach, most: int, now: Millis) -> Attempt:
    table = lockouts
    # A lock that would last longer than one can comes of a clock that was put back.
    is_locked = and_(table.c.until > now, table.c.until <= now + LONGEST_PAUSE)
    # A name's count ends a day after it began: some would never be without a wrong attempt.
    stays = is_locked if reach is not Reach.NAME else literal(value=True)
    statement = dialect_insert(connection, table).values(who=who, wrong=1, at=now, until=0)
    counted = connection.execute(
        statement.on_conflict_do_update(
            index_elements=["who"],
            set_={
                "wrong": case((is_locked, table.c.wrong), else_=table.c.wrong + 1),
                "at": case((stays, table.c.at), else_=literal(now)),
            },
        ).returning(table.c.wrong, table.c.until)
    ).one()
    if now < counted.until <= now + LONGEST_PAUSE:
        return Attempt(is_allowed=False, until=counted.until, reach=reach)
    wait = pause(counted.wrong, most)
    until = now + wait if wait else 0
    connection.execute(update(table).where(table.c.who == who).values(until=until))
    return Attempt(is_allowed=True, until=until, reach=reach)


def _take_back(connection: Connection, rows: tuple[str, ...]) -> None:
    change = update(lockouts).where(lockouts.c.who.in_(rows))
    connection.execute(change.values(wrong=lockouts.c.wrong - 1, until=0))


def _row(name: str, reach: Reach = Reach.NAME, of: str = "") -> str:
    """Return a digest: people type their passwords where their names belong."""
    return _digest(name)[:DIGEST] + _digest(f"{reach} {of}")[:DIGEST]


def _digest(words: str) -> str:
    return sha256(words.encode("utf-8", "surrogatepass")).hexdigest()


def _place(address: str) -> str:
    """Return what one caller can hardly change of an address: of IPv6 the first 64 bits."""
    try:
        network = ip_network(address, strict=False)
    except ValueError:
        return address
    if isinstance(network.network_address, IPv6Address):
        mapped = network.network_address.ipv4_mapped
        return str(mapped or network.supernet(new_prefix=64))
    return address
