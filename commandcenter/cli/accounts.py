"""`user` and `key`: who may look and who may report."""

from dataclasses import dataclass
from time import time

from commandcenter.cases import accounts
from commandcenter.domain.viewers import Clearance
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
        accounts.disable_user(connection, name, _now())


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
        accounts.revoke_keys(connection, name, _now())


def _now() -> int:
    return round(time() * 1000)
