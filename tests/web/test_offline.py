"""What browsers fetch to go on without a connection, and whose it is what they keep."""

from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image

from tests.web.conftest import CITY, EAST, SAME, Town

FILL = {
    "output": "page.children",
    "outputs": {"id": "page", "property": "children"},
    "inputs": [
        {"id": "url", "property": "pathname", "value": f"/cell/{EAST}"},
        {"id": "url", "property": "search", "value": ""},
    ],
    "changedPropIds": ["url.pathname"],
}


def marks(town: Town, name: str) -> tuple[str, ...]:
    """Whose the page, its content, and what its script is told are."""
    client = town.logged_in(name)
    page = client.get(f"/cell/{EAST}")
    token = {"X-CSRFToken": client.get_cookie("_csrf_token").value}
    filled = client.post("/_dash-update-component", json=FILL, headers=SAME | token)
    kept = filled.json["response"]["page"]["children"]["props"]["kept"]
    told = f"{kept['who']}-{kept['rights']}"
    return page.headers["X-Kept-For"], filled.headers["X-Kept-For"], told


def test_a_place_tells_whose_it_is_without_naming_anybody(town: Town) -> None:
    one, again, other = marks(town, "city"), marks(town, "city"), marks(town, "east")
    assert len(set(one)) == 1 and one == again
    assert not set(one[0].split("-")) & set(other[0].split("-"))
    assert "X-Kept-For" not in town.client().get("/login").headers


def test_who_sees_other_things_than_before_keeps_the_name_alone(town: Town) -> None:
    before = marks(town, "east")[0].split("-")
    with town.services.store.write() as connection:
        connection.exec_driver_sql("UPDATE users SET clearance = 0 WHERE name = 'east'")
    after = marks(town, "east")[0].split("-")
    assert before[0] == after[0] and before[1] != after[1]


def test_an_action_of_another_account_is_refused(town: Town) -> None:
    city, east = town.logged_in("city"), town.logged_in("east")
    who = city.get(f"/cell/{CITY}").headers["X-Kept-For"].split("-")[0]
    path = "/api/v1/cases"
    assert city.get(path, headers={"X-Acting-For": who}).status_code == 200
    refused = east.get(path, headers={"X-Acting-For": who})
    assert (refused.status_code, refused.json["error"]["code"]) == (401, "other_account")
    # What this account may not do is no reason either to refuse an action of the other one.
    assert east.get("/operations").status_code == 404
    refused = east.get("/operations", headers={"X-Acting-For": who, "Accept": "application/json"})
    assert (refused.status_code, refused.json["error"]["code"]) == (401, "other_account")


def test_the_service_worker_is_another_one_for_another_build(town: Town) -> None:
    client = town.client()
    first = client.get("/sw.js")
    assert first.mimetype == "text/javascript" and first.cache_control.no_cache
    assert "script-src 'self'" in first.headers["Content-Security-Policy"]
    assert client.get("/sw.js").data == first.data
    town.services.hub.build = "another"
    assert client.get("/sw.js").data != first.data
    assert client.get("/away").status_code == 200


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_application_can_be_installed(town: Town, language: str) -> None:
    client = town.client()
    said = client.get("/manifest.webmanifest", query_string={"lang": language}).json
    assert (said["start_url"], said["display"]) == ("/", "standalone")
    for icon in said["icons"]:
        with client.get(icon["src"]) as answer:
            drawn = Image.open(BytesIO(answer.data))
        assert icon["sizes"] == f"{drawn.width}x{drawn.height}"
    assert {icon["purpose"] for icon in said["icons"]} == {"any", "maskable"}
    assert 'rel="manifest"' in town.logged_in("city").get(f"/cell/{CITY}").text
