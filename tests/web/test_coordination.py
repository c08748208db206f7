"""Whistles and directives over HTTP: who calls, who comes, who orders, how far each cell is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from commandcenter.cases import accounts
from commandcenter.cases.accounts import Grant, KeyKind
from commandcenter.domain.clocks import DAY
from commandcenter.domain.roles import Role
from commandcenter.domain.viewers import Clearance
from commandcenter.web.flask_app import create_flask
from tests.web.conftest import CITY, EAST, SOUTH, WEST, Town, now

STREET, UNIT = f"{EAST}001", f"{EAST}-cg"


@pytest.fixture
def url(laid_out_url: str) -> str:
    """Both kinds of database."""
    return laid_out_url


@pytest.fixture
def desk(town: Town) -> Town:
    """The town with the keys of those who whistle, order and answer."""
    return with_officers(town)


def with_officers(town: Town) -> Town:
    """Give out keys of operators."""
    staff = Clearance.STAFF
    grants = {
        "officer": Grant("officer", CITY, staff, role=Role.DUTY_OFFICER),
        "west": Grant("west", WEST, staff, role=Role.DUTY_OFFICER),
        "street": Grant("street", STREET, staff, role=Role.DUTY_OFFICER),
        "unit": Grant("unit", EAST, staff, role=Role.UNIT_OFFICER, unit=UNIT),
        "chief": Grant("chief", f"{STREET}001", staff, role=Role.GRID_CHIEF),
    }
    with town.services.store.write() as connection:
        made = {
            name: accounts.add_key(connection, town.services.tree, KeyKind.OPERATOR, grant, now())
            for name, grant in grants.items()
        }
    return replace(town, keys=town.keys | made)


def post(town: Town, path: str, body: Any, by: str = "officer", **headers: str) -> Any:
    headers = town.bearer(by) | {name.replace("_", "-"): v for name, v in headers.items()}
    return town.client().post(f"/api/v1/{path}", json=body, headers=headers)


def get(town: Town, path: str, by: str = "officer", **query: Any) -> Any:
    answer = town.client().get(f"/api/v1/{path}", query_string=query, headers=town.bearer(by))
    assert answer.status_code == 200, answer.text
    return answer.json


def fault(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json["error"]["code"]


WHISTLE = {"cell": STREET, "title": "夜市占道", "units": [UNIT], "level": "street"}
ORDER = {"cell": CITY, "level": "micro", "title": "两小时入户排查"}


def test_a_street_whistles_and_the_bureau_comes_acts_and_is_rated(desk: Town) -> None:
    case_id = desk.report(f"{STREET}001", "one")
    blown = post(desk, "whistles", WHISTLE | {"case": case_id}, "street", Idempotency_Key="w-1")
    assert blown.status_code == 200, blown.text
    number = blown.json["id"]
    again = post(desk, "whistles", WHISTLE | {"case": case_id}, "street", Idempotency_Key="w-1")
    assert again.json["id"] == number
    assert blown.json["calls"][0]["state"] == "called" and blown.json["level"] == "street"
    acts = f"whistles/{number}/acts"
    came = post(desk, acts, {"act": "report_in", "unit": UNIT, "note": "三人"}, "unit").json
    assert came["calls"][0]["reported_in_at"] and came["acts"][-1]["on_time"] is True
    assert [w["id"] for w in get(desk, "whistles", "unit", unit=UNIT, open=True)["whistles"]] == [
        number
    ]
    twice = post(desk, acts, {"act": "report_in", "unit": UNIT}, "unit")
    assert fault(twice) == (409, "illegal_move")
    assert twice.json["error"]["legal"] == ["act", "done", "rate"]
    assert post(desk, acts, {"act": "done", "unit": UNIT}, "unit").json["state"] == "ended"
    rated = post(desk, acts, {"act": "rate", "unit": UNIT, "rating": 5}, "street")
    assert rated.json["calls"][0]["rating_by_caller"] == 5
    assert get(desk, "whistles", open=True)["whistles"] == []
    assert get(desk, f"whistles/{number}", "unit")["case"] == case_id


def test_refusals_of_whistles_say_why(desk: Town) -> None:
    def refused(body: dict[str, Any], by: str = "street") -> tuple[int, str]:
        return fault(post(desk, "whistles", WHISTLE | body, by))

    assert refused({"units": ["nobody"]}) == (422, "invalid")
    assert refused({"level": "galaxy"}) == (422, "invalid")
    assert refused({"units": []}) == (422, "invalid")
    assert refused({"cell": SOUTH}) == (404, "not_found")
    assert refused({}, "unit") == (403, "forbidden")
    assert refused({}, "source") == (403, "forbidden")
    number = post(desk, "whistles", WHISTLE, "street").json["id"]
    acts = f"whistles/{number}/acts"
    assert fault(post(desk, acts, {"act": "done", "unit": UNIT}, "street")) == (403, "forbidden")
    assert fault(post(desk, acts, {"act": "done"}, "unit")) == (422, "invalid")
    assert fault(post(desk, acts, {"act": "done", "unit": UNIT}, "west")) == (404, "not_found")
    assert fault(post(desk, "whistles/99/acts", {"act": "recall"})) == (404, "not_found")
    recalled = post(desk, acts, {"act": "recall", "note": "已散"}, "street").json
    assert (recalled["state"], recalled["calls"][0]["state"]) == ("recalled", "recalled")


def test_a_directive_goes_to_all_micro_grids_and_each_says_how_far_it_is(desk: Town) -> None:
    issued = post(desk, "directives", ORDER, Idempotency_Key="d-1").json
    assert post(desk, "directives", ORDER, Idempotency_Key="d-1").json["id"] == issued["id"]
    assert issued["total"] == issued["cells"] == 56 and issued["from_level"] == "city"
    path = f"directives/{issued['id']}"
    cells = [f"{STREET}001001001", f"{STREET}001001002", "990105001001001001", "nowhere"]
    said = {"acts": [{"cell": cell, "act": "receive"} for cell in cells]}
    taken = post(desk, f"{path}/acts", said, "chief").json
    assert taken == {"changed": 2, "unchanged": 0, "unknown": cells[2:]}
    done = {"acts": [{"cell": cells[0], "act": "done", "note": "五十户"}]}
    assert post(desk, f"{path}/acts", done, "chief").json["changed"] == 1
    found = get(desk, path)
    assert found["progress"] == {"issued": 54, "received": 1, "acting": 0, "done": 1}
    assert [level["level"] for level in found["levels"]][-1] == "micro"
    east = get(desk, path, cell=EAST)
    assert east["children"][0]["progress"]["done"] == 1
    assert get(desk, path, "west")["total"] == 16
    assert fault(post(desk, f"{path}/recall", {}, "west")) == (403, "forbidden")
    assert post(desk, f"{path}/recall", {"note": "暴雨"}).json["state"] == "recalled"
    late = post(desk, f"{path}/acts", done, "chief")
    assert fault(late) == (409, "illegal_move")
    assert get(desk, "directives", open=True)["directives"] == []
    assert [line["id"] for line in get(desk, "directives", "west")["directives"]] == [issued["id"]]


def test_late_cells_are_named_page_by_page(desk: Town) -> None:
    number = post(desk, "directives", ORDER | {"cell": WEST}, "west").json["id"]
    later = replace(desk.services, now=lambda: now() + DAY)
    town = Town(later, create_flask(later), desk.keys)
    first = get(town, f"directives/{number}", late_limit=10)
    rest = get(town, f"directives/{number}", late_limit=10, late_cursor=first["late_cursor"])
    assert first["late"] == 16 and rest["late_cursor"] is None
    names = [cell["name"] for cell in (*first["late_cells"], *rest["late_cells"])]
    assert len(set(names)) == 16 and {cell["state"] for cell in first["late_cells"]} == {"issued"}


def test_refusals_of_directives_say_why(desk: Town) -> None:
    def refused(body: dict[str, Any], by: str = "west") -> tuple[int, str]:
        return fault(post(desk, "directives", {**ORDER, "cell": WEST, **body}, by))

    assert refused({"level": "district"}) == (403, "forbidden")
    assert refused({"cell": EAST}) == (404, "not_found")
    assert refused({"deadline": "2020-01-01T00:00:00Z"}) == (422, "invalid")
    assert refused({}, "unit") == (403, "forbidden")
    assert refused({"cell": STREET}, "chief") == (403, "forbidden")
    assert refused({"cell": f"{STREET}001"}, "chief") == (403, "forbidden")
    many = {"acts": [{"cell": WEST, "act": "done"}] * 5001}
    number = post(desk, "directives", ORDER | {"cell": WEST}, "west").json["id"]
    assert fault(post(desk, f"directives/{number}/acts", many)) == (422, "invalid")
