"""Inspections by HTTP: begun, walked, heard late and twice, ended; and their report as a PDF."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from commandcenter.cases.accounts import Grant, KeyKind, add_key
from commandcenter.cases.accounts import add_user as add
from commandcenter.domain.roles import Role
from commandcenter.domain.viewers import Clearance
from commandcenter.store.audit_tables import audit
from tests.web.conftest import CITY, EAST, SAME, WEST, Town, hashed_password, now

PATH = "/api/v1/inspections"
STREET = f"{EAST}001"
LEAF = f"{STREET}001001001"


def iso(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).isoformat()


@pytest.fixture
def keyed(town: Town) -> Town:
    """The town with keys of somebody who inspects the city, the east, and of who does not."""
    grants = {
        "leader": Grant("leader", CITY, Clearance.STAFF, role=Role.LEADER),
        "east-chief": Grant("east-chief", EAST, Clearance.STAFF, role=Role.GRID_CHIEF),
        "unit": Grant("unit", CITY, Clearance.STAFF, role=Role.UNIT_OFFICER, unit=f"{EAST}-cg"),
    }
    with town.services.store.write() as connection:
        for name, grant in grants.items():
            key = add_key(connection, town.services.tree, KeyKind.OPERATOR, grant, now())
            town.keys[name] = key
    return town


def post(town: Town, path: str, body: Any, who: str = "leader", key: str = "") -> TestResponse:
    headers = town.bearer(who) | ({"Idempotency-Key": key} if key else {})
    return town.client().post(path, json=body, headers=headers)


def get(town: Town, path: str, who: str = "leader") -> Any:
    answer = town.client().get(path, headers=town.bearer(who))
    assert answer.status_code == 200, answer.text
    return answer.json


def begun(town: Town, who: str = "leader", **more: Any) -> int:
    answer = post(town, PATH, {"cell": LEAF} | more, who)
    assert answer.status_code == 200, answer.text
    number: int = answer.json["id"]
    return number


def test_an_inspection_is_firstwalked_and_ended(keyed: Town) -> None:
    case = keyed.report(LEAF, "one")
    start = now()
    number = begun(keyed, title="防汛巡查", at=iso(start))
    cell = keyed.services.tree[LEAF]
    acts = [
        {"act": "visit", "cell": STREET, "key": "v", "lng": cell.lng, "lat": cell.lat},
        {"act": "note", "text": "找王小明核实 13812345678", "key": "n"},
        {"act": "find", "case": case, "key": "f"},
        {"act": "route", "key": "r",
         "points": [{"at": iso(start), "lng": cell.lng, "lat": cell.lat}]},
    ]  # fmt: skip
    heard = post(keyed, f"{PATH}/{number}/acts", acts)
    assert heard.status_code == 200, heard.text
    assert [one["status"] for one in heard.json["answers"]] == ["taken"] * 4
    ended = post(keyed, f"{PATH}/{number}/acts", {"act": "end", "text": "良好"}, key="e")
    assert ended.json["inspection"]["state"] == "followed"
    found = get(keyed, f"{PATH}/{number}")
    assert [act["act"] for act in found["acts"]] == ["start", "visit", "note", "find", "end"]
    assert [found[name] for name in ("title", "visited", "found", "open")] == ["防汛巡查", 2, 1, 1]
    assert found["findings"][0]["case"] == case and found["findings"][0]["open"]
    assert "13812345678" not in str(found), "what is personal is covered"
    assert (found["summary"], found["mine"], len(found["route"])) == ("良好", True, 1)


def test_the_same_sent_again_is_heard_once(keyed: Town) -> None:
    first = post(keyed, PATH, {"cell": LEAF}, key="s")
    again = post(keyed, PATH, {"cell": LEAF}, key="s")
    assert first.json["id"] == again.json["id"]
    path = f"{PATH}/{first.json['id']}/acts"
    note = {"act": "note", "text": "路灯不亮", "at": iso(now())}
    assert post(keyed, path, note, key="n").json["answers"][0]["status"] == "taken"
    assert post(keyed, path, note, key="n").json["answers"][0]["status"] == "known"
    many = [note, note | {"text": "井盖"}]
    assert [a["status"] for a in post(keyed, path, many, key="m").json["answers"]] == ["taken"] * 2
    assert [a["status"] for a in post(keyed, path, many, key="m").json["answers"]] == ["known"] * 2
    assert len(get(keyed, f"{PATH}/{first.json['id']}")["acts"]) == 4


def test_acts_find_their_inspection_by_the_key_of_its_start(keyed: Town) -> None:
    number = begun(keyed, key="walk-1")
    note = {"act": "note", "text": "x"}
    assert post(keyed, f"{PATH}/key:walk-1/acts", note).json["inspection"]["id"] == number
    assert post(keyed, f"{PATH}/key:walk-2/acts", note).status_code == 404
    assert post(keyed, f"{PATH}/key:walk-1/acts", note, "east-chief").status_code == 404


def test_a_refusal_says_why_and_costs_only_its_act(keyed: Town) -> None:
    number = begun(keyed, "east-chief")
    path = f"{PATH}/{number}/acts"
    acts = [{"act": "visit", "cell": WEST}, {"act": "note"}, {"act": "note", "text": "x"},
            {"act": "note", "text": "早", "at": "2020-01-01T00:00:00Z"}]  # fmt: skip
    answers = post(keyed, path, acts, "east-chief").json["answers"]
    assert [one["status"] for one in answers] == ["refused", "refused", "taken", "refused"]
    assert [one["code"] for one in answers] == ["not_found", "invalid", None, "invalid"]
    assert post(keyed, path, acts[0], "east-chief").status_code == 404
    assert post(keyed, path, acts[1], "east-chief").json["error"]["field"] == "text"
    second = post(keyed, PATH, {"cell": LEAF}, "east-chief")
    assert (second.status_code, second.json["error"]["code"]) == (409, "illegal_move")
    assert post(keyed, PATH, {"cell": WEST}, "east-chief").status_code == 404
    assert post(keyed, path, {"act": "note", "text": "x"}).status_code == 403


def test_who_may_not_inspect_is_told_so(keyed: Town) -> None:
    assert post(keyed, PATH, {"cell": LEAF}, "unit").status_code == 403
    assert post(keyed, PATH, {"cell": LEAF}, "wall").status_code == 403
    assert keyed.client().post(PATH, json={"cell": LEAF}).status_code == 401
    number = begun(keyed)
    assert keyed.client().get(f"{PATH}/{number}", headers=keyed.bearer("unit")).status_code == 200
    assert keyed.client().get(f"{PATH}/{number}", headers=keyed.bearer("wall")).status_code == 404


def test_lists_are_of_a_cell_of_mine_and_of_what_runs(keyed: Town) -> None:
    mine, other = begun(keyed), begun(keyed, "east-chief")

    def ids(query: str, who: str = "leader") -> list[int]:
        return [one["id"] for one in get(keyed, f"{PATH}?{query}", who)["inspections"]]

    assert ids("") == [other, mine]
    assert ids("mine=true") == ids("mine=true&running=true") == [mine]
    assert ids(f"cell={LEAF}&limit=1") == [other]
    assert ids("running=false") == ids(f"cell={WEST}") == []


def test_what_is_done_is_written_into_the_audit_log(keyed: Town) -> None:
    number = begun(keyed)
    post(keyed, f"{PATH}/{number}/acts", [{"act": "visit", "cell": STREET}, {"act": "end"}])
    with keyed.services.store.read() as connection:
        query = select(audit.c.what, audit.c.detail).where(audit.c.kind == "inspected")
        told = [tuple(row) for row in connection.execute(query.order_by(audit.c.seq))]
    assert [what for what, _ in told] == [f"inspection:{number}"] * 2
    assert "start" in told[0][1] and "visit" in told[1][1] and "end" in told[1][1]


@pytest.fixture
def leading(keyed: Town, quick_reports: None) -> FlaskClient:
    """A browser in which a leader of the city has logged in; the inspection 1 is theirs and ended.
    """
    add_user(keyed, "boss", CITY, Role.LEADER)
    client = keyed.logged_in("boss")
    case = keyed.report(LEAF, "found")
    headers = SAME | {"X-CSRFToken": token_of(client)}
    first = client.post(PATH, json={"cell": LEAF, "title": "夜查"}, headers=headers)
    assert first.status_code == 200, first.text
    acts = [{"act": "find", "case": case}, {"act": "note", "text": "看 13812345678"},
            {"act": "end", "text": "良好"}]  # fmt: skip
    client.post(f"{PATH}/1/acts", json=acts, headers=headers)
    return client


def add_user(town: Town, name: str, scope: str, role: Role) -> None:
    grant = Grant(name, scope, Clearance.STAFF, role=role)
    with town.services.store.write() as connection:
        add(connection, town.services.tree, grant, hashed_password(), now())


def token_of(client: FlaskClient) -> str:
    """The token that pages of this browser send along."""
    client.get(f"/cell/{CITY}")
    cookie = client.get_cookie("_csrf_token")
    assert cookie is not None
    return cookie.value


def test_the_page_shows_the_findings_and_leads_to_the_report(leading: FlaskClient) -> None:
    page = leading.get("/inspection/1")
    assert page.status_code == 200
    for words in ("夜查", "跟踪中", "/inspections/1/report.pdf", "楼下垃圾堆放", "/case/1", "良好"):
        assert words in page.text, words
    assert "13812345678" not in page.text
    listed = leading.get("/inspections").text
    assert "夜查" in listed and "/inspection/1" in listed


def test_the_report_is_one_document_that_is_written_down(
    leading: FlaskClient, keyed: Town
) -> None:
    answer = leading.get("/inspections/1/report.pdf")
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    assert answer.data.startswith(b"%PDF-")
    known = {"If-None-Match": answer.headers["ETag"]}
    again = leading.get("/inspections/1/report.pdf", headers=known)
    assert again.status_code == 304
    assert leading.get("/inspections/2/report.pdf").status_code == 404
    with keyed.services.store.read() as connection:
        query = select(audit.c.what).where(audit.c.kind == "exported")
        assert connection.scalars(query).all() == ["inspection:1"] * 2


def test_who_does_not_see_the_place_finds_neither_page_nor_report(
    leading: FlaskClient, keyed: Town
) -> None:
    add_user(keyed, "west", WEST, Role.LEADER)
    other = keyed.logged_in("west")
    for path in ("/inspection/1", "/inspections/1/report.pdf", f"{PATH}/1"):
        assert other.get(path).status_code == 404, path
    assert "夜查" not in other.get("/inspections").text
    assert keyed.client().get("/inspections/1/report.pdf").status_code in (303, 401)
