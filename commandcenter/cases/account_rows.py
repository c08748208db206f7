"""What accounts are: users and keys as the server knows them, and what they are given."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Row

from commandcenter.domain.clocks import Millis
from commandcenter.domain.rights import Block, blocks_from
from commandcenter.domain.roles import Role
from commandcenter.domain.viewers import Clearance


class KeyKind(StrEnum):
    """What a key is for: to look at a wall, to hand in reports, to command, to read figures.

    A plugin's key hands in reports and puts the values of the plugin's remote panels; an operator's
    key may do what its role may.
    """

    WALL = "wall"
    SOURCE = "source"
    OPERATOR = "operator"
    METRICS = "metrics"
    PLUGIN = "plugin"


@dataclass(frozen=True, slots=True)
class User:
    """A person's account; `scope` is a cell's code, `password` an argon2 hash.

    `oidc` says that it comes in by the provider of OpenID Connect, where it is `identity` from the
    first sign-in on; `must_change` that somebody else has set its password.
    """

    id: int
    name: str
    password: str
    scope: str
    clearance: Clearance
    role: Role | None = None
    unit: str | None = None
    blocks: frozenset[Block] | None = None
    must_change: bool = False
    oidc: bool = False
    identity: str | None = None


@dataclass(frozen=True, slots=True)
class Key:
    """A key as the server knows it: the token itself is kept nowhere."""

    id: int
    kind: KeyKind
    name: str
    scope: str
    clearance: Clearance
    layout: str | None = None
    revoked_at: Millis | None = None
    plugin: str | None = None
    role: Role | None = None
    unit: str | None = None
    blocks: frozenset[Block] | None = None


@dataclass(frozen=True, slots=True)
class Grant:
    """What an account is given: a name, a scope (a cell's code), a clearance, a wall's layout.

    A key that belongs to a plugin sees the plugin's districts and not `scope`. Who has no `role`
    looks and does nothing; `unit` is the code of the unit for which a unit officer acts. Without
    `blocks` it is given those of its level and role.
    """

    name: str
    scope: str
    clearance: Clearance = Clearance.PUBLIC
    layout: str | None = None
    plugin: str | None = None
    role: Role | None = None
    unit: str | None = None
    blocks: frozenset[Block] | None = None


def read_user(row: Row[Any]) -> User:
    """Read a row of users."""
    return User(
        row.id, row.name, row.password, row.scope, Clearance(row.clearance), _role(row.role),
        row.unit, blocks_from(row.blocks), row.must_change, row.oidc, row.identity,
    )  # fmt: skip


def read_key(row: Row[Any]) -> Key:
    """Read a row of keys."""
    return Key(
        row.id,
        KeyKind(row.kind),
        row.name,
        row.scope,
        Clearance(row.clearance),
        row.layout,
        row.revoked_at,
        row.plugin,
        _role(row.role),
        row.unit,
        blocks_from(row.blocks),
    )


def _role(kept: str | None) -> Role | None:
    return Role(kept) if kept is not None else None
