"""The API: what it takes, what it gives, and that nothing outside a scope exists.

Longer than most: one town serves all questions to the API.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import func, select

from commandcenter.store.tables import cases, dead_letters
from tests.web.conftest import CITY, EAST, SAME, WEST, WIDE, Town, report, with_rates

EAST_STREET, WEST_STREET = f"{EAST}001", f"{WEST}001"


@pytest.fixture
def url(laid_out_url: str) -> str:
    """Both kinds of database."""
    return laid_out_url


def post(town: Town, body: object, key: str = "source", **headers: str) -> Any:
    """Hand in a body as JSON, or bytes as they are."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    sent = {"Content-Type": "application/json"} | town.bearer(key) | headers
    return town.client().post("/api/v1/reports", data=data, headers=sent)


def error_of(answer: Any) -> str:
    """The code of an error, which has the one shape."""
    assert set(answer.json) == {"error"}
    known = {"code", "message", "field", "request_id", "words"}
    assert known - {"field"} <= set(answer.json["error"]) <= known
    assert answer.json["error"]["request_id"] == answer.headers["X-Request-ID"]
    code: str = answer.json["error"]["code"]
    return code


def test_each_report_of_a_list_has_its_answer(town: Town) -> None:
    bad = report(EAST_STREET, "3") | {"channel": "smoke"}
    items = [report(EAST_STREET, "1"), report(WEST_STREET, "2"), bad, "nonsense"]
    answer = post(town, items)
    assert answer.status_code == 200
    answers = answer.json["answers"]
    assert [a["status"] for a in answers] == ["accepted", "accepted", "rejected", "rejected"]
    assert answers[2]["code"] == "unknown_channel"
    assert answers[2]["field"] == "channel"
    again = post(town, items).json["answers"]
    assert [a["status"] for a in again] == ["duplicate", "duplicate", "rejected", "rejected"]
    assert [a["id"] for a in again[:2]] == [a["id"] for a in answers[:2]]
    with town.services.store.read() as connection:
        assert connection.execute(select(func.count()).select_from(cases)).scalar() == 2
        assert connection.execute(select(func.count()).select_from(dead_letters)).scalar() == 2


def test_a_single_report_may_come_without_a_list(town: Town) -> None:
    assert post(town, report(EAST, "1")).json["answers"][0]["status"] == "accepted"


def test_a_rejected_report_is_answered_like_any_other(town: Town) -> None:
    answer = post(town, [report("nowhere", "1")])
    assert answer.status_code == 200
    assert answer.json["answers"][0]["code"] == "outside"


def test_a_source_reports_for_its_scope_alone(town: Town) -> None:
    there = post(town, report(WEST_STREET, "1"), "east-source")
    nowhere = post(town, report("nowhere", "2"), "east-source")
    assert there.status_code == nowhere.status_code == 200
    assert there.json == nowhere.json


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "bad_json"),
        (b"{", 400, "bad_json"),
        (b'{"lng": NaN}', 400, "bad_json"),
        (b'"\xff\xfe"', 400, "bad_json"),
        (b'"\\ud800"', 400, "bad_json"),
        (b"[" * 100_000, 400, "bad_json"),
        (b"[" * 900 + b"]" * 900, 400, "too_deep"),
        (b"[]", 400, "empty"),
        (b"[" + b"1," * 1000 + b"1]", 413, "too_many"),
        (b" " * (2 * 1024 * 1024 + 1), 413, "request_entity_too_large"),
        (b"[null]", 200, None),
        (b"123456789012345678901234567890", 200, None),
        (b"1e999", 400, "bad_json"),
        (b"1e300", 200, None),
        (b'{"source": {"a": ["b"]}}', 200, None),
        (b'{"source": "a", "source": "b"}', 200, None),
    ],
)
def test_no_body_makes_the_server_stumble(
    town: Town, body: bytes, status: int, code: str | None
) -> None:
    answer = post(town, body)
    assert answer.status_code == status, answer.text
    if code is not None:
        assert error_of(answer) == code


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", "a\x00b"),
        ("description", "\x00"),
        ("external_id", "\x00"),
        ("lng", 10**30),
        ("lng", "113.7"),
        ("occurred_at", "0001-01-01T00:00:00Z"),
        ("occurred_at", "9999-12-31T23:59:59-23:59"),
        ("occurred_at", 10**300),
        ("occurred_at", True),
        ("title", "\U0001f6a8" * 200),
        ("reporter", []),
        ("attachments", ["x"] * 21),
        ("matter", "\u202e"),
        ("cell", "'; drop table cases; --"),
    ],
)
def test_no_field_makes_the_server_stumble(town: Town, field: str, value: object) -> None:
    assert post(town, report(EAST, "1") | {field: value}).status_code == 200


