"""Persons are planted wherever words can stand; then everything that can be asked is asked.

Longer than most: who is planted, where, and what is asked have to be read together.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from io import StringIO
from typing import Any

import numpy as np
import orjson
import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from commandcenter import logs
from commandcenter.cases import dead_letters, search
from commandcenter.cases.accounts import Grant, KeyKind, add_key
from commandcenter.domain.cases import Mark
from commandcenter.domain.roles import Role
from commandcenter.domain.viewers import Clearance, Viewer
from commandcenter.live.colours import Colours
from commandcenter.live.rollup import Frame, Rollup
from commandcenter.live.topics import Topic
from commandcenter.live.view import City, ScopeView
from commandcenter.store.audit_tables import audit
from commandcenter.store.store import Connection
from commandcenter.testing import small_city
from commandcenter.testing.city import LEVELS
from commandcenter.web.flask_app import create_flask
from tests.web.callbacks import body_of
from tests.web.conftest import CITY, EAST, SAME, Town, make_accounts, make_services, now
from tests.web.people import add_people, proof, signed_in

LEAF = f"{EAST}001001001001"
UNIT = f"{EAST}-cg"
PEOPLE = ("leader", "duty", "staff", "auditor", "city", "east")


@dataclass(frozen=True)
class Person:
    """Somebody whom nobody may find again: the name is no common one."""

    name: str
    phone: str
    landline: str
    identity: str
    plate: str
    mail: str
    card: str
    door: str

    @classmethod
    def made(cls, seed: int) -> Person:
        """Return a person who is the same for the same seed."""
        dice = random.Random(seed)
        digits = lambda n: "".join(dice.choices("0123456789", k=n))  # noqa: E731
        born = f"19{dice.randint(50, 99)}{dice.randint(1, 12):02}{dice.randint(1, 28):02}"
        card = "62220" + digits(10)
        doubled = [sum(divmod(2 * int(d), 10)) for d in card[::-2]]
        total = sum(doubled) + sum(int(d) for d in card[-2::-2])
        return cls(
            dice.choice("张王李赵谌欧") + "".join(dice.choices("骞翊曦霖珩宥", k=2)),
            f"1{dice.choice('3456789')}{digits(9)}",
            f"0371-{dice.choice('56789')}{digits(7)}",
            f"410105{born}{digits(3)}X",
            f"豫A{dice.choice('BCDEF')}{digits(4)}",
            f"u{digits(6)}@example.com",
            card + str(-total % 10),
            f"{dice.randint(10, 39)}号楼{dice.randint(1, 6)}单元{dice.randint(201, 2999)}室",
        )

    def words(self) -> str:
        """Return all there is to know, as a citizen writes it."""
        return (
            f"联系人{self.name}，电话{self.phone}、{self.landline}，身份证{self.identity}，"
            f"车牌{self.plate}，邮箱{self.mail}，卡号{self.card}，住阳光花园{self.door}，找{self.name}"
        )

    def found_in(self, told: str) -> list[str]:
        """Return what of the person stands in what was told."""
        return [value for value in (
            self.name, self.phone, self.landline[5:], self.identity, self.plate, self.mail,
            self.card, self.door,
        ) if value in told]  # fmt: skip


@dataclass
class Planted:
    """A town in whose every word somebody stands."""

    town: Town
    who: Person
    case: int
    whistle: int
    directive: int
    inspection: int
    log: StringIO

    def check(self, what: str, told: str) -> None:
        """Fail where a person can be found."""
        assert self.who.found_in(told) == [], f"{what} tells {self.who.found_in(told)}"


def post(town: Town, client: FlaskClient, path: str, body: Any, status: int = 200) -> Any:
    answer = client.post(f"/api/v1/{path}", json=body, headers=proof(client))
    assert answer.status_code == status, answer.text
    return answer.json


@pytest.fixture(scope="module", params=[7, None], ids=["known", "anybody"])
def planted(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Planted]:
    """Plant somebody: always the same one, and one who is another in each run."""
    seed = random.randrange(10**6) if request.param is None else request.param
    who, folder = Person.made(seed), tmp_path_factory.mktemp(f"planted-{seed}")
    services = make_services(folder, f"sqlite:///{folder / 'commandcenter.db'}")
    town = Town(services, create_flask(services), make_accounts(services))
    add_people(
        town,
        Grant("leader", CITY, Clearance.PERSONAL, role=Role.LEADER),
        Grant("duty", CITY, Clearance.PERSONAL, role=Role.DUTY_OFFICER),
        Grant("staff", EAST, Clearance.STAFF, role=Role.GRID_CHIEF),
        Grant("auditor", CITY, Clearance.PERSONAL, role=Role.AUDITOR),
    )
    log = StringIO()
    handler = logging.StreamHandler(log)
    handler.setFormatter(logs.JsonLines(logs.Line("test")))
    logging.getLogger().addHandler(handler)
    yield plant(town, who, log)
    logging.getLogger().removeHandler(handler)
    services.bus.close()
    services.store.close()


def plant(town: Town, who: Person, log: StringIO) -> Planted:
    """Say the person's words wherever the system takes words in."""
    words = who.words()
    case = town.report(
        LEAF, "planted", title=words[:200], description=words, matter="E0101",
        reporter={"name": who.name, "phone": who.phone},
        attachments=[f"https://example.com/{who.name}-{who.phone}.jpg"],
    )  # fmt: skip
    refused = {"source": "tests", "external_id": "letter", "channel": "none", "title": words[:200],
               "occurred_at": "2026-11-20T08:00:00+08:00", "cell": LEAF,
               "reporter": {"name": who.name, "phone": who.phone}}  # fmt: skip
    answer = town.client().post("/api/v1/reports", json=[refused], headers=town.bearer("source"))
    assert answer.json["answers"][0]["status"] == "rejected"
    assert who.found_in(answer.text) == []
    leader, duty = signed_in(town, "leader"), signed_in(town, "duty")
    for client in (leader, duty):
        client.get("/desk")
    said = {"note": words, "evidence": [{"url": f"https://e.cn/{who.phone}.jpg", "note": words}]}
    post(town, duty, f"cases/{case}/commands", {"command": "supervise", **said})
    whistle = post(town, duty, "whistles", {
        "cell": LEAF, "units": [UNIT], "title": words[:200], "reason": words, "place": words[:200],
        "case": case,
    })["id"]  # fmt: skip
    act = {"act": "report_in", "unit": UNIT, "note": words}
    post(town, duty, f"whistles/{whistle}/acts", act)
    directive = post(town, leader, "directives", {
        "cell": EAST, "level": "micro", "title": words[:200], "body": words,
    })["id"]  # fmt: skip
    told = [{"cell": LEAF, "act": "done", "note": words}]
    post(town, leader, f"directives/{directive}/acts", {"acts": told})
    inspection = post(town, leader, "inspections", {"cell": LEAF, "title": words[:100]})["id"]
    notes = {"act": "note", "text": words, "key": "k"}
    post(town, leader, f"inspections/{inspection}/acts", notes)
    return Planted(town, who, case, whistle, directive, inspection, log)


