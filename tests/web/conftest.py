"""A small city's site on a real store, with a worker that answers for counts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from time import time

import orjson
import pytest
from argon2 import PasswordHasher
from flask.testing import FlaskClient

from commandcenter.cases import accounts
from commandcenter.cases.accounts import Grant, KeyKind, Passwords
from commandcenter.domain.clocks import Millis, iso
from commandcenter.domain.desk import Desk
from commandcenter.domain.viewers import Clearance
from commandcenter.host.manifest import Manifest
from commandcenter.host.plugin import Plugin
from commandcenter.host.words import Words
from commandcenter.ingest.intake import Intake, Rules
from commandcenter.ingest.locator import Locator
from commandcenter.live.exchange import MemoryBus
from commandcenter.live.hub import Hub
from commandcenter.live.hub_facts import Facts
from commandcenter.settings import ROOT, Settings
from commandcenter.store import cities
from commandcenter.store.schema import upgrade
from commandcenter.store.store import Store
from commandcenter.testing import small_catalogue, small_city, small_data
from commandcenter.web.flask_app import Site, create_flask
from commandcenter.web.services import Rates, Services, Tiles
from tests.plugins.faces import plugin
from tests.stores import lay_out

CITY, EAST, WEST, SOUTH = "990100", "990102", "990103", "990105"
PASSWORD = "correct horse battery"
SQLITE = "sqlite:///"
WIDE = Rates("1000 per second", "1000 per second", "1000 per second", "1000 per second")
SAME = {"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost"}


def remote_plugin(name: str, *districts: str) -> Plugin:
    """A plugin that is a manifest with one remote panel, `<name>.flights`."""
    board = {"key": "flight", "title": {"zh": "航班"}}
    parts = [
        {"kind": "Number", "name": "landed"},
        {"kind": "Board", "name": "next", "columns": [board]},
    ]
    panel = {"key": f"{name}.flights", "title": {"zh": "航班", "en": "Flights"}, "parts": parts}
    manifest = Manifest.model_validate({
        "name": name, "version": "1", "api": 1, "title": {"zh": name}, "owner": "test",
        "districts": districts, "remote_panels": [panel | {"interval": 30}],
    })  # fmt: skip
    return Plugin(manifest, object())


def now() -> Millis:
    """The real time: the small city has no clock of its own."""
    return round(time() * 1000)


@dataclass(frozen=True)
class Town:
    """A site with one account of each kind in the city and in its eastern district."""

    services: Services
    site: Site
    keys: dict[str, str]

    def client(self) -> FlaskClient:
        """A browser with an empty jar of cookies."""
        return self.site.app.test_client()

    def logged_in(self, name: str) -> FlaskClient:
        """A browser in which `name` has logged in."""
        client = self.client()
        answer = log_in(client, name, PASSWORD)
        assert answer.status_code == 303, answer.text
        return client

    def bearer(self, name: str) -> dict[str, str]:
        """The header of a caller with a key."""
        return {"Authorization": f"Bearer {self.keys[name]}"}

    def report(self, cell: str, external_id: str, **more: object) -> int:
        """Report a case in a cell and return its id."""
        body = report(cell, external_id) | more
        answer = self.client().post("/api/v1/reports", json=body, headers=self.bearer("source"))
        assert answer.status_code == 200, answer.text
        case_id: int = answer.json["answers"][0]["id"]
        return case_id


def report(cell: str, external_id: str) -> dict[str, object]:
    """A report that is good in every respect."""
    return {
        "source": "tests",
        "external_id": external_id,
        "channel": "hotline",
        "title": "楼下垃圾堆放",
        "description": "已经三天",
        "cell": cell,
        "occurred_at": "2026-11-20T08:00:00+08:00",
        "reporter": {"name": "张三", "phone": "13800000000"},
    }


def log_in(client: FlaskClient, name: str, password: str, next_: str = ""):
    """Fill in the login form as a person does."""
    page = client.get("/login", query_string={"next": next_} if next_ else None)
    token = page.text.split('name="csrf_token" type="hidden" value="')[1].split('"')[0]
    form = {"csrf_token": token, "name": name, "password": password, "next": next_}
    return client.post("/login", data=form, headers=SAME)


def make_services(folder: Path, url: str) -> Services:
    """Services of the small city on an empty database."""
    bus = MemoryBus()
    if url.startswith(SQLITE):
        Path(url.removeprefix(SQLITE)).write_bytes(empty_database())
    store = Store(url)
    upgrade(store)
    catalogue = small_catalogue()
    with store.write() as connection:
        tree = cities.install(connection, small_city(), small_data())
    rules = Rules(
        tree,
        Locator(tree, small_data().outlines),
        Desk(tree, catalogue.levels, catalogue.calendar, catalogue.units),
        catalogue.channels,
        catalogue.matters,
    )
    return Services(
        settings=Settings(data=folder, secret_key="for tests only"),
        store=store,
        tree=tree,
        catalogue=catalogue,
        layouts={},
        bus=bus,
        hub=Hub(Facts("Asia/Shanghai", "build")),
        intake=Intake(store, rules, now),
        tiles=Tiles(folder / "tiles.db"),
        words={
            language: Words.load(language, [ROOT / "commandcenter" / "locale"])
            for language in ("zh", "en")
        },
        now=now,
        rates=WIDE,
    )


@cache
def empty_database() -> bytes:
    """A SQLite database with all tables and nothing in them, which takes a while to make."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "empty.db"
        lay_out(path)
        return path.read_bytes()


