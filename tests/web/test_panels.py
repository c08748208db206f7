"""Remote panels over HTTP: what is put with a plugin's key, and how it stands."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import delete

from commandcenter.cases import accounts
from commandcenter.cases.accounts import AccountError, Grant, KeyKind
from commandcenter.store import remote
from commandcenter.store.plugin_tables import remote_values
from commandcenter.store.remote import Place, Pushed
from commandcenter.testing import small_catalogue
from commandcenter.web.flask_app import create_flask
from commandcenter.web.services import Services
from tests.web.conftest import (
    CITY,
    EAST,
    SOUTH,
    WEST,
    WIDE,
    Town,
    make_accounts,
    make_services,
    now,
    remote_plugin,
    report,
    with_rates,
)
from tests.web.operators import operator


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """Services of a city in which three plugins have a remote panel each."""
    folder = tmp_path_factory.mktemp("panels")
    yield from served(folder, f"sqlite:///{folder / 'commandcenter.db'}")


def served(folder: Path, url: str) -> Iterator[Services]:
    made = make_services(folder, url)
    plugins = [
        remote_plugin(name, *districts)
        for name, districts in {"air": [SOUTH], "two": [EAST, WEST], "all": ["*"]}.items()
    ]
    yield replace(made, catalogue=small_catalogue(*plugins))
    made.bus.close()
    made.store.close()


@pytest.fixture(scope="module")
def site(services: Services) -> Town:
    """A site with a key for each of the plugins, and one for a plugin that is gone."""
    return settled(services)


@pytest.fixture
def town(site: Town) -> Town:
    """The site with nothing pushed to it."""
    with site.services.store.write() as connection:
        connection.execute(delete(remote_values))
    return site


def settled(services: Services) -> Town:
    keys = make_accounts(services)
    with services.store.write() as connection:
        for name in ("air", "two", "all", "gone"):
            grant = Grant(name, CITY, plugin=name)
            keys[name] = accounts.add_key(
                connection, services.tree, KeyKind.PLUGIN, grant, now()
            )
    return Town(services, create_flask(services), keys)


def put(town: Town, key: str, body: object, panel: str = "", **headers: str) -> Any:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    sent = {"Content-Type": "application/json"} | town.bearer(key) | headers
    return town.client().put(f"/api/v1/panels/{panel or key + '.flights'}", data=data, headers=sent)


def kept(town: Town, cell: str = SOUTH, panel: str = "air.flights") -> Pushed | None:
    with town.services.store.read() as connection:
        return remote.read(connection, Place(panel, town.services.tree.position[cell]))


def listed(town: Town, key: str, panel: str = "air.flights") -> dict[str, Any]:
    answer = town.client().get("/api/v1/panels", headers=town.bearer(key))
    assert answer.status_code == 200, answer.text
    return {one["key"]: one for one in answer.json["panels"]}.get(panel, {})


def landed(number: int) -> dict[str, Any]:
    return {"landed": {"value": number}}


def ago(seconds: float) -> str:
    return (datetime.now(UTC) - timedelta(seconds=seconds)).isoformat()


def test_a_put_is_kept_told_and_answered(town: Town) -> None:
    heard: list[bytes] = []
    town.services.bus.subscribe(["remote"], lambda _, body: heard.append(body))
    answer = put(town, "air", {"values": landed(7)})
    assert answer.status_code == 200, answer.text
    assert (answer.json["panel"], answer.json["cell"]) == ("air.flights", SOUTH)
    assert answer.json["status"] == "accepted"
    pushed = kept(town)
    assert pushed is not None and pushed.parts["landed"].value == b'{"value":7}'
    assert abs(now() - (pushed.at or 0)) < 5000
    assert town.services.bus.answers()
    assert [orjson.loads(body)["panel"] for body in heard] == ["air.flights"]


def test_a_put_again_changes_nothing_and_an_older_one_takes_nothing_back(town: Town) -> None:
    body = {"values": landed(7), "at": ago(20)}
    assert put(town, "air", body).json["status"] == "accepted"
    before = kept(town)
    assert put(town, "air", body).json["status"] == "unchanged"
    assert put(town, "air", {"values": landed(6), "at": ago(40)}).json["status"] == "outdated"
    assert kept(town) == before


def test_a_partial_put_sets_the_named_parts_only(town: Town) -> None:
    put(town, "air", {"values": landed(7)})
    put(town, "air", {"values": {"next": {"rows": [{"flight": "CZ3101"}]}}})
    pushed = kept(town)
    assert pushed is not None
    assert {name: orjson.loads(part.value) for name, part in pushed.parts.items()} == {
        "landed": {"value": 7}, "next": {"rows": [{"flight": "CZ3101"}]},
    }  # fmt: skip


WRONG: dict[str, tuple[object, str, str, str]] = {
    "a part that is not there": (
        {"values": {"lands": None}}, "invalid", "values.lands", "no part 'lands'; there are landed",
    ),
    "a value of another shape": (
        {"values": {"landed": {"value": "many"}}}, "invalid", "values.landed", "finite number",
    ),
    "a link to elsewhere": (
        {"values": {"next": {"rows": [{"href": "https://x.example/"}]}}}, "invalid", "values.next",
        "a path of this server",
    ),
    "a part that is too large": (
        {"values": {"next": {"rows": [{"flight": "x" * 1900}] * 150}}}, "invalid", "values.next",
        "bytes, at most",
    ),
    "no values": ({"values": {}}, "invalid", "values", "at least 1"),
    "another key": ({"values": landed(1), "when": 1}, "invalid", "when", "Extra inputs"),
    "a clock that is ahead": (
        {"values": landed(1), "at": ago(-3600)}, "invalid", "at", "set the sender's clock",
    ),
    "an instant without an offset": (
        {"values": landed(1), "at": "2026-01-01T00:00:00"}, "invalid", "at", "timezone",
    ),
    "a cell of another district": (
        {"values": landed(1), "cell": EAST}, "outside", "cell", "is no cell that the plugin air",
    ),
    "a cell that is not there": (
        {"values": landed(1), "cell": "nowhere"}, "outside", "cell", "is no cell that the plugin",
    ),
    "no object": ([1], "invalid", "", "valid dictionary"),
    "no JSON": (b"{", "bad_json", "", "is not JSON"),
}  # fmt: skip


def test_a_put_and_a_refusal_are_kept_in_every_database(tmp_path: Path, database_url: str) -> None:
    made = served(tmp_path, database_url)
    town = settled(next(made))
    assert put(town, "air", {"values": landed(7)}).json["status"] == "accepted"
    assert put(town, "air", {"values": {"lands": 1}}).status_code == 400
    stands = listed(town, "air")
    assert (stands["state"], stands["places"][0]["cell"]) == ("refused", SOUTH)
    pushed = kept(town)
    assert pushed is not None and pushed.parts["landed"].value == b'{"value":7}'
    next(made, None)


@pytest.mark.parametrize("case", WRONG)
def test_what_is_refused_says_why_and_is_remembered(town: Town, case: str) -> None:
    body, code, field, words = WRONG[case]
    put(town, "air", {"values": landed(7)})
    answer = put(town, "air", body)
    error = answer.json["error"]
    assert answer.status_code == 400
    assert (error["code"], error.get("field", "")) == (code, field)
    assert words in error["message"]
    stands = listed(town, "air")
    assert stands["state"] == "refused"
    assert words in stands["places"][0]["reason"]
    pushed = kept(town)
    assert pushed is not None and pushed.parts["landed"].value == b'{"value":7}'
    assert put(town, "air", {"values": landed(8)}).status_code == 200
    assert listed(town, "air")["state"] == "live"


def test_a_key_reaches_its_own_plugins_panels_alone(town: Town) -> None:
    there = put(town, "air", {"values": landed(1)}, "two.flights")
    nowhere = put(town, "air", {"values": landed(1)}, "air.nothing")
    assert there.status_code == nowhere.status_code == 404
    assert put(town, "source", {"values": landed(1)}, "air.flights").status_code == 403
    assert put(town, "gone", {"values": landed(1)}, "air.flights").json["error"]["code"] == (
        "plugin_not_in_use"
    )
    bad = town.client().put("/api/v1/panels/air.flights", json={})
    assert bad.status_code == 401


def test_a_plugin_of_several_districts_says_which(town: Town) -> None:
    answer = put(town, "two", {"values": landed(1)})
    assert answer.json["error"]["field"] == "cell"
    for cell in (EAST, f"{WEST}001"):
        assert put(town, "two", {"values": landed(1), "cell": cell}).status_code == 200
    outside = put(town, "two", {"values": landed(1), "cell": SOUTH})
    assert outside.json["error"]["code"] == "outside"
    assert put(town, "all", {"values": landed(1)}).json["cell"] == CITY


def test_a_plugins_key_opens_nothing_else(town: Town) -> None:
    for path in (f"/api/v1/cells/{SOUTH}", "/api/v1/cases"):
        answer = town.client().get(path, headers=town.bearer("air"))
        assert answer.status_code == 403
    page = town.client().get(f"/wall/city?key={town.keys['air']}")
    assert page.status_code == 303 and "session=" not in page.headers.get("Set-Cookie", "")


def test_panels_are_listed_for_who_may_see_them(town: Town) -> None:
    put(town, "two", {"values": landed(1), "cell": EAST})
    put(town, "two", {"values": landed(1), "cell": WEST, "at": ago(200)})
    assert listed(town, "air")["state"] == "never"
    assert listed(town, "air", "two.flights") == {}
    east = listed(town, "east-wall", "two.flights")
    assert [(place["cell"], place["state"]) for place in east["places"]] == [(EAST, "live")]
    whole = listed(town, "wall", "two.flights")
    assert whole["state"] == "stale"
    assert {p["cell"]: p["state"] for p in whole["places"]} == {EAST: "live", WEST: "stale"}
    assert (whole["remote"], whole["interval"]) == (True, 30)
    assert [(p["name"], p["kind"]) for p in whole["parts"]] == [
        ("landed", "Number"), ("next", "Board"),
    ]  # fmt: skip
    assert listed(town, "east-wall", "air.flights") == {}


def test_a_plugins_key_reports_from_its_districts_in_its_own_name(town: Town) -> None:
    items = [
        report(f"{SOUTH}001", "1") | {"source": "air"},
        report(f"{SOUTH}001", "2") | {"source": "air.gates"},
        report(f"{SOUTH}001", "3"),
        report(f"{EAST}001", "4") | {"source": "air"},
        report("nowhere", "5") | {"source": "air"},
    ]
    answer = town.client().post("/api/v1/reports", json=items, headers=town.bearer("air"))
    answers = answer.json["answers"]
    assert [a["status"] for a in answers] == ["accepted"] * 2 + ["rejected"] * 3
    assert answers[2]["code"] == "foreign_source" and answers[2]["field"] == "source"
    assert answers[3] == answers[4] and answers[3]["code"] == "outside"


def test_puts_are_held_to_the_rate_of_reports(town: Town) -> None:
    slow = with_rates(town, replace(WIDE, reports="2 per hour"))
    codes = [put(slow, "air", {"values": landed(n)}).status_code for n in range(3)]
    assert codes == [200, 200, 429]


def test_a_key_of_a_plugin_names_its_plugin_and_no_other_key_does(town: Town) -> None:
    with town.services.store.write() as connection, pytest.raises(AccountError):
        accounts.add_key(connection, town.services.tree, KeyKind.PLUGIN, Grant("x", CITY), now())
    with town.services.store.write() as connection, pytest.raises(AccountError):
        grant = Grant("x", CITY, plugin="air")
        accounts.add_key(connection, town.services.tree, KeyKind.WALL, grant, now())


def test_operators_see_how_each_remote_panel_stands(town: Town) -> None:
    town = with_rates(town, WIDE)
    put(town, "two", {"values": landed(1), "cell": EAST})
    put(town, "two", {"values": landed(1), "cell": WEST, "at": ago(200)})
    put(town, "all", {"values": {"lands": 1}})
    page = operator(town).get("/operations?lang=en").text
    for words in ("never put", "Live", "Stale", "last put refused", "no part &#39;lands&#39;"):
        assert words in page, words
    assert f"Remote panel Flights {WEST}: Stale" in page
    assert "Remote panel Flights: never" not in page
