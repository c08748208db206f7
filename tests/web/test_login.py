"""Who gets in, and who does not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from commandcenter.cases import accounts
from commandcenter.cases.accounts import Passwords
from commandcenter.web.flask_app import create_flask
from commandcenter.web.gate import is_local
from tests.web.conftest import CITY, PASSWORD, SAME, WIDE, Town, log_in, now, with_rates


def test_a_visitor_without_a_session_is_led_to_the_login_and_back(town: Town) -> None:
    client = town.client()
    sent_away = client.get(f"/cell/{CITY}?face=2")
    assert sent_away.status_code == 303
    assert sent_away.location == f"/login?next=/cell/{CITY}?face%3D2"
    answer = log_in(client, "city", PASSWORD, f"/cell/{CITY}?face=2")
    assert (answer.status_code, answer.location) == (303, f"/cell/{CITY}?face=2")
    assert client.get(answer.location).status_code == 200


@pytest.mark.parametrize(
    "path", ["/_dash-layout", "/_dash-dependencies", "/tiles/0/0/0.pbf", "/tiles/ground.json"]
)
def test_scripts_without_a_session_are_told_so(town: Town, path: str) -> None:
    answer = town.client().get(path)
    assert answer.status_code == 401
    assert answer.mimetype != "text/html" or "<main>" in answer.text


def test_a_callback_without_a_session_is_refused(town: Town) -> None:
    answer = town.client().post("/_dash-update-component", json={}, headers=SAME)
    assert answer.status_code == 401


@pytest.mark.parametrize(
    ("name", "password"),
    [("city", "wrong password"), ("nobody", PASSWORD), ("", ""), ("city", ""), ("a\x00b", "x")],
)
def test_a_wrong_login_is_told_alike(town: Town, name: str, password: str) -> None:
    answer = log_in(town.client(), name, password)
    assert answer.status_code == 401
    assert "用户名或密码不正确" in answer.text


def test_an_unknown_name_costs_the_same_hashing_as_a_known_one(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked = []
    match = Passwords.match

    def watched(self: Passwords, user: accounts.User | None, password: str) -> bool:
        checked.append(user.name if user else None)
        return match(self, user, password)

    monkeypatch.setattr(Passwords, "match", watched)
    log_in(town.client(), "nobody", "whatever it is")
    assert checked == [None]
    assert Passwords()._nobody.split("$")[:4] == Passwords().hash(PASSWORD).split("$")[:4]


def test_a_login_needs_the_token_of_its_form(town: Town) -> None:
    form = {"name": "city", "password": PASSWORD}
    assert town.client().post("/login", data=form, headers=SAME).status_code == 400


@pytest.mark.parametrize(
    "headers", [{"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}]
)
def test_what_comes_from_another_site_is_refused(town: Town, headers: dict[str, str]) -> None:
    client = town.logged_in("city")
    assert client.post("/logout", headers=headers).status_code == 403
    assert client.get(f"/cell/{CITY}").status_code == 200


def test_a_callback_needs_the_token_that_its_page_was_given(town: Town) -> None:
    client = town.logged_in("city")
    page = client.get(f"/cell/{CITY}")
    assert page.status_code == 200
    body = callback_body(f"/cell/{CITY}")
    assert client.post("/_dash-update-component", json=body, headers=SAME).status_code == 400
    token = client.get_cookie("_csrf_token").value
    headers = SAME | {"X-CSRFToken": token}
    assert client.post("/_dash-update-component", json=body, headers=headers).status_code == 200


def callback_body(path: str, search: str = "") -> dict[str, object]:
    """What Dash's renderer sends when a page's address changes."""
    return {
        "output": "page.children",
        "outputs": {"id": "page", "property": "children"},
        "inputs": [
            {"id": "url", "property": "pathname", "value": path},
            {"id": "url", "property": "search", "value": search},
        ],
        "changedPropIds": ["url.pathname"],
    }


@pytest.mark.parametrize(
    "body", [1, [], {}, {"output": 1}, {"output": "page.children", "inputs": 3}]
)
def test_a_callback_that_makes_no_sense_is_refused(town: Town, body: object) -> None:
    client = town.logged_in("city")
    client.get(f"/cell/{CITY}")
    headers = SAME | {"X-CSRFToken": client.get_cookie("_csrf_token").value}
    answer = client.post("/_dash-update-component", json=body, headers=headers)
    assert answer.status_code == 400


def test_guessing_is_slowed_down_and_says_how_long(town: Town) -> None:
    slow = with_rates(town, replace(WIDE, logins="3 per minute"))
    client = slow.client()
    codes = [log_in(client, "city", "wrong password").status_code for _ in range(4)]
    assert codes == [401, 401, 401, 429]
    refused = log_in(client, "city", PASSWORD)
    assert refused.status_code == 429
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert log_in(client, "east", PASSWORD).status_code == 303


@pytest.mark.parametrize(
    ("address", "good"),
    [
        ("/cell/1?x=2", True),
        ("//evil.example", False),
        ("/\\evil.example", False),
        ("https://evil.example", False),
        ("/\t/evil.example", False),
        ("javascript:alert(1)", False),
        ("", False),
    ],
)
def test_a_login_leads_to_this_server_only(address: str, good: bool) -> None:
    assert is_local(address) is good


def test_a_login_with_a_foreign_target_leads_home(town: Town) -> None:
    answer = log_in(town.client(), "city", PASSWORD, "https://evil.example/")
    assert answer.location == "/"


def test_cookies_are_out_of_reach_of_scripts_and_other_sites(town: Town) -> None:
    answer = log_in(town.client(), "city", PASSWORD)
    (cookie,) = [c for c in answer.headers.getlist("Set-Cookie") if c.startswith("session=")]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie
    settings = town.services.settings.model_copy(update={"secure_cookies": True})
    services = replace(town.services, settings=settings)
    client = create_flask(services).app.test_client()
    page = client.get("/login", base_url="https://localhost")
    (cookie,) = [c for c in page.headers.getlist("Set-Cookie") if c.startswith("session=")]
    assert "Secure" in cookie


def test_a_disabled_user_is_out_at_once(town: Town) -> None:
    client = town.logged_in("east")
    with town.services.store.write() as connection:
        accounts.disable_user(connection, "east", now())
    assert client.get("/cell/990102").status_code == 303
    assert log_in(town.client(), "east", PASSWORD).status_code == 401


def test_another_password_ends_the_sessions(town: Town) -> None:
    client = town.logged_in("east")
    with town.services.store.write() as connection:
        accounts.set_password(connection, "east", Passwords().hash("another password"), now())
    assert client.get("/cell/990102").status_code == 303


def test_a_logout_ends_the_session(town: Town) -> None:
    client = town.logged_in("city")
    page = client.get(f"/cell/{CITY}")
    assert page.status_code == 200
    token = client.get_cookie("_csrf_token").value
    gone = client.post("/logout", data={"csrf_token": token}, headers=SAME)
    assert gone.status_code == 303
    assert client.get(f"/cell/{CITY}").status_code == 303


def test_a_walls_link_logs_in_and_hides_its_key(town: Town) -> None:
    client = town.client()
    answer = client.get("/", query_string={"key": town.keys["wall"], "lang": "en"})
    assert (answer.status_code, answer.location) == (303, "/?lang=en")
    (cookie,) = [c for c in answer.headers.getlist("Set-Cookie") if c.startswith("session=")]
    assert "Expires" in cookie
    assert client.get("/").location.startswith("/wall/")


def test_a_revoked_wall_is_dark(town: Town) -> None:
    client = town.client()
    client.get("/", query_string={"key": town.keys["wall"]})
    with town.services.store.write() as connection:
        accounts.revoke_keys(connection, "wall", now())
    assert client.get("/").location.startswith("/login")


@pytest.mark.parametrize("token", ["", "nonsense", "cc_wall_x", "\x00\ud83d"])
def test_a_link_with_a_wrong_key_leads_to_the_login(town: Town, token: str) -> None:
    client = town.client()
    answer = client.get("/", query_string={"key": token.encode("utf-8", "surrogatepass")})
    assert (answer.status_code, answer.location) == (303, "/")
    assert client.get("/").location.startswith("/login")


def test_a_sources_key_opens_no_page(town: Town) -> None:
    client = town.client()
    client.get("/", query_string={"key": town.keys["source"]})
    assert client.get("/").location.startswith("/login")


def test_trying_keys_is_slowed_down(town: Town) -> None:
    slow = with_rates(town, replace(WIDE, addresses="2 per minute"))
    codes = [slow.client().get("/?key=no").status_code for _ in range(3)]
    assert codes == [303, 303, 429]


def test_the_login_speaks_english_where_asked(town: Town) -> None:
    client = town.client()
    assert 'lang="zh-CN"' in client.get("/login").text
    assert 'lang="en"' in client.get("/login?lang=en").text
    assert 'lang="en"' in client.get("/login").text
    assert 'lang="zh-CN"' in client.get("/login?lang=zh").text