def paths(planted: Planted) -> list[str]:
    """Return all that can be fetched and may tell of the person."""
    case, who = planted.case, planted.who
    return [
        f"/case/{case}", f"/cell/{LEAF}", f"/cell/{EAST}", "/desk", "/audit", "/operations",
        f"/search?q={who.phone}", f"/search?q={who.name}", "/search?q=阳光花园", "/account",
        f"/inspection/{planted.inspection}",
        "/api/v1/cases", f"/api/v1/cases?cell={EAST}", f"/api/v1/cases/{case}",
        "/api/v1/whistles", f"/api/v1/whistles/{planted.whistle}",
        "/api/v1/directives", f"/api/v1/directives/{planted.directive}",
        "/api/v1/inspections", f"/api/v1/inspections/{planted.inspection}",
        f"/api/v1/cells/{LEAF}", f"/api/v1/cells/{LEAF}/checks", "/api/v1/matters",
        "/api/v1/panels", "/audit.csv", "/metrics", "/readyz", "/",
    ]  # fmt: skip


@pytest.mark.parametrize("name", PEOPLE)
def test_no_page_document_or_export_tells_of_a_person(planted: Planted, name: str) -> None:
    client = signed_in(planted.town, name)
    seen = 0
    for path in paths(planted):
        answer = client.get(path)
        planted.check(f"{path} for {name}", _asked_for(path, answer.text))
        seen += answer.status_code == 200
    assert seen >= 10
    planted.check("the log", planted.log.getvalue())


