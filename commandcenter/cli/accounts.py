"""`user` and `key`: who may look and who may report."""

from dataclasses import dataclass
from time import time

import orjson

from commandcenter.cases import accounts
from commandcenter.domain.viewers import Clearance
from commandcenter.errors import Unavailable
from commandcenter.live.bus import connect
from commandcenter.live.hub import REVOKED
from commandcenter.settings import Settings
from commandcenter.store import cities
from commandcenter.store.store import Store


@dataclass(frozen=True, slots=True)
class Key:
    """What `key add` was asked for."""

    kind: str
    name: str
    scope: str
    clearance: int
    layout: str


def add_user(settings: Settings, name: str, password: str, scope: str, clearance: int) -> None:
    """Add an account; raises AccountError."""
    store = Store(settings.database)
    grant = accounts.Grant(name, scope, Clearance(clearance))
    hashed = accounts.Passwords().hash(password)
    with store.write() as connection:
        accounts.add_user(connection, cities.load_tree(connection), grant, hashed, _now())


def disable_user(settings: Settings, name: str) -> None:
    """Close an account; raises NotFound."""
    with Store(settings.database).write() as connection:
        holders = accounts.disable_user(connection, name, _now())
    _end_streams(settings, holders)


def add_key(settings: Settings, wanted: Key) -> str:
    """Add a key and return its token; raises AccountError."""
    layout = wanted.layout or None
    grant = accounts.Grant(wanted.name, wanted.scope, Clearance(wanted.clearance), layout)
    with Store(settings.database).write() as connection:
        tree = cities.load_tree(connection)
        return accounts.add_key(connection, tree, accounts.KeyKind(wanted.kind), grant, _now())


def revoke_key(settings: Settings, name: str) -> None:
    """Revoke keys by name; raises NotFound."""
    with Store(settings.database).write() as connection:
        holders = accounts.revoke_keys(connection, name, _now())
    _end_streams(settings, holders)


def _end_streams(settings: Settings, holders: list[str]) -> None:
    """End the open streams of who was shut out; requests are refused anyway from now on."""
    try:
        bus = connect(settings)
    except Unavailable:
        return  # no server runs, so nothing is open
    for holder in holders:
        bus.publish(REVOKED, orjson.dumps({"holder": holder}))
    bus.close()


def _now() -> int:
    return round(time() * 1000)