@pytest.mark.parametrize(
    "headers", [{"Content-Type": "text/plain"}, {"Content-Type": ""}, {"Content-Encoding": "gzip"}]
)
def test_only_plain_json_is_read(town: Town, headers: dict[str, str]) -> None:
    answer = post(town, report(EAST, "1"), **headers)
    assert answer.status_code == 415
    assert error_of(answer) == "unsupported_media_type"


def test_without_a_key_nothing_is_told(town: Town) -> None:
    client = town.client()
    for path in ("/cells/990100", "/cells/990100/counts", "/cases", "/cases/1"):
        answer = client.get(f"/api/v1{path}")
        assert answer.status_code == 401
        assert error_of(answer) == "unauthorized"
        assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert client.post("/api/v1/reports", json={}).status_code == 401


def test_a_session_may_read_and_may_not_report(town: Town) -> None:
    client = town.logged_in("city")
    assert client.get(f"/api/v1/cells/{CITY}").status_code == 200
    answer = client.post("/api/v1/reports", json=report(EAST, "1"), headers=SAME)
    assert (answer.status_code, error_of(answer)) == (403, "forbidden")


def test_a_walls_key_may_not_report(town: Town) -> None:
    answer = post(town, report(EAST, "1"), "wall")
    assert answer.status_code == 403
    assert error_of(answer) == "forbidden"


def test_wrong_methods_and_paths_are_json_too(town: Town) -> None:
    client = town.client()
    assert error_of(client.delete("/api/v1/cases")) == "method_not_allowed"
    assert error_of(client.get("/api/v1/reports", headers=town.bearer("source")))
    assert error_of(client.get("/api/v1/nothing")) == "not_found"
    assert error_of(client.post("/api/v1/nothing", json={})) in ("not_found", "method_not_allowed")


def test_a_cell_shows_its_place_in_the_tree(town: Town) -> None:
    cell = town.client().get(f"/api/v1/cells/{EAST}", headers=town.bearer("wall")).json
    assert cell["name"] == "东湖区"
    assert cell["parent"] == {"code": CITY, "name": "小城市"}
    assert [child["code"] for child in cell["children"]] == [f"{EAST}001", f"{EAST}002"]
    assert cell["chief"] is None
    staff = town.logged_in("east").get(f"/api/v1/cells/{EAST}").json
    assert staff["chief"]["invented"] is True
    assert staff["parent"] is None


def test_what_lies_outside_answers_as_what_does_not_exist(counted: Town) -> None:
    west = counted.report(WEST_STREET, "1")
    # The id of a request is its caller's: with the same one, nothing else may differ.
    client, key = counted.client(), counted.bearer("east-wall") | {"X-Request-ID": "of-a-caller"}
    pairs = [
        (f"/cells/{WEST}", "/cells/nowhere"),
        (f"/cells/{CITY}", "/cells/nowhere"),
        (f"/cells/{WEST}/counts", "/cells/nowhere/counts"),
        (f"/cases/{west}", "/cases/999999"),
        (f"/cases?cell={WEST}", "/cases?cell=nowhere"),
    ]
    for outside, missing in pairs:
        one = client.get(f"/api/v1{outside}", headers=key)
        other = client.get(f"/api/v1{missing}", headers=key)
        assert one.status_code == other.status_code == 404, outside
        assert one.data == other.data
        assert dict(one.headers) == dict(other.headers)


def test_a_list_holds_the_scope_alone(town: Town) -> None:
    east = town.report(EAST_STREET, "1")
    town.report(WEST_STREET, "2")
    found = town.client().get("/api/v1/cases", headers=town.bearer("east-wall")).json
    assert [case["id"] for case in found["cases"]] == [east]
    assert found["cursor"] is None


def test_cases_come_page_by_page(town: Town) -> None:
    made = [town.report(EAST_STREET, str(number)) for number in range(5)]
    client, key = town.client(), town.bearer("wall")
    seen, cursor = [], ""
    while cursor is not None:
        path = f"/api/v1/cases?limit=2&cell={EAST}" + (f"&cursor={cursor}" if cursor else "")
        page = client.get(path, headers=key).json
        seen += [case["id"] for case in page["cases"]]
        cursor = page["cursor"]
    assert seen == sorted(made, reverse=True)


def test_cases_are_chosen_by_state_and_clock(town: Town) -> None:
    case_id = town.report(EAST_STREET, "1")
    client, key = town.client(), town.bearer("wall")

    def ids(query: str) -> list[int]:
        found = client.get(f"/api/v1/cases?{query}", headers=key).json
        return [case["id"] for case in found["cases"]]

    state = client.get(f"/api/v1/cases/{case_id}", headers=key).json["state"]
    assert ids(f"state={state}") == [case_id]
    assert ids("state=closed") == []
    assert ids("overdue=true") == []
    assert ids("overdue=false") == [case_id]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("state=nonsense", "state"),
        ("overdue=maybe", "overdue"),
        ("cursor=-1", "cursor"),
        ("cursor=99999999999999999999", "cursor"),
        ("limit=0", "limit"),
        ("limit=1e3", "limit"),
        ("cell=", "cell"),
    ],
)
def test_a_wrong_parameter_is_named(town: Town, query: str, field: str) -> None:
    answer = town.client().get(f"/api/v1/cases?{query}", headers=town.bearer("wall"))
    assert answer.status_code == 400
    assert answer.json["error"]["field"] == field


