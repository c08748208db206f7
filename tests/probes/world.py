"""A town full of marked things, and twelve people who see different parts of it."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from io import BytesIO
from pathlib import Path

from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import text

from commandcenter.cases import accounts
from commandcenter.cases.accounts import Grant
from commandcenter.domain.rights import Block
from commandcenter.domain.roles import Role
from commandcenter.domain.viewers import Clearance, Viewer
from commandcenter.ingest.indexing import Indexer
from commandcenter.web.doors import Rates
from commandcenter.web.flask_app import create_flask
from commandcenter.web.services import Services
from tests.web.conftest import CITY, EAST, SOUTH, WEST, Town, make_accounts, make_services
from tests.web.people import add_people, proof, signed_in

PLAIN, STAFF, PERSONAL = Clearance
STREET, GRID = f"{EAST}001", f"{EAST}001001001"
MICRO = f"{GRID}001"
PEOPLE = (
    Grant("leader", EAST, PERSONAL, role=Role.LEADER),
    Grant("duty", WEST, PERSONAL, role=Role.DUTY_OFFICER),
    Grant("unit", EAST, STAFF, role=Role.UNIT_OFFICER, unit=f"{EAST}-cg"),
    Grant("street", STREET, PERSONAL, role=Role.DUTY_OFFICER),
    Grant("chief", GRID, PERSONAL, role=Role.GRID_CHIEF),
    Grant("worker", MICRO, STAFF, role=Role.GRID_WORKER),
    Grant("operator", SOUTH, STAFF, role=Role.OPERATOR),
    Grant("auditor", WEST, PERSONAL, role=Role.AUDITOR),
    Grant("looker", SOUTH, STAFF),
    Grant("public", EAST, PLAIN),
    Grant("places", SOUTH, PERSONAL, role=Role.LEADER, blocks=frozenset({Block.PLACES})),
    Grant("nobody", MICRO, PLAIN, role=Role.GRID_CHIEF, blocks=frozenset({Block.DEVICES})),
)
"""Who asks: each role, levels from the district down, some with few blocks, one with hardly any."""


@dataclass(frozen=True, slots=True)
class Thing:
    """One thing of the town: its kind, its number or code, where it lies, the word that marks it.

    `said` is what somebody who knows of it might look for. A directive is there for everybody to
    whom it was issued, so for the cells up to `last`.
    """

    kind: str
    key: str
    cell: int
    mark: str
    block: Block | None = Block.CASES
    said: tuple[str, ...] = ()
    last: int = -1


NOT_INDEXED = 20
"""So many of the newest cases are not in the index of words: a search reads them one by one."""
FIRST_NUMBER = 5_000_000
"""Numbers of cases begin here, so that there are others of the same length that are none."""


def mark(number: int) -> str:
    """Return a word that stands nowhere else."""
    return f"Q{number:06}Z"


@dataclass
class World:
    """The town, what is in it, and who asks."""

    town: Town
    things: list[Thing] = field(default_factory=list)
    by_mark: dict[str, Thing] = field(default_factory=dict)

    def client(self, name: str) -> FlaskClient:
        """Return a browser in which somebody is signed in and has the proof of the own pages."""
        client = signed_in(self.town, name)
        client.get("/cell/" + self.grant(name).scope)
        return client

    def grant(self, name: str) -> Grant:
        """Return what somebody was given."""
        return next(grant for grant in PEOPLE if grant.name == name)

    def viewer(self, name: str) -> Viewer:
        """Return somebody as the server knows the account."""
        services = self.town.services
        with services.store.read() as connection:
            user = accounts.user_named(connection, name)
        found = user and accounts.viewer_of(user, services.tree, "zh")
        assert found
        return found

    def is_outside(self, viewer: Viewer, thing: Thing) -> bool:
        """Tell whether a thing must not exist for somebody."""
        if thing.block is not None and thing.block not in viewer.blocks:
            return True
        is_apart = thing.cell > viewer.last or max(thing.cell, thing.last) < viewer.first
        return is_apart

    def outside(self, viewer: Viewer, number: int, seed: int) -> list[Thing]:
        """Return so many things that must not exist for somebody, of all kinds."""
        found = [thing for thing in self.things if self.is_outside(viewer, thing)]
        dice = random.Random(f"{seed} {viewer.name}")
        rare = [thing for thing in found if thing.kind != "case"]
        chosen = dice.sample(rare, min(len(rare), number // 2))
        common = [thing for thing in found if thing.kind == "case"]
        chosen += dice.sample(common, min(len(common), number - len(chosen)))
        dice.shuffle(chosen)
        return chosen

    def add(self, thing: Thing) -> None:
        """Take a thing in."""
        self.things.append(thing)
        self.by_mark[thing.mark] = thing

    def close(self) -> None:
        """Close what is open."""
        self.town.services.bus.close()
        self.town.services.store.close()


def world(folder: Path, cases: int) -> World:
    """Make the town with so many cases, and with fewer of everything else."""
    made_services = make_services(folder, f"sqlite:///{folder / 'commandcenter.db'}")
    wide = {each.name: "1000000 per second" for each in fields(Rates)}
    services = replace(made_services, rates=Rates(**wide))
    town = Town(services, create_flask(services), make_accounts(services))
    add_people(town, Grant("maker", CITY, PERSONAL, role=Role.LEADER), *PEOPLE)
    made = World(town)
    tree = services.tree
    leaves = [at for at in range(len(tree)) if not tree.children(at)]
    for at in range(1, len(tree)):
        code = tree.cells[at].code
        made.add(Thing("cell", code, at, f"{tree.cells[at].name}|{code}", None))
    town.report(tree.cells[leaves[0]].code, "first")
    with services.store.write() as connection:
        for statement in ("UPDATE cases SET id = :first", "UPDATE moves SET case_id = :first"):
            connection.execute(text(statement), {"first": FIRST_NUMBER})
    cells = [leaves[n % len(leaves)] for n in range(cases)]
    old = max(0, cases - NOT_INDEXED)
    _report(made, cells[:old])
    _index(services)
    _report(made, cells[old:], old)
    client = signed_in(town, "maker")
    client.get(f"/cell/{CITY}")
    for turn, at in enumerate(leaves):
        _plant(made, client, at, 10**5 + 10 * turn)
    return made


def _index(services: Services) -> None:
    """Put what was reported into the index of words, as the ingest worker does."""
    indexer = Indexer(services.store, services.tree)
    while indexer.once():
        pass


def _report(made: World, cells: Sequence[int], first: int = 0) -> None:
    """Hand in a case in each of some cells; their marks are numbered from the first one's on."""
    tree = made.town.services.tree
    for begin in range(0, len(cells), 500):
        reports = []
        some = cells[begin : begin + 500]
        for number, at in enumerate(some, first + begin):
            word = mark(number)
            reports.append({
                "source": "tests", "external_id": word, "channel": "hotline",
                "title": f"垃圾堆放{word}", "description": f"{word}已经三天", "matter": "E0101",
                "cell": tree.cells[at].code, "occurred_at": "2026-11-20T08:00:00+08:00",
                "reporter": {"name": f"谌{word}", "phone": _phone(number)},
            })  # fmt: skip
        answer = made.town.client().post(
            "/api/v1/reports", json=reports, headers=made.town.bearer("source")
        )
        assert answer.status_code == 200, answer.text
        for number, told in enumerate(answer.json["answers"], first + begin):
            word = mark(number)
            said = (word, _phone(number), str(told["id"]))
            at = cells[number - first]
            made.add(Thing("case", str(told["id"]), at, word, said=said))