def _asked_for(path: str, told: str) -> str:
    """Leave out what the page repeats of the very question: who asks knows it."""
    if "?q=" in path:
        told = told.replace(path.partition("=")[2], "")
    return told


def test_no_wall_and_no_key_hears_of_a_person(planted: Planted) -> None:
    town = planted.town
    with town.services.store.write() as connection:
        grant = Grant("key", CITY, Clearance.PERSONAL, role=Role.LEADER)
        token = add_key(connection, town.services.tree, KeyKind.OPERATOR, grant, now())
    for key in (town.keys["wall"], town.keys["source"], token):
        for path in paths(planted):
            answer = town.client().get(path, headers={"Authorization": f"Bearer {key}"})
            planted.check(path, _asked_for(path, answer.text))


def run(client: FlaskClient, output: str, values: list[object]) -> str:
    """Run one callback with values for its inputs and states, in their order."""
    known = {one["output"]: one for one in client.get("/_dash-dependencies").json}
    body = body_of(known[output], values)
    return client.post("/_dash-update-component", json=body, headers=proof(client)).text


@pytest.mark.parametrize("name", ["leader", "duty", "staff"])
def test_no_callback_tells_of_a_person(planted: Planted, name: str) -> None:
    client = signed_in(planted.town, name)
    assert client.get("/desk").status_code == 200
    case, told = str(planted.case), []
    queue = {"queue": "all", "words": planted.who.phone}
    grid = {"startRow": 0, "endRow": 60}
    wanted: list[tuple[str, list[object]]] = [
        ("page.children", [f"/case/{case}", ""]), ("page.children", [f"/cell/{LEAF}", ""]),
        ("desk-anchors.data", [grid, {"queue": "all"}, None, None]),
        ("desk-anchors.data", [grid, queue, None, None]),
        ("desk-head.children", [case, 0, None]),
        ("desk-board.children", ["whistles", 0, 0]), ("desk-board.children", ["directives", 0, 0]),
        ("desk-o-head.children", [{"kind": "progress", "key": "12345678",
                                   "directive": planted.directive}]),
        ("desk-o-head.children", [{"kind": "answer_call", "key": "12345678",
                                   "whistle": planted.whistle, "unit": UNIT}]),
        ("desk-form-head.children", [{"command": "dispatch", "key": "12345678",
                                      "cases": [{"id": case, "version": 1}]}, None, None]),
    ]  # fmt: skip
    outputs = [one["output"] for one in client.get("/_dash-dependencies").json]
    for start, values in wanted:
        for output in (one for one in outputs if one.strip(".").startswith(start)):
            said = _plain(run(client, output, values))
            planted.check(f"{output} for {name}", said)
            told.append(said)
    # What is shown is the case, covered: else nothing was asked at all.
    if name != "staff":
        assert _noted(planted, name), "who found somebody by the number is noted"
    shown = f"{planted.who.name[0]}**"
    assert sum(shown in part for part in told) >= 4


def _noted(planted: Planted, name: str) -> bool:
    """Tell whether the audit log says that somebody was found by a number, without the number."""
    with planted.town.services.store.read() as connection:
        kinds = audit.c.kind == "viewed_personal", audit.c.who == name
        details = list(connection.scalars(select(audit.c.detail).where(*kinds)))
    return bool(details) and not any(planted.who.phone in detail for detail in details)