@pytest.mark.parametrize(
    "number", ["0", "-1", "x", "1.5", "99999999999999999999", "9223372036854775808", "٣", "%00"]
)
def test_a_number_that_is_no_cases_does_not_exist(town: Town, number: str) -> None:
    answer = town.client().get(f"/api/v1/cases/{number}", headers=town.bearer("wall"))
    assert answer.status_code == 404


def test_a_case_shows_what_the_clearance_reaches(town: Town) -> None:
    case_id = town.report(EAST_STREET, "1")
    path = f"/api/v1/cases/{case_id}"
    public = town.client().get(path, headers=town.bearer("wall")).json
    staff = town.logged_in("east").get(path).json
    personal = town.logged_in("city").get(path).json
    assert public["description"] is staff["reporter"] is public["reporter"] is None
    assert staff["description"] == "已经三天"
    assert personal["reporter"] == {"name": "张*", "phone": "138****0000"}
    assert [move["command"] for move in public["moves"]][:1] == ["report"]
    assert "张三" not in town.client().get(path, headers=town.bearer("wall")).text


def test_counts_say_when_and_where_in_the_log(counted: Town) -> None:
    path = f"/api/v1/cells/{EAST}/counts"
    found = counted.client().get(path, headers=counted.bearer("wall")).json
    assert set(found) == {"cell", "as_of", "seq", "counts"}
    assert found["counts"] == {"open": 0}


def test_counts_without_a_worker_say_so(town: Town) -> None:
    path = f"/api/v1/cells/{EAST}/counts"
    answer = town.client().get(path, headers=town.bearer("wall"))
    assert answer.status_code == 503
    assert error_of(answer) == "counts_unavailable"
    assert int(answer.headers["Retry-After"]) > 0


def test_a_caller_over_the_rate_is_told_how_long_to_wait(town: Town) -> None:
    slow = with_rates(town, replace(WIDE, queries="2 per minute", reports="1 per minute"))
    key = slow.bearer("wall")
    answers = [slow.client().get("/api/v1/cases", headers=key) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert error_of(answers[2]) == "too_many_requests"
    assert 1 <= int(answers[2].headers["Retry-After"]) <= 60
    other = slow.client().get("/api/v1/cases", headers=slow.bearer("east-wall"))
    assert other.status_code == 200
    codes = [post(slow, report(EAST, "1")).status_code for _ in range(2)]
    assert codes == [200, 429]


def test_a_fault_of_our_own_tells_nothing(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    def stumble(*_: object) -> None:
        raise RuntimeError("secret words")

    monkeypatch.setattr(town.services.intake, "accept", stumble)
    answer = post(town, report(EAST, "1"))
    assert answer.status_code == 500
    assert error_of(answer) == "internal_server_error"
    assert "secret" not in answer.text


def matters(town: Town, query: str = "") -> list[dict[str, Any]]:
    answer = town.client().get(f"/api/v1/matters{query}", headers=town.bearer("wall"))
    assert answer.status_code == 200, answer.json
    found: list[dict[str, Any]] = answer.json["matters"]
    return found


def test_the_matters_and_their_lists_can_be_read(town: Town) -> None:
    everything = matters(town)
    assert [matter["code"] for matter in everything] == list(town.services.catalogue.matters)
    assert everything[0]["clock"] == "working" and everything[0]["limit_hours"] == 8
    level = town.services.catalogue.levels[2].key
    assert {matter["level"] for matter in matters(town, f"?level={level}")} == {level}
    assert {matter["duty"] for matter in matters(town, "?duty=市政")} == {"市政"}
    assert all(m["dispatches_itself"] for m in matters(town, "?dispatches_itself=true"))
    assert matters(town, f"?forbidden={level}") == []
    refused = town.client().get("/api/v1/matters?level=moon", headers=town.bearer("wall"))
    assert refused.status_code == 404 and error_of(refused) == "not_found"


def test_a_case_tells_its_clock(town: Town) -> None:
    number = post(town, report(EAST_STREET, "clocked")).json["answers"][0]["id"]
    shown = town.client().get(f"/api/v1/cases/{number}", headers=town.bearer("wall")).json
    assert shown["clock"]["colour"] in ("green", "yellow", "red")
    assert shown["clock"]["due"] == shown["due"] and shown["clock"]["left_ms"] is None