def _phone(number: int) -> str:
    return f"139{number:08}"


def _plant(made: World, client: FlaskClient, at: int, number: int) -> None:
    """Make one of each other kind in a cell."""
    tree = made.town.services.tree
    code = tree.cells[at].code

    def post(path: str, body: object) -> str:
        answer = client.post(f"/api/v1/{path}", json=body, headers=proof(client))
        assert answer.status_code in (200, 201), answer.text
        return str(answer.json["id"])

    unit = f"{tree.cells[tree.ancestors(at)[1]].code}-cg"
    words = mark(number)
    key = post("whistles", {"cell": code, "units": [unit], "title": words, "reason": words})
    made.add(Thing("whistle", key, at, words))
    words, above = mark(number + 1), int(tree.parent[at])
    body = {"cell": tree.cells[above].code, "level": "micro", "title": words, "body": words}
    last = int(tree.last[above])
    made.add(Thing("directive", post("directives", body), above, words, last=last))
    words = mark(number + 2)
    key = post("inspections", {"cell": code, "title": words})
    made.add(Thing("inspection", key, at, words))
    ended = client.post(
        f"/api/v1/inspections/{key}/acts", json={"act": "end", "key": "e"}, headers=proof(client)
    )
    assert ended.status_code == 200, ended.text
    drawn, colour = BytesIO(), (number % 256, number // 256 % 256, number // 65536)
    Image.new("RGB", (8, 8), colour).save(drawn, "PNG")
    answer = client.post(
        f"/api/v1/photos?cell={code}", data=drawn.getvalue(),
        headers=proof(client) | {"Content-Type": "image/png"},
    )  # fmt: skip
    assert answer.status_code == 200, answer.text
    made.add(Thing("photo", str(answer.json["id"]), at, mark(number + 3)))
