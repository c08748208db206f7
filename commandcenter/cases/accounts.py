"""Who may look and who may report: users with passwords, and keys."""

from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from secrets import token_urlsafe
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update
from sqlalchemy.sql.dml import ReturningUpdate

from commandcenter.cases import sessions
from commandcenter.cases.account_rows import Grant as Grant
from commandcenter.cases.account_rows import Key as Key
from commandcenter.cases.account_rows import KeyKind as KeyKind
from commandcenter.cases.account_rows import User as User
from commandcenter.cases.account_rows import read_key, read_user
from commandcenter.cases.passwords import LONGEST_PASSWORD as LONGEST_PASSWORD
from commandcenter.cases.passwords import TOKEN_BYTES
from commandcenter.cases.passwords import AccountError as AccountError
from commandcenter.cases.passwords import Passwords as Passwords
from commandcenter.cases.sessions import Ending
from commandcenter.domain.cells import Tree
from commandcenter.domain.clocks import Millis
from commandcenter.domain.rights import Block, blocks_kept
from commandcenter.domain.roles import Role
from commandcenter.domain.viewers import Clearance, Viewer
from commandcenter.errors import NotFound
from commandcenter.store import tables

NAME_LENGTH = 64


def add_user(connection: Connection, tree: Tree, grant: Grant, password: str, now: Millis) -> int:
    """Add a user with a hashed password and return the id; raises AccountError."""
    _check(tree, grant)
    check_role(connection, grant)
    users = tables.users
    if connection.execute(select(users.c.id).where(users.c.name == grant.name)).first():
        raise AccountError(f"there is a user {grant.name} already: choose another name")
    row = _granted(grant, now) | {"password": password}
    return _inserted(connection.execute(insert(users), row).inserted_primary_key)


def user(connection: Connection, user_id: int) -> User | None:
    """Return a user who may log in, by id."""
    return _one_user(connection, tables.users.c.id == user_id)


def user_named(connection: Connection, name: str) -> User | None:
    """Return a user who may log in, by name."""
    if not name.isprintable():
        return None  # PostgreSQL refuses to look for some of these
    return _one_user(connection, tables.users.c.name == name)


def users(connection: Connection) -> list[User]:
    """Return all users who may log in, by name."""
    table = tables.users
    query = select(table).where(table.c.disabled_at.is_(None)).order_by(table.c.name)
    return [read_user(row) for row in connection.execute(query)]


def set_password(
    connection: Connection, name: str, password: str, now: Millis, *, must_change: bool = False
) -> list[str]:
    """Give a user another hashed password, which ends the user's sessions; raises NotFound.

    Returns whose streams must end, as `revoke_keys` and `disable_user` do. With `must_change` its
    owner gives another one at the next sign-in.
    """
    table = tables.users
    change = update(table).where(table.c.name == name, table.c.disabled_at.is_(None))
    change = change.values(password=password, must_change=must_change)
    return _sign_out(connection, change.returning(table.c.id), name, Ending.PASSWORD, now)


def change_password(
    connection: Connection, user_id: int, password: str, now: Millis, session_id: int = 0
) -> list[str]:
    """Keep the new hash that a user has chosen; ends the sessions but the one it was chosen in.

    Returns whose streams must end.
    """
    table = tables.users
    values = {"password": password, "must_change": False}
    connection.execute(update(table).where(table.c.id == user_id).values(values))
    return sessions.end_all(connection, user_id, Ending.PASSWORD, now, session_id)


def disable_user(connection: Connection, name: str, now: Millis) -> list[str]:
    """Shut a user out, at once and for good; raises NotFound."""
    table = tables.users
    in_force = (table.c.name == name, table.c.disabled_at.is_(None))
    change = update(table).where(*in_force).values(disabled_at=now)
    return _sign_out(connection, change.returning(table.c.id), name, Ending.DISABLED, now)


def _sign_out(
    connection: Connection, change: ReturningUpdate[tuple[int]], name: str, why: Ending, now: Millis
) -> list[str]:
    holders = shut_out(connection, change, "user", name)
    for account in holders:
        sessions.end_all(connection, int(account.partition(":")[2]), why, now)
    return holders


def add_key(connection: Connection, tree: Tree, kind: KeyKind, grant: Grant, now: Millis) -> str:
    """Add a key and return its token, which nobody can read again; raises AccountError."""
    _check(tree, grant)
    if (kind is KeyKind.PLUGIN) != (grant.plugin is not None):
        raise AccountError("a key of the kind plugin, and no other, belongs to a plugin: name it")
    if (kind is KeyKind.OPERATOR) != (grant.role is not None):
        raise AccountError("a key of the kind operator, and no other, has a role: give one")
    check_role(connection, grant)
    token = f"cc_{kind}_{token_urlsafe(TOKEN_BYTES)}"
    row = _granted(grant, now) | {
        "kind": kind.value,
        "digest": _digest(token),
        "layout": grant.layout,
        "plugin": grant.plugin,
    }
    connection.execute(insert(tables.keys), row)
    return token


