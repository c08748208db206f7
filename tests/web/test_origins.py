"""A page of another site does nothing with the cookies of who reads it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from commandcenter.web.flask_app import create_flask
from tests.web.conftest import CITY, SAME, Town, make_accounts, make_services
from tests.web.people import signed_in

OWN = {"Origin": "http://localhost"}
FOREIGN = (
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site", "Origin": "http://other.localhost"},
    {"Origin": "http://localhost:9999"},
)
WRITES = (
    ("POST", "cases/1/commands"), ("POST", "whistles"), ("POST", "whistles/1/acts"),
    ("POST", "directives"), ("POST", "directives/1/acts"), ("POST", "directives/1/recall"),
    ("PUT", "panels/any"), ("POST", "reports"),
)  # fmt: skip


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A site for the whole module."""
    folder = tmp_path_factory.mktemp("origins")
    services = make_services(folder, f"sqlite:///{folder / 'commandcenter.db'}")
    yield Town(services, create_flask(services), make_accounts(services))
    services.bus.close()
    services.store.close()


def write(client: FlaskClient, method: str, path: str, **headers: str) -> str:
    """Write to the API; returns the code of the refusal."""
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = client.open(f"/api/v1/{path}", method=method, json={}, headers=given)
    assert answer.status_code >= 400
    code: str = answer.json["error"]["code"]
    return code


@pytest.mark.parametrize("headers", FOREIGN)
@pytest.mark.parametrize(("method", "path"), WRITES)
def test_a_foreign_page_cannot_write_with_a_visitors_cookies(
    town: Town, method: str, path: str, headers: dict[str, str]
) -> None:
    visitor = signed_in(town, "city")
    assert write(visitor, method, path, **headers) == "foreign_origin"


@pytest.mark.parametrize(("method", "path"), WRITES)
def test_a_cookie_alone_is_no_proof(town: Town, method: str, path: str) -> None:
    visitor = signed_in(town, "city")
    assert write(visitor, method, path) == "no_proof"
    assert write(visitor, method, path, Sec_Fetch_Site="none") == "no_proof"
    assert write(visitor, method, path, X_CSRFToken="guessed") == "no_proof"
    # Who comes from a page of this server is only asked for the right.
    assert write(visitor, method, path, **OWN) == "forbidden"


def test_the_token_of_the_session_is_a_proof(town: Town) -> None:
    visitor, other = signed_in(town, "city"), signed_in(town, "east")
    for client in (visitor, other):
        client.get(f"/cell/{CITY if client is visitor else '990102'}")
    mine, theirs = (client.get_cookie("_csrf_token").value for client in (visitor, other))
    assert write(visitor, "POST", "whistles", X_CSRFToken=mine) == "forbidden"
    assert write(visitor, "POST", "whistles", X_CSRFToken=theirs) == "no_proof"


def test_a_key_is_a_proof_wherever_it_comes_from(town: Town) -> None:
    key = town.bearer("source")["Authorization"]
    for headers in ({}, *FOREIGN):
        answer = town.client().post(
            "/api/v1/reports", json=[], headers={"Authorization": key} | headers
        )
        assert answer.json.get("error", {}).get("code") not in ("foreign_origin", "no_proof")


def test_a_key_does_not_lend_its_proof_to_the_cookie(town: Town) -> None:
    """With both the key counts, so that no right of the session is used."""
    visitor = signed_in(town, "city")
    unknown = write(visitor, "POST", "whistles", Authorization="Bearer nothing", **FOREIGN[0])
    assert unknown == "unauthorized"


def test_reading_needs_no_proof_and_nobody_is_told_apart(town: Town) -> None:
    visitor = signed_in(town, "city")
    assert visitor.get("/api/v1/cases").status_code == 200
    assert town.client().post("/api/v1/whistles", json={}).status_code == 401


@pytest.mark.parametrize("headers", FOREIGN)
def test_a_foreign_page_posts_no_form_and_runs_no_callback(
    town: Town, headers: dict[str, str]
) -> None:
    visitor = signed_in(town, "city")
    for path in ("/logout", "/_dash-update-component", "/login"):
        for given in (headers, headers | town.bearer("source")):
            assert visitor.post(path, json={}, headers=given).status_code == 403


def test_forms_and_callbacks_need_their_token_as_well(town: Town) -> None:
    visitor = signed_in(town, "city")
    for path in ("/logout", "/_dash-update-component"):
        assert visitor.post(path, json={}, headers=SAME).status_code == 400


def test_no_policy_lets_a_script_stand_in_a_page(town: Town) -> None:
    visitor = signed_in(town, "city")
    for path in ("/login", "/account", f"/cell/{CITY}", "/search", "/healthz", "/no/such/page"):
        policy = visitor.get(path).headers["Content-Security-Policy"]
        scripts = re.search(r"script-src ([^;]*)", policy)
        assert scripts is not None and "unsafe" not in scripts[1], path
        assert "frame-ancestors 'none'" in policy, path
        assert "object-src 'none'" in policy, path


def test_camera_and_place_are_for_this_site_and_the_rest_for_nobody(town: Town) -> None:
    policy = signed_in(town, "city").get(f"/cell/{CITY}").headers["Permissions-Policy"]
    assert "camera=(self)" in policy and "geolocation=(self)" in policy
    assert "microphone=()" in policy


def test_https_is_kept_to_where_it_is_spoken(town: Town) -> None:
    assert "Strict-Transport-Security" not in town.client().get("/login").headers
    settings = town.services.settings.model_copy(update={"secure_cookies": True})
    secured = create_flask(replace(town.services, settings=settings))
    headers = secured.app.test_client().get("/login").headers
    assert headers["Strict-Transport-Security"] == "max-age=31536000"
