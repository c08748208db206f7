"""What the desk's callbacks answer: to whom, of what, and what they refuse."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from commandcenter.cases import whistle_queries, whistles
from commandcenter.cases.accounts import Grant
from commandcenter.domain.cases import Command, State
from commandcenter.domain.roles import Role
from commandcenter.domain.viewers import Clearance, Viewer
from commandcenter.domain.whistles import Summons
from tests.screen.desk_server import DUTY, OFFICER, UNIT, add_officers
from tests.web.conftest import CITY, EAST, SAME, WEST, Town, now, report

IN_EAST, IN_WEST = f"{EAST}001001001001", f"{WEST}001001001001"
STREET_DUTY = "street"
MANTINE = "/dash_mantine_components/"


@pytest.fixture
def desk(town: Town) -> Town:
    """A town with officers at its desks, and one case in the east, one in the west."""
    street = Grant(STREET_DUTY, f"{EAST}001", Clearance.STAFF, role=Role.DUTY_OFFICER)
    add_officers(town.services, [street])
    town.report(IN_EAST, "one", matter="E0101", title="垃圾堆放在东湖")
    town.report(IN_WEST, "two", title="西山的人在投诉", description="李四说的")
    return town


def seated(town: Town, name: str) -> FlaskClient:
    client = town.logged_in(name)
    assert client.get("/desk").status_code == 200
    return client


def call(
    client: FlaskClient, outputs: list[str], inputs: dict[str, Any], state: dict[str, Any],
    code: int = 200,
) -> Any:  # fmt: skip
    """Run a callback as the page does; returns the properties it sets."""

    def pair(name: str) -> dict[str, str]:
        id_, _, prop = name.rpartition(".")
        return {"id": id_, "property": prop}

    joined = "...".join(outputs)
    body = {
        "output": f"..{joined}.." if len(outputs) > 1 else outputs[0],
        "outputs": [pair(name) for name in outputs] if len(outputs) > 1 else pair(outputs[0]),
        "inputs": [pair(name) | {"value": value} for name, value in inputs.items()],
        "state": [pair(name) | {"value": value} for name, value in state.items()],
        "changedPropIds": list(inputs)[:1],
    }
    token = client.get_cookie("_csrf_token")
    headers = SAME | {"X-CSRFToken": token.value if token else ""}
    answer = client.post("/_dash-update-component", json=body, headers=headers)
    assert answer.status_code == code, answer.text
    return answer.json["response"] if code == 200 else None


def rows(
    client: FlaskClient, start: int = 0, kept: Any = None, code: int = 200, **asked: str
) -> Any:
    found = call(
        client,
        ["desk-anchors.data", "desk-grid.getRowsResponse", "desk-reached.children"],
        {"desk-grid.getRowsRequest": {"startRow": 0, "endRow": 60}},
        {"desk.asked": {"queue": "all", **asked}, "desk.further": None, "desk-anchors.data": None},
        code,
    )
    return found and found["desk-grid"]["getRowsResponse"]


def shown(client: FlaskClient, number: int) -> Any:
    outputs = ["desk-head.children", "desk-facts.children", "desk-steps.children",
               "desk-map.scope", "desk-points.value", "desk.shown"]  # fmt: skip
    return call(client, outputs, {"desk.opened": str(number), "desk.seen": 0}, {"desk.shown": None})


def act(client: FlaskClient, command: Command, *cases: tuple[int, int], **fields: Any) -> Any:
    names = ("note", "to", "with", "lead", "as", "master", "rating", "evidence")
    outputs = [out for out in dash_outputs(client) if out.startswith("..desk-answer.children@")]
    acting = {
        "command": command.value, "key": fields.pop("key", "0123456789"), "n": 1,
        "cases": [{"id": str(number), "version": version} for number, version in cases],
    }  # fmt: skip
    (joined,) = outputs
    found = call(
        client, joined.strip(".").split("..."), {"desk.run": acting},
        {f"desk-{name}.value": fields.get(name) for name in names},
    )  # fmt: skip
    return found["desk"]["done"], str(found)


def dash_outputs(client: FlaskClient) -> list[str]:
    found = client.get("/_dash-dependencies").json
    return [one["output"] for one in found]


def versions(town: Town, client: FlaskClient) -> dict[str, tuple[int, int, list[str]]]:
    found = rows(client)["rowData"]
    return {row["title"]: (int(row["key"]), row["version"], row["may"]) for row in found}


def test_the_desk_is_there_for_those_who_have_one_and_is_where_they_begin(desk: Town) -> None:
    for name in (DUTY, OFFICER, STREET_DUTY):
        assert desk.logged_in(name).get("/").headers["Location"].endswith("/desk")
    assert desk.logged_in("city").get("/desk").status_code == 404
    assert desk.client().get("/desk", headers={"Accept": "text/html"}).status_code == 303


def test_only_the_desk_loads_what_only_the_desk_is_made_of(desk: Town) -> None:
    client = desk.logged_in(DUTY)
    assert MANTINE in client.get("/desk").text
    assert MANTINE not in client.get(f"/cell/{CITY}").text


def test_rows_lie_in_the_scope_and_say_what_may_be_done(desk: Town) -> None:
    duty, street = seated(desk, DUTY), seated(desk, STREET_DUTY)
    assert {row["title"] for row in rows(duty)["rowData"]} == {"垃圾堆放在东湖", "西山的人在投诉"}
    (row,) = rows(street)["rowData"]
    assert row["title"] == "垃圾堆放在东湖"
    assert "take_up" in row["may"] and "file" not in row["may"]
    assert rows(street, cell=WEST)["rowData"] == []


def test_who_has_no_desk_is_answered_nothing(desk: Town) -> None:
    client = desk.logged_in("city")
    client.get(f"/cell/{CITY}")
    rows(client, code=404)


def test_a_unit_has_its_own_cases_and_no_others(desk: Town) -> None:
    officer = seated(desk, OFFICER)
    with desk.services.store.read() as connection:
        sql = "SELECT title FROM cases WHERE unit = ?"
        mine = {title for (title,) in connection.exec_driver_sql(sql, (UNIT,))}
    assert {row["title"] for row in rows(officer)["rowData"]} == mine
    assert rows(officer, unit=f"{WEST}-hw")["rowData"] == rows(officer)["rowData"]


def test_an_open_case_tells_persons_to_those_alone_who_may_know_them(desk: Town) -> None:
    number = versions(desk, seated(desk, DUTY))["垃圾堆放在东湖"][0]
    shown_to_duty = str(shown(seated(desk, DUTY), number))
    assert "138****0000" in shown_to_duty and "13800000000" not in shown_to_duty
    told = str(shown(seated(desk, STREET_DUTY), number))
    assert "13800000000" not in told and "张三" not in told
    other = versions(desk, seated(desk, DUTY))["西山的人在投诉"][0]
    assert "西山" not in str(shown(seated(desk, STREET_DUTY), other))


def test_a_command_is_carried_out_once_and_a_stale_one_says_what_changed(desk: Town) -> None:
    client = seated(desk, DUTY)
    number, version, may = versions(desk, client)["西山的人在投诉"]
    assert "file" in may
    done, _ = act(client, Command.FILE, (number, version), **{"as": "E0201"}, note="已核实")
    assert done["closes"] and done["good"] == [str(number)]
    again, _ = act(client, Command.FILE, (number, version), **{"as": "E0201"}, note="已核实")
    assert again["good"] == [str(number)]  # the same form once more has the same answer
    stale, said = act(
        client, Command.DISPATCH, (number, version), to=f"{WEST}-cg", key="another-key"
    )
    assert not stale["closes"] and stale["good"] == []
    assert "已核实" in said and stale["cases"] == [{"id": str(number), "version": version + 1}]
    fresh = act(client, Command.DISPATCH, (number, version + 1), to=f"{WEST}-cg", key="third-key")
    assert fresh[0]["closes"]


def test_the_form_says_what_evidence_is_needed_and_a_refusal_what_is_missing(desk: Town) -> None:
    number = desk.report(IN_EAST, "cover", matter="P0201", title="井盖没了")
    client = seated(desk, DUTY)
    act(client, Command.TAKE_UP, (number, 1), key="take-it-up")
    outputs = [out for out in dash_outputs(client) if out.startswith("..desk-form-head")]
    begun = {"command": "handle", "key": "0123456789", "cases": [{"id": str(number), "version": 2}]}
    state = {"desk-to.value": None, "desk-as.value": None}
    head = call(client, outputs[0].strip(".").split("..."), {"desk.acting": begun}, state)
    assert "asks words photo" in str(head["desk-form-head"]) and "须附：说明、照片" in str(head)
    done, said = act(client, Command.HANDLE, (number, 2), note="已补", key="no-photo")
    assert not done["closes"] and "请附上照片" in said and "a photo (evidence)" in said
    done, _ = act(client, Command.HANDLE, (number, 2), note="已补", key="with-photo",
                  evidence="https://e.cn/1.jpg")  # fmt: skip
    assert done["closes"]


def test_each_case_of_several_has_its_own_answer(desk: Town) -> None:
    client = seated(desk, DUTY)
    found = versions(desk, client)
    (east, first, _), (west, second, _) = found["垃圾堆放在东湖"], found["西山的人在投诉"]
    done, said = act(client, Command.SUPERVISE, (east, first), (west, second + 5), note="快")
    assert done["good"] == [str(east)] and not done["closes"]
    assert str(west) in said


def test_what_the_role_does_not_allow_is_refused_by_the_server_too(desk: Town) -> None:
    number, version, _ = versions(desk, seated(desk, DUTY))["西山的人在投诉"]
    for name in (OFFICER, STREET_DUTY):
        done, _ = act(seated(desk, name), Command.FILE, (number, version), **{"as": "E0201"})
        assert done["good"] == []
    case = desk.logged_in("city").get(f"/api/v1/cases/{number}").json
    assert case["state"] == State.REPORTED


def test_the_box_finds_by_number_words_place_and_phone_and_masks_the_phone(desk: Town) -> None:
    client = seated(desk, DUTY)
    east = versions(desk, client)["垃圾堆放在东湖"][0]
    for words in (str(east), "垃圾堆放", "东湖区 垃圾"):
        assert [row["key"] for row in rows(client, words=words)["rowData"]] == [str(east)], words
    found = rows(client, words="13800000000")["rowData"]
    assert len(found) == 2 and all(row["phone"] for row in found)
    assert "13800000000" not in str(found)
    assert rows(seated(desk, STREET_DUTY), words="13800000000")["rowData"] == []


def test_a_called_unit_reports_in_at_its_desk_and_no_other_does(desk: Town) -> None:
    rules, tree = desk.services.intake.rules, desk.services.tree
    position, last = tree.position[f"{EAST}001001"], len(tree) - 1
    boss = Viewer("boss", CITY, 0, last, Clearance.STAFF, role=Role.DUTY_OFFICER)
    with desk.services.store.write() as connection:
        given = Summons(position, "燃气泄漏", (UNIT,))
        number = whistles.blow(connection, boss, rules.desk.ground, given, now())
    told = {"whistle": number, "act": "report_in", "unit": UNIT, "n": 1}
    for name, come in ((STREET_DUTY, False), (OFFICER, True)):
        call(seated(desk, name), ["desk.noted"], {"desk.told": told}, {})
        with desk.services.store.read() as connection:
            (line,) = whistle_queries.open_whistles(connection, boss, 0, len(tree), 9)
        assert (line.calls[0].reported_in_at is not None) is come


def test_pages_follow_each_other_by_anchors(desk: Town) -> None:
    source = desk.bearer("source")
    items = [report(IN_EAST, f"more{n}") for n in range(130)]
    desk.client().post("/api/v1/reports", json=items, headers=source)
    client = seated(desk, DUTY)
    outputs = ["desk-anchors.data", "desk-grid.getRowsResponse", "desk-reached.children"]
    kept, seen = None, []
    for start in (0, 60, 120):
        block = {"startRow": start, "endRow": start + 60}
        found = call(
            client, outputs, {"desk-grid.getRowsRequest": block},
            {"desk.asked": {"queue": "all"}, "desk.further": None, "desk-anchors.data": kept},
        )  # fmt: skip
        kept = found["desk-anchors"]["data"]
        answer = found["desk-grid"]["getRowsResponse"]
        seen += [row["key"] for row in answer["rowData"]]
    assert len(seen) == len(set(seen)) == 132 and answer["rowCount"] == 132