def _plain(body: str) -> str:
    try:
        return str(orjson.loads(body))
    except orjson.JSONDecodeError:
        return body


def test_no_refusal_repeats_what_was_said(planted: Planted) -> None:
    client, words = signed_in(planted.town, "duty"), planted.who.words()
    case = planted.case
    for path, body in (
        (f"cases/{case}/commands", {"command": "close", "note": words}),
        (f"cases/{case}/commands", {"command": words}),
        (f"cases/{case}/commands", {"command": "merge", "master": case, "note": words}),
        (f"whistles/{planted.whistle}/acts", {"act": words, "unit": UNIT}),
        ("whistles", {"cell": LEAF, "units": [words[:60]], "title": words[:200]}),
        ("directives", {"cell": EAST, "level": words, "title": words[:200]}),
        (f"cases/{case}/unmask", {"reason": words * 3}),
        ("reports", {"title": words}),
    ):
        answer = client.post(f"/api/v1/{path}", json=body, headers=SAME)
        assert answer.status_code >= 400, path
        planted.check(path, answer.text)


def test_no_value_of_a_stream_tells_of_a_person(planted: Planted) -> None:
    """All frames are made of what a view is asked; so all is asked that a view can be."""
    services = planted.town.services
    tree, catalogue = services.tree, services.catalogue
    rollup = Rollup(
        Frame(tree, len(LEVELS), small_city().calendar, tuple(catalogue.channels)), services.store
    )
    rollup.rebuild(now())
    city = City(
        rollup, Colours(tree), LEVELS, catalogue.channels, catalogue.matters, catalogue.units, ()
    )
    for clearance in Clearance:
        topic = Topic.of("x.panel", CITY, clearance, "zh", {})
        with services.store.read() as connection:
            view = ScopeView(city, topic, str.format, partial(_same, connection))
            told = [
                view.newest(9), view.most_overdue(9), view.next_due(9), view.supervised_cases(9),
                *(view.marked(mark, 9) for mark in Mark), view.whistles(9), view.directives(9),
                view.colour_changes(9), view.reason(), view.unit_loads(), view.readings(),
            ]  # fmt: skip
        assert np.any([bool(part) for part in told])
        planted.check(f"a view of {clearance.name}", repr(told))
        assert "垃圾" in repr(told) or planted.who.name[0] + "**" in repr(told)


def _same(connection: Connection) -> Connection:
    return connection


def test_letters_are_shown_to_operators_without_the_person(planted: Planted) -> None:
    with planted.town.services.store.read() as connection:
        shown = dead_letters.shown(connection, 9)
        assert planted.who.found_in(repr(dead_letters.waiting(connection, 9)))
    assert len(shown) == 1
    planted.check("a letter", repr(shown))


def test_a_search_finds_the_person_for_none_but_by_the_number(planted: Planted) -> None:
    town, who = planted.town, planted.who
    last = len(town.services.tree) - 1
    with town.services.store.read() as connection:
        for clearance in Clearance:
            viewer = Viewer("v", CITY, 0, last, clearance, role=Role.LEADER)
            for asked in (who.name, who.phone, who.identity, who.plate, who.mail, who.card):
                wish = search.Wish(asked, 0, last)
                assert search.by_words(connection, viewer, wish).hits == ()
            wish = search.Wish(who.phone[-6:], 0, last)
            (found,) = search.by_phone(connection, viewer, wish).hits or (None,)
            assert (found is not None) == (clearance is Clearance.PERSONAL)
            if found is not None:
                assert found.phone == f"{who.phone[:3]}****{who.phone[-4:]}"
        words = search.Wish("阳光花园", 0, last)
        viewer = Viewer("v", CITY, 0, last, Clearance.STAFF)
        assert len(search.by_words(connection, viewer, words).hits) == 1
