"""Changes of accounts from the command line, each in one transaction with what is noted of it."""

from collections.abc import Callable
from dataclasses import dataclass
from time import time

from commandcenter.cases import audit
from commandcenter.cases.audit import Entry
from commandcenter.cli.processes import holder_of
from commandcenter.domain.audit import AuditKind
from commandcenter.domain.clocks import SECOND, Millis
from commandcenter.errors import Unavailable
from commandcenter.live.bus import connect
from commandcenter.live.word import tell_revoked
from commandcenter.settings import Settings
from commandcenter.store.settings import city_clock
from commandcenter.store.store import Connection, Store

CLI = "cli"
"""Who has a shell on the server is nobody by name."""


@dataclass(frozen=True, slots=True)
class Done:
    """What came of a change: what is noted, and whose streams must end."""

    entries: list[Entry]
    holders: list[str]


def carry_out(settings: Settings, change: Callable[[Connection], Done]) -> None:
    """Carry a change out and note it, then end the streams that it ends."""
    with Store(settings.database).write() as connection:
        clock = city_clock(connection)
        done = change(connection)
        audit.append(connection, done.entries, clock.now(now()))
    _end_streams(settings, done.holders)


def entry(kind: AuditKind, what: str, **detail: object) -> Entry:
    """Return what is noted of a change."""
    return Entry(kind, CLI, what, detail)


def now() -> Millis:
    """Return the real time."""
    return round(time() * SECOND)


def _end_streams(settings: Settings, holders: list[str]) -> None:
    """End the open streams of who was shut out; requests are refused anyway from now on."""
    if not holders or not (settings.redis_url or holder_of(settings.data)):
        return  # nobody would answer, which takes seconds to find out
    try:
        bus = connect(settings)
    except Unavailable:
        return  # no server runs, so nothing is open
    tell_revoked(bus, holders)
    bus.close()