def quick_passwords() -> Passwords:
    """Passwords that are as slow to guess as no test needs them to be."""
    return Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.fixture(scope="module", autouse=True)
def _quick_logins() -> Iterator[None]:
    """Let sites check passwords quickly; how costly they really are is a test of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("commandcenter.web.login.Passwords", quick_passwords)
        yield


@cache
def hashed_password() -> str:
    """The hash of everybody's password."""
    return quick_passwords().hash(PASSWORD)


def make_accounts(services: Services) -> dict[str, str]:
    """Add a user and keys of each kind for the city and its east; return the tokens."""
    hashed = hashed_password()
    grants = {
        "city": Grant("city", CITY, Clearance.PERSONAL),
        "east": Grant("east", EAST, Clearance.STAFF),
    }
    keys = {
        "source": (KeyKind.SOURCE, Grant("source", CITY)),
        "east-source": (KeyKind.SOURCE, Grant("east-source", EAST)),
        "wall": (KeyKind.WALL, Grant("wall", CITY)),
        "east-wall": (KeyKind.WALL, Grant("east-wall", EAST)),
    }
    with services.store.write() as connection:
        for grant in grants.values():
            accounts.add_user(connection, services.tree, grant, hashed, now())
        return {
            name: accounts.add_key(connection, services.tree, kind, grant, now())
            for name, (kind, grant) in keys.items()
        }


def answer_counts(_: bytes) -> bytes:
    """What a worker says of a city without cases."""
    return orjson.dumps({"as_of": iso(now()), "seq": 0, "counts": {"open": 0}})


@pytest.fixture
def url(tmp_path: Path) -> str:
    """The address of an empty database; a module that speaks SQL overrides it with both kinds."""
    return f"sqlite:///{tmp_path / 'commandcenter.db'}"


@pytest.fixture
def services(tmp_path: Path, url: str) -> Iterator[Services]:
    """Services on an empty database."""
    made = make_services(tmp_path, url)
    yield made
    made.bus.close()
    made.store.close()


@contextmanager
def tablet_town(folder: Path) -> Iterator[Town]:
    """A site of the small city with the panels of tablets, which takes up what it is asked for."""
    made = make_services(folder, f"{SQLITE}{folder / 'commandcenter.db'}")
    services = replace(made, catalogue=small_catalogue(plugin("tablet")))
    services.expect = services.hub.expect
    yield Town(services, create_flask(services), make_accounts(services))
    made.bus.close()
    made.store.close()


@pytest.fixture
def town(services: Services) -> Town:
    """A site of the small city."""
    keys = make_accounts(services)
    return Town(services, create_flask(services), keys)


@pytest.fixture
def counted(town: Town) -> Iterator[Town]:
    """A site whose worker answers for counts."""
    subscription = town.services.bus.answer("ask.counts", answer_counts)
    yield town
    subscription.close()


def with_rates(town: Town, rates: Rates) -> Town:
    """The same town with other rates."""
    services = replace(town.services, rates=rates)
    return Town(services, create_flask(services), town.keys)
