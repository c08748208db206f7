"""Commands over HTTP: a case goes through its whole loop, and every refusal says how to go on.

Longer than most: one case goes through the whole loop, each command with its refusals.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import func, select

from commandcenter.cases import accounts
from commandcenter.cases.accounts import Grant, KeyKind
from commandcenter.domain.cases import Command
from commandcenter.domain.roles import Role
from commandcenter.domain.viewers import Clearance
from commandcenter.store.desk_tables import answers, evidence
from commandcenter.store.tables import cases, moves
from tests.web.conftest import CITY, EAST, SOUTH, WEST, Town, now, with_rates

STREET = f"{EAST}001"
UNIT, OTHER = f"{EAST}-cg", f"{SOUTH}-sz"


@pytest.fixture
def url(laid_out_url: str) -> str:
    """Both kinds of database."""
    return laid_out_url


@pytest.fixture
def desk(town: Town) -> Town:
    """The town with the keys of those who work in it."""
    grants = {
        "officer": Grant("officer", CITY, Clearance.STAFF, role=Role.DUTY_OFFICER),
        "west": Grant("west", WEST, Clearance.STAFF, role=Role.DUTY_OFFICER),
        "unit": Grant("unit", CITY, Clearance.STAFF, role=Role.UNIT_OFFICER, unit=UNIT),
        "other": Grant("other", CITY, Clearance.STAFF, role=Role.UNIT_OFFICER, unit=OTHER),
        "auditor": Grant("auditor", CITY, Clearance.STAFF, role=Role.AUDITOR),
        "street": Grant("street", STREET, Clearance.STAFF, role=Role.DUTY_OFFICER),
    }
    with town.services.store.write() as connection:
        made = {
            name: accounts.add_key(connection, town.services.tree, KeyKind.OPERATOR, grant, now())
            for name, grant in grants.items()
        }
    return replace(town, keys=town.keys | made)


def command(town: Town, case_id: int, name: str, by: str = "officer", **fields: Any) -> Any:
    """Give a command; header fields are those with a capital."""
    headers = town.bearer(by) | {
        k.replace("_", "-"): v for k, v in fields.items() if k[0].isupper()
    }
    body = {"command": name} | {k: v for k, v in fields.items() if not k[0].isupper()}
    return town.client().post(f"/api/v1/cases/{case_id}/commands", json=body, headers=headers)


def done(town: Town, case_id: int, name: str, by: str = "officer", **fields: Any) -> Any:
    """Give a command that must be carried out; returns the case."""
    answer = command(town, case_id, name, by, **fields)
    assert answer.status_code == 200, answer.text
    return answer.json


def counted(town: Town, table: Any) -> int:
    with town.services.store.read() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar() or 0


def test_a_case_goes_through_the_whole_loop(desk: Town) -> None:
    case_id = desk.report(STREET, "1", matter="E0201")
    filed = desk.client().get(f"/api/v1/cases/{case_id}", headers=desk.bearer("officer")).json
    assert filed["state"] == "filed"
    sent = done(desk, case_id, "dispatch", unit=UNIT, version=filed["version"])
    assert sent["case"]["unit"] == UNIT and {"take_up", "return"} <= set(sent["legal"])
    taken = done(desk, case_id, "take_up", "unit")
    assert set(taken["legal"]) == {"return", "handle", "escalate", "note"}
    handled = done(
        desk, case_id, "handle", "unit", evidence=[{"url": "https://x/1.jpg", "note": "已清理"}]
    )
    assert handled["legal"] == ["note"]
    reworked = done(desk, case_id, "rework", note="没扫干净")
    assert reworked["case"]["due"] == taken["case"]["due"]
    done(desk, case_id, "handle", "unit")
    for step in ("verify", "close"):
        last = done(desk, case_id, step)
    assert set(last["legal"]) == {"assess", "rate", "reopen", "supervise", "release", "note"}
    assert done(desk, case_id, "rate", rating=4)["case"]["rating"] == 4
    assert done(desk, case_id, "reopen")["case"]["marks"] == ["reopened"]
    assert counted(desk, evidence) == 1


def test_an_illegal_move_says_what_would_be_legal(desk: Town) -> None:
    case_id = desk.report(STREET, "1", matter="E0201")
    answer = command(desk, case_id, "close")
    assert answer.status_code == 409
    error = answer.json["error"]
    assert error["code"] == "illegal_move" and error["request_id"]
    assert {"dispatch", "merge", "engage"} <= set(error["legal"])
    assert "reopen" not in error["legal"]
    other = command(desk, case_id, "escalate", "unit", note="x")
    assert other.status_code == 403


def test_a_version_that_was_read_before_somebody_changed_the_case_is_a_conflict(desk: Town) -> None:
    case_id = desk.report(STREET, "1", matter="E0201")
    done(desk, case_id, "dispatch", version=1, unit=UNIT)
    answer = command(desk, case_id, "take_up", version=1)
    assert answer.status_code == 409
    error = answer.json["error"]
    assert (error["code"], error["version"], error["state"]) == ("conflict", 2, "dispatched")
    assert {"return", "note"} <= set(error["legal"]) and "dispatch" not in error["legal"]


def test_a_refusal_is_said_in_the_language_of_who_reads_it(desk: Town) -> None:
    case_id = desk.report(STREET, "1", matter="E0201")
    done(desk, case_id, "dispatch", version=1, unit=UNIT)
    path = f"/api/v1/cases/{case_id}/commands"

    def words(order: dict[str, Any], language: str = "zh") -> str:
        answer = desk.client().post(
            path, query_string={"lang": language}, json=order, headers=desk.bearer("officer")
        )
        said: str = answer.json["error"]["words"]
        return said

    stale = {"command": "supervise", "version": 1, "note": "x"}
    assert words(stale).startswith("别人已经改过，请看过现状再做 · 现为“派遣” · 此刻可以：")
    assert "now “Dispatched” · possible now: " in words(stale, "en")
    assert words({"command": "note"}) == "请写明说明"
    assert words({"command": "close"}).startswith("情况已经变化，此刻不能这样处理 · 此刻可以：")
    assert words({"command": "fly"}) == "内容有误，请改正后重新提交"


@pytest.mark.parametrize(
    ("by", "name", "status"),
    [
        ("auditor", "dispatch", 403), ("unit", "dispatch", 403), ("wall", "dispatch", 403),
        ("source", "dispatch", 403), ("west", "dispatch", 404), ("street", "dispatch", 200),
        ("officer", "whistle", 403), ("officer", "report", 403),
    ],
)  # fmt: skip
def test_who_may_is_a_matter_of_role_and_scope(desk: Town, by: str, name: str, status: int) -> None:
    case_id = desk.report(STREET, "1", matter="E0201")
    answer = command(desk, case_id, name, by)
    assert answer.status_code == status, answer.text
    if status == 403 and by != "wall" and by != "source" and name == "dispatch":
        assert "duty_officer" in answer.json["error"]["message"]


def test_a_level_below_the_one_that_holds_a_case_does_not_act_on_it(desk: Town) -> None:
    case_id = desk.report(STREET, "1", matter="E0201")
    done(desk, case_id, "dispatch")
    answer = command(desk, case_id, "supervise", "street", note="快")
    assert answer.status_code == 403 and "level" in answer.json["error"]["message"]


def test_a_unit_acts_on_its_own_cases_alone(desk: Town) -> None:
    case_id = desk.report(STREET, "1", matter="E0201")
    done(desk, case_id, "dispatch", unit=UNIT)
    assert command(desk, case_id, "take_up", "other").status_code == 403
    done(desk, case_id, "take_up", "unit")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"command": "escalate"}, "note"), ({"command": "dispatch", "unit": "nobody"}, "unit"),
        ({"command": "merge", "note": "同一件"}, "master"), ({"command": "engage"}, "units"),
        ({"command": "fly"}, "command"), ({"command": "rate", "rating": 9}, "rating"),
        ({"command": "dispatch", "surprise": 1}, "surprise"),
    ],
)  # fmt: skip
def test_what_a_command_lacks_is_named(desk: Town, fields: dict[str, Any], field: str) -> None:
    case_id = desk.report(STREET, "1", matter="E0201")
    answer = desk.client().post(
        f"/api/v1/cases/{case_id}/commands", json=fields, headers=desk.bearer("officer")
    )
    assert answer.status_code == 422
    assert answer.json["error"]["field"] == field


def test_the_same_key_again_gets_the_same_answer_and_moves_nothing(desk: Town) -> None:
    case_id = desk.report(STREET, "1", matter="E0201")
    first = done(desk, case_id, "dispatch", Idempotency_Key="a")
    before = counted(desk, moves)
    assert done(desk, case_id, "dispatch", Idempotency_Key="a") == first
    assert done(desk, case_id, "dispatch", idempotency_key="a") == first
    assert counted(desk, moves) == before
    answer = command(desk, case_id, "take_up", Idempotency_Key="a")
    assert answer.status_code == 422
    assert answer.json["error"]["field"] == "idempotency_key"
    refused = [command(desk, case_id, "close", Idempotency_Key="b") for _ in range(2)]
    assert [each.status_code for each in refused] == [409, 409]
    assert refused[0].json["error"]["legal"] == refused[1].json["error"]["legal"]


def at_once(*calls: Any) -> list[Any]:
    """Make calls in threads that begin together."""
    barrier = Barrier(len(calls))

    def make(call: Any) -> Any:
        barrier.wait()
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(make, calls))


@pytest.mark.parametrize("other", ["escalate", "merge"])
def test_of_two_officers_at_once_one_succeeds_and_one_is_told_of_the_conflict(
    desk: Town, other: str
) -> None:
    master, case_id = (desk.report(STREET, name, matter="E0201") for name in "12")
    fields = {"version": 1, "note": "难"} | ({"master": master} if other == "merge" else {})
    found = at_once(
        partial(command, desk, case_id, "dispatch", version=1, unit=UNIT),
        partial(command, desk, case_id, other, **fields),
        partial(command, desk, case_id, "dispatch", "street", version=1),
    )
    assert sorted(each.status_code for each in found) == [200, 409, 409]
    lost = next(each for each in found if each.status_code == 409)
    assert lost.json["error"]["code"] == "conflict" and lost.json["error"]["version"] == 2
    with desk.services.store.read() as connection:
        query = select(moves.c.command).where(moves.c.case_id == case_id)
        made = connection.execute(query).scalars().all()
        row = connection.execute(select(cases).where(cases.c.id == case_id)).one()
    assert len(made) == 3 and row.version == 2  # reported, filed, and one of them


def test_the_same_key_at_once_is_one_move(desk: Town) -> None:
    case_id = desk.report(STREET, "1", matter="E0201")
    before = counted(desk, moves)
    found = at_once(*[partial(done, desk, case_id, "dispatch", Idempotency_Key="k")] * 4)
    assert all(each == found[0] for each in found)
    assert counted(desk, moves) == before + 1
    assert counted(desk, answers) == 1


def test_several_processes_at_once_make_one_move_of_one_key(desk: Town) -> None:
    """Two applications on one database, as two web processes are."""
    case_id = desk.report(STREET, "1", matter="E0201")
    twin = with_rates(desk, desk.services.rates)
    assert twin.services.commander is not desk.services.commander
    before = counted(desk, moves)
    call = partial(done, case_id=case_id, name="dispatch", Idempotency_Key="k")
    found = at_once(*[partial(call, town) for town in (desk, twin, desk, twin)])
    assert all(each == found[0] for each in found)
    assert counted(desk, moves) == before + 1


def test_a_cross_case_is_handled_when_all_its_parts_are_done(desk: Town) -> None:
    case_id = desk.report(STREET, "1", matter="E0201")
    engaged = done(desk, case_id, "engage", units=[UNIT, OTHER], lead=UNIT, note="一起")
    assert engaged["case"]["marks"] == ["cross"] and engaged["case"]["unit"] == UNIT
    assert "take_up" not in command(desk, case_id, "part_take_up", "other").json["legal"]
    done(desk, case_id, "take_up", "unit")
    done(desk, case_id, "part_done", "unit")
    early = command(desk, case_id, "handle", "unit")
    assert early.status_code == 409 and OTHER in early.json["error"]["message"]
    assert "handle" not in early.json["error"]["legal"]
    assert command(desk, case_id, "part_done", "unit").status_code == 409
    done(desk, case_id, "part_done", unit=OTHER)
    done(desk, case_id, "handle", "unit")


def test_a_merged_case_ends_and_can_be_taken_apart(desk: Town) -> None:
    one, two = desk.report(STREET, "1", matter="E0201"), desk.report(WEST, "2", matter="E0201")
    merged = done(desk, two, "merge", master=one, note="同一处")
    assert merged["case"]["merged_into"] == one and merged["legal"] == ["unmerge"]
    assert command(desk, one, "merge", master=two, note="x").json["error"]["field"] == "master"
    assert command(desk, one, "merge", master=one, note="x").status_code == 422
    again = done(desk, two, "unmerge")
    assert (again["case"]["state"], again["case"]["merged_into"]) == ("reported", None)


def test_what_is_escalated_goes_up_a_level_until_the_city_and_comes_down_again(desk: Town) -> None:
    case_id = desk.report(STREET, "1", matter="E0201")
    depth = done(desk, case_id, "escalate", note="管不了")["case"]["depth"]
    while depth:
        case = done(desk, case_id, "escalate", note="管不了")["case"]
        assert case["depth"] == depth - 1 and case["marks"] == ["escalated"]
        depth = case["depth"]
    top = command(desk, case_id, "escalate", note="管不了")
    assert top.status_code == 409 and "escalate" not in top.json["error"]["legal"]
    down = done(desk, case_id, "hand_down")["case"]
    assert down["depth"] == 1 and down["marks"] == []


def test_a_case_is_reopened_once_and_rated_once(desk: Town) -> None:
    case_id = desk.report(STREET, "1", matter="E0201")
    for _ in range(2):
        for step in ("dispatch", "take_up", "handle", "verify", "close"):
            last = done(desk, case_id, step)
        if "reopen" in last["legal"]:
            done(desk, case_id, "reopen")
    assert "reopen" not in last["legal"]
    assert command(desk, case_id, "reopen").status_code == 409
    done(desk, case_id, "rate", rating=5)
    assert command(desk, case_id, "rate", rating=1).status_code == 409


def test_every_command_of_the_table_can_be_given_over_http(desk: Town) -> None:
    case_id = desk.report(STREET, "1", matter="E0201")
    for name in Command:
        answer = command(desk, case_id, name.value)
        assert answer.status_code in (200, 403, 409, 422), answer.text


def test_without_a_role_one_looks_and_does_nothing(town: Town) -> None:
    case_id = town.report(STREET, "1", matter="E0201")
    answer = town.logged_in("city").post(
        f"/api/v1/cases/{case_id}/commands", json={"command": "dispatch"}
    )
    assert answer.status_code == 403
    nobody = town.client().post(f"/api/v1/cases/{case_id}/commands", json={"command": "dispatch"})
    assert nobody.status_code == 401