def key(connection: Connection, key_id: int) -> Key | None:
    """Return a key in force, by id."""
    row = connection.execute(KEY_OF_ID, {"id": key_id}).first()
    return read_key(row) if row else None


def key_of(connection: Connection, token: str) -> Key | None:
    """Return the key in force that `token` is of.

    The digest of 256 random bits is looked up as it is: guessing by timing learns only of digests.
    """
    row = connection.execute(KEY_IN_FORCE, {"of": _digest(token)}).first()
    return read_key(row) if row else None


# Asked with every call of the API, and by every wall: made once.
KEY_IN_FORCE = select(tables.keys).where(
    tables.keys.c.digest == bindparam("of"), tables.keys.c.revoked_at.is_(None)
)
KEY_OF_ID = select(tables.keys).where(
    tables.keys.c.id == bindparam("id"), tables.keys.c.revoked_at.is_(None)
)


def keys(connection: Connection) -> list[Key]:
    """Return all keys, the revoked too, the oldest first."""
    query = select(tables.keys).order_by(tables.keys.c.id)
    return [read_key(row) for row in connection.execute(query)]


def revoke_keys(connection: Connection, name: str, now: Millis) -> list[str]:
    """Take all keys of a name out of force, at once and for good; raises NotFound."""
    table = tables.keys
    in_force = (table.c.name == name, table.c.revoked_at.is_(None))
    change = update(table).where(*in_force).values(revoked_at=now)
    return shut_out(connection, change.returning(table.c.id), "key", name)


def shut_out(
    connection: Connection, change: ReturningUpdate[tuple[int]], kind: str, name: str
) -> list[str]:
    """Change accounts and return whose streams must end; raises NotFound where it changes none."""
    ids = connection.execute(change).scalars().all()
    if not ids:
        raise NotFound(f"there is no {kind} {name} in force")
    return [f"{kind}:{account}" for account in ids]


def viewer_of(account: User | Key, tree: Tree, language: str) -> Viewer | None:
    """Return the viewer that an account stands for; None where the city has no such scope.

    Persons are a kind of data of their own: who is not given it sees as what hangs on a wall,
    whatever the clearance.
    """
    if account.scope not in tree:
        return None
    first, last = tree.range_of(account.scope)
    kind = account.kind.value if isinstance(account, Key) else "user"
    depth = int(tree.depth[tree.position[account.scope]])
    viewer = Viewer(
        account.name, account.scope, first, last, account.clearance, language, kind, account.role,
        account.unit, depth, account.blocks,
    )  # fmt: skip
    return viewer if Block.PEOPLE in viewer.blocks else replace(viewer, clearance=Clearance.PUBLIC)


def _check(tree: Tree, grant: Grant) -> None:
    if not grant.name or len(grant.name) > NAME_LENGTH or not grant.name.isprintable():
        raise AccountError(
            f"{grant.name!r} cannot be a name: give 1 to {NAME_LENGTH} printable characters"
        )
    if grant.scope not in tree:
        raise AccountError(f"there is no cell {grant.scope}: give the code of a cell as the scope")


def check_role(connection: Connection, grant: Grant) -> None:
    """Raise AccountError for a role that a person cannot have, or a unit that there is not."""
    if grant.role in (Role.WALL, Role.SOURCE):
        raise AccountError(f"{grant.role} is no role of a person: make a key of that kind")
    if (grant.role is Role.UNIT_OFFICER) and grant.unit is None:
        raise AccountError("a unit officer acts for a unit: give its code")
    if grant.unit is None:
        return
    known = select(tables.units.c.code).where(tables.units.c.code == grant.unit)
    if connection.execute(known).first() is None:
        raise AccountError(f"there is no unit {grant.unit}: give the code of a unit of the city")


def _granted(grant: Grant, now: Millis) -> dict[str, Any]:
    return {
        "name": grant.name,
        "scope": grant.scope,
        "clearance": int(grant.clearance),
        "created_at": now,
        "role": grant.role and grant.role.value,
        "unit": grant.unit,
        "blocks": blocks_kept(grant.blocks),
    }


def _inserted(primary_key: Sequence[Any] | None) -> int:
    return int(primary_key[0]) if primary_key else 0


def _digest(token: str) -> str:
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _one_user(connection: Connection, which: Any) -> User | None:
    table = tables.users
    row = connection.execute(select(table).where(which, table.c.disabled_at.is_(None))).first()
    return read_user(row) if row else None
