"""`user` and `key`: who may look and who may report."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from commandcenter.cases import accounts, duties, identities
from commandcenter.cases.password_rules import check_new
from commandcenter.cases.passwords import NO_PASSWORD
from commandcenter.cli.noted import Done, carry_out, entry, now
from commandcenter.domain.audit import AuditKind
from commandcenter.domain.cells import Tree
from commandcenter.domain.rights import Block, blocks_kept
from commandcenter.domain.roles import Role
from commandcenter.domain.viewers import Clearance
from commandcenter.host.catalogue import Catalogue
from commandcenter.host.plugin import EVERYWHERE
from commandcenter.settings import Settings
from commandcenter.store import cities
from commandcenter.store.settings import CATALOGUE, setting
from commandcenter.store.store import Connection


@dataclass(frozen=True, slots=True)
class Duty:
    """What an account is to do and see: role, code of its unit, blocks; empty for nothing named."""

    role: str = ""
    unit: str = ""
    blocks: tuple[str, ...] = ()

    def granted(self, grant: accounts.Grant) -> accounts.Grant:
        """Return a grant with role, unit and blocks; raises AccountError."""
        return replace(
            grant, role=_role(self.role), unit=self.unit or None, blocks=_blocks(self.blocks)
        )


LOOKING = Duty()


@dataclass(frozen=True, slots=True)
class Way:
    """How an account signs in: with a password, by the provider of OpenID Connect, or both."""

    password: str = ""
    oidc: bool = False


@dataclass(frozen=True, slots=True)
class Key:
    """What `key add` was asked for; a key of a plugin needs its plugin alone."""

    kind: str
    name: str
    scope: str
    clearance: int
    layout: str
    plugin: str = ""
    duty: Duty = LOOKING


def _role(name: str) -> Role | None:
    if name and name not in tuple(Role):
        raise accounts.AccountError(f"{name} is no role: give {', '.join(Role)}")
    return Role(name) if name else None


def _blocks(names: Sequence[str]) -> frozenset[Block] | None:
    for name in names:
        if name not in tuple(Block):
            raise accounts.AccountError(f"{name} is no block: give {', '.join(Block)}")
    return frozenset(map(Block, names)) or None


def grant(name: str, scope: str, clearance: int) -> accounts.Grant:
    """Return what an account of a person is given."""
    return accounts.Grant(name, scope, Clearance(clearance))


def add_user(settings: Settings, wanted: accounts.Grant, duty: Duty, way: Way) -> None:
    """Add an account; raises AccountError."""
    granted, hashed = duty.granted(wanted), NO_PASSWORD
    if way.password or not way.oidc:
        check_new(way.password, wanted.name)
        hashed = accounts.Passwords().hash(way.password)

    def change(connection: Connection) -> Done:
        accounts.add_user(connection, cities.load_tree(connection), granted, hashed, now())
        if way.oidc:
            identities.mark(connection, wanted.name, oidc=True)
        return Done([entry(AuditKind.USER_ADDED, f"user:{wanted.name}", **_told(granted))], [])

    carry_out(settings, change)


def give_role(settings: Settings, name: str, duty: Duty) -> None:
    """Give a user another role; raises AccountError, NotFound."""
    role, unit = _role(duty.role), duty.unit or None

    def change(connection: Connection) -> Done:
        holders = duties.give_role(connection, name, role, unit)
        told = entry(AuditKind.ACCOUNT_CHANGED, f"user:{name}", role=role, unit=unit)
        return Done([told], holders)

    carry_out(settings, change)


def give_blocks(settings: Settings, name: str, blocks: Sequence[str]) -> None:
    """Give a user other blocks, none for those of its level and role; raises as `give_role`."""
    given = _blocks(blocks)

    def change(connection: Connection) -> Done:
        holders = duties.give_blocks(connection, name, given)
        told = entry(AuditKind.ACCOUNT_CHANGED, f"user:{name}", blocks=blocks_kept(given))
        return Done([told], holders)

    carry_out(settings, change)


def disable_user(settings: Settings, name: str) -> None:
    """Close an account; raises NotFound."""

    def change(connection: Connection) -> Done:
        holders = accounts.disable_user(connection, name, now())
        return Done([entry(AuditKind.ACCOUNT_CHANGED, f"user:{name}", act="closed")], holders)

    carry_out(settings, change)


def add_key(settings: Settings, wanted: Key) -> str:
    """Add a key and return its token; raises AccountError."""
    kind, tokens = _kind(wanted), []

    def change(connection: Connection) -> Done:
        tree = cities.load_tree(connection)
        if kind is accounts.KeyKind.PLUGIN:
            grant = _plugins_grant(connection, tree, wanted)
        else:
            clearance, layout = Clearance(wanted.clearance), wanted.layout or None
            plugin = wanted.plugin or None
            grant = accounts.Grant(wanted.name, wanted.scope, clearance, layout, plugin)
            grant = wanted.duty.granted(grant)
        tokens.append(accounts.add_key(connection, tree, kind, grant, now()))
        told = entry(AuditKind.KEY_ADDED, f"key:{grant.name}", of=kind, **_told(grant))
        return Done([told], [])

    carry_out(settings, change)
    return tokens[0]


def _kind(wanted: Key) -> accounts.KeyKind:
    kind = wanted.kind or ("plugin" if wanted.plugin else "")
    if kind not in tuple(accounts.KeyKind):
        known = ", ".join(accounts.KeyKind)
        raise accounts.AccountError(f"{kind or 'nothing'} is no kind of a key: give {known}")
    return accounts.KeyKind(kind)


def _plugins_grant(connection: Connection, tree: Tree, wanted: Key) -> accounts.Grant:
    """Return what the key of a plugin is given: the districts of its manifest count, not a scope.

    Raises AccountError for a plugin that is not in use.
    """
    name = wanted.plugin or wanted.name
    document = setting(connection, CATALOGUE)
    plugins = Catalogue.from_json(document).plugins if document else ()
    states = {state.name: state for state in plugins}
    if name not in states or states[name].state != "ok":
        known = ", ".join(sorted(one.name for one in plugins if one.state == "ok"))
        reason = states[name].reason if name in states else "there is none"
        raise accounts.AccountError(f"plugin {name}: {reason}; in use are {known or 'none'}")
    first = states[name].districts[0]
    scope = tree.cells[0].code if first == EVERYWHERE else first
    return accounts.Grant(wanted.name or name, scope, Clearance(wanted.clearance), plugin=name)


def revoke_key(settings: Settings, name: str) -> None:
    """Revoke keys by name; raises NotFound."""

    def change(connection: Connection) -> Done:
        holders = accounts.revoke_keys(connection, name, now())
        return Done([entry(AuditKind.ACCOUNT_CHANGED, f"key:{name}", act="revoked")], holders)

    carry_out(settings, change)


def _told(grant: accounts.Grant) -> dict[str, object]:
    """Return what is noted of a grant."""
    return {
        "scope": grant.scope, "clearance": int(grant.clearance), "role": grant.role,
        "unit": grant.unit, "blocks": blocks_kept(grant.blocks),
    }  # fmt: skip
