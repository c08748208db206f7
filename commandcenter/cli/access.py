"""The keys and logins of a demonstration: one for each role, made on the first start and kept."""

import json
import secrets
from dataclasses import dataclass
from pathlib import Path
from time import time
from typing import Any

from commandcenter.cases import accounts, duties
from commandcenter.cases.accounts import Grant, KeyKind
from commandcenter.domain.cells import Tree
from commandcenter.domain.matters import Unit
from commandcenter.domain.roles import Role
from commandcenter.domain.viewers import Clearance
from commandcenter.settings import Settings
from commandcenter.store import cities
from commandcenter.store.store import Connection, Store

ACCESS = "demo-access.json"
WALL = "city"
PATHS = {Role.LEADER: "/cell/{scope}", Role.OPERATOR: "/operations", Role.AUDITOR: "/audit"}
"""Where those begin who do not sit at a desk."""


@dataclass(frozen=True, slots=True)
class Post:
    """Somebody who works in the demonstration."""

    name: str
    role: Role
    scope: str
    unit: str | None = None

    @property
    def path(self) -> str:
        """Where the post begins its day."""
        return PATHS.get(self.role, "/desk").format(scope=self.scope)


def kept(data: Path) -> dict[str, Any] | None:
    """Return what was made for a data folder, None before the first start."""
    path = data / ACCESS
    if not path.exists():
        return None
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def made(settings: Settings, history: int) -> dict[str, Any]:
    """Return the demonstration's keys and logins; what an older version made gets what it lacks."""
    known = kept(settings.data)
    if known is not None and "operator_key" in known:
        return known
    store = Store(settings.database)
    with store.write() as connection:
        found = _make(connection, known or {}) | {"history": (known or {}).get("history", history)}
    store.close()
    path = settings.data / ACCESS
    path.touch(mode=0o600)
    path.write_text(json.dumps(found))
    return found


def _make(connection: Connection, known: dict[str, Any]) -> dict[str, Any]:
    tree = cities.load_tree(connection)
    now, city = round(time() * 1000), tree.cells[0].code
    passwords = {login["user"]: login["password"] for login in known.get("logins", ())}
    keys = {
        "wall_key": (KeyKind.WALL, Grant("demo wall", city, Clearance.PUBLIC, WALL)),
        "source_key": (KeyKind.SOURCE, Grant("demo source", city, Clearance.STAFF)),
        "operator_key": (
            KeyKind.OPERATOR,
            Grant("demo operator", city, Clearance.STAFF, role=Role.DUTY_OFFICER),
        ),
    }
    posts = _posts(tree, cities.load_units(connection, tree))
    return {
        name: known.get(name) or accounts.add_key(connection, tree, kind, grant, now)
        for name, (kind, grant) in keys.items()
    } | {"logins": [_login(connection, tree, post, passwords, now) for post in posts]}


def _login(
    connection: Connection, tree: Tree, post: Post, passwords: dict[str, str], now: int
) -> dict[str, Any]:
    if post.name in passwords:
        duties.give_role(connection, post.name, post.role, post.unit)
        password = passwords[post.name]
    else:
        password = secrets.token_urlsafe(9)
        hashed = accounts.Passwords().hash(password)
        grant = Grant(post.name, post.scope, Clearance.PERSONAL, role=post.role, unit=post.unit)
        accounts.add_user(connection, tree, grant, hashed, now)
    return {
        "user": post.name, "password": password, "scope": post.scope, "role": post.role.value,
        "unit": post.unit, "path": post.path,
    }  # fmt: skip


def _posts(tree: Tree, units: list[Unit]) -> list[Post]:
    """Return who works there: at the city's desk and a district's, and who leads and handles."""
    city, at = tree.cells[0].code, _example_district(tree)
    district, grid = tree.cells[at].code, _example_grid(tree, at)
    posts = [
        Post("city", Role.DUTY_OFFICER, city),
        Post("district", Role.DUTY_OFFICER, district),
        Post("leader", Role.LEADER, city),
        Post("chief", Role.GRID_CHIEF, tree.cells[grid].code),
        Post("operator", Role.OPERATOR, city),
        Post("auditor", Role.AUDITOR, city),
    ]
    mine = [unit for unit in units if at <= tree.position[unit.cell] <= int(tree.last[at])]
    if mine:
        unit = min(mine, key=lambda each: (tree.position[each.cell], each.code))
        posts.append(Post("unit", Role.UNIT_OFFICER, unit.cell, unit.code))
    return posts


def _example_district(tree: Tree) -> int:
    """Return the district with the most cells."""
    return max(tree.children(0), key=lambda at: (int(tree.last[at]) - at, -at))


def _example_grid(tree: Tree, at: int) -> int:
    """Return a cell that has a chief: the parent of the first of the deepest under a cell."""
    while children := list(tree.children(at)):
        if not list(tree.children(children[0])):
            return at
        at = children[0]
    return at
