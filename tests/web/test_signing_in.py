"""The way in step by step: locks, codes, passwords that must be changed, and one's own account.

Longer than most: one town and the same few forms serve every step.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from dataclasses import replace
from time import monotonic, sleep, time

import orjson
import pyotp
import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, select, update
from werkzeug.test import TestResponse

from commandcenter.cases import accounts, lockouts, sessions
from commandcenter.cases.accounts import Grant
from commandcenter.cases.lockouts import Trier
from commandcenter.domain.clocks import MINUTE
from commandcenter.domain.roles import Role
from commandcenter.domain.viewers import Clearance
from commandcenter.live.hub import REVOKED
from commandcenter.live.word import tell_revoked
from commandcenter.store import audit_tables, sign_in_tables
from commandcenter.store.tables import users
from commandcenter.web.flask_app import create_flask
from commandcenter.web.services import Services
from tests.web.conftest import (
    CITY,
    EAST,
    PASSWORD,
    SAME,
    Town,
    hashed_password,
    log_in,
    now,
    with_rates,
)
from tests.web.serving import serving

NEW = "rain on the third bridge"


def give(town: Town, name: str, role: Role | None = None) -> str:
    """Add an account."""
    with town.services.store.write() as connection:
        grant = Grant(name, CITY, Clearance.STAFF, role=role)
        accounts.add_user(connection, town.services.tree, grant, hashed_password(), now())
    return name


def token(page: str) -> str:
    """The token of the forms of a page."""
    found = re.search(r'name="csrf_token"(?: type="hidden")? value="([^"]+)"', page)
    assert found is not None, page
    return found[1]


def send(client: FlaskClient, where: str, path: str = "", **typed: str) -> TestResponse:
    """Send a form of a page, from the page itself or to another path."""
    form = typed | {"csrf_token": token(client.get(where).text)}
    return client.post(path or where, data=form, headers=SAME)


def secret_of(page: str) -> str:
    """The secret that a page shows to be typed by hand."""
    found = re.search(r"<code>([A-Z2-7 ]+)</code>", page)
    assert found is not None, page
    return found[1].replace(" ", "")


def codes_of(page: str) -> list[str]:
    """The recovery codes that a page shows."""
    return re.findall(r"<code>((?:[a-z2-7]{4}-){3}[a-z2-7]{4})</code>", page)


def code_of(secret: str, steps: int = 0) -> str:
    """What an app shows now, or so many intervals from now."""
    return pyotp.TOTP(secret).at(time() + 30 * steps)


def noted(town: Town) -> list[tuple[str, str, str]]:
    """What stands in the audit log: kind, who, what."""
    table = audit_tables.audit
    with town.services.store.read() as connection:
        found = connection.execute(select(table.c.kind, table.c.who, table.c.what).order_by("seq"))
        return [tuple(row) for row in found]


@pytest.fixture
def ended(town: Town) -> Iterator[list[str]]:
    """Whose streams are told to end."""
    holders: list[str] = []

    def hear(_: str, payload: bytes) -> None:
        holders.append(orjson.loads(payload)["holder"])

    subscription = town.services.bus.subscribe([REVOKED], hear)
    yield holders
    subscription.close()


def settled(holders: list[str], number: int) -> list[str]:
    """What was heard, once so much was."""
    until = monotonic() + 10
    while len(holders) < number and monotonic() < until:
        sleep(0.01)
    return sorted(holders)


def test_five_wrong_ones_lock_a_name_alike_whether_there_is_such_an_account(town: Town) -> None:
    told = {
        name: [log_in(town.client(), name, "wrong password") for _ in range(6)]
        for name in ("city", "nobody")
    }
    for answers in told.values():
        assert [answer.status_code for answer in answers] == [401] * 4 + [429] * 2
    city, nobody = ([answer.text for answer in answers] for answers in told.values())
    plain = re.compile(r'value="[^"]*"')
    assert [plain.sub("", page) for page in city] == [plain.sub("", page) for page in nobody]
    assert "登录已暂停,请 1 分钟后再试" in city[-1]
    assert 1 <= int(told["city"][-1].headers["Retry-After"]) <= 60
    assert log_in(town.client(), "city", PASSWORD).status_code == 429
    assert log_in(town.client(), "east", PASSWORD).status_code == 303
    kinds = [kind for kind, _, what in noted(town) if what == "user:city"]
    assert kinds == ["sign_in_failed"] * 5 + ["locked"] + ["sign_in_failed"] * 2
    unknown = {what for kind, _, what in noted(town) if what.startswith("unknown:")}
    assert len(unknown) == 1 and "nobody" not in unknown.pop()


def test_a_locked_name_is_not_checked_at_all(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    with town.services.store.write() as connection:
        for _ in range(5):
            lockouts.attempt(connection, Trier("city", "127.0.0.1"), 5, now())

    def never(*_: object) -> bool:
        raise AssertionError("a password was checked")

    monkeypatch.setattr("commandcenter.web.new_passwords.Checks.match", never)
    assert log_in(town.client(), "city", PASSWORD).status_code == 429
    assert log_in(town.client(), "city", "another one").status_code == 429


def test_who_guesses_never_locks_out_a_browser_that_has_been_in_under_the_name(
    town: Town,
) -> None:
    known, strange = town.logged_in("city"), town.client()
    cookie = known.get_cookie("known", path="/login")
    assert cookie is not None and cookie.http_only and "city" not in cookie.value
    send(known, "/account", "/logout")
    for _ in range(6):  # from the very address of the known browser
        log_in(strange, "city", "wrong password")
    with town.services.store.write() as connection:
        for number in range(60):
            lockouts.attempt(connection, Trier("city", f"10.0.{number}.1"), 5, now())
    assert log_in(town.client(), "city", PASSWORD).status_code == 429
    strange.environ_base["REMOTE_ADDR"] = "10.9.9.9"
    assert log_in(strange, "city", PASSWORD).status_code == 429
    assert log_in(known, "city", PASSWORD).status_code == 303
    # It is known for this name alone, and its own guesses are held back as anybody's.
    send(known, "/account", "/logout")
    with town.services.store.write() as connection:
        for _ in range(5):
            lockouts.attempt(connection, Trier("east", "127.0.0.1"), 5, now())
    assert log_in(known, "east", PASSWORD).status_code == 429
    guesses = [log_in(known, "city", "wrong password").status_code for _ in range(6)]
    assert guesses == [401] * 4 + [429] * 2
    assert ("locked", "", "user:city") in noted(town)


def test_a_browser_is_known_by_no_cookie_but_one_that_was_given_to_it(town: Town) -> None:
    client = town.logged_in("city")
    cookie = client.get_cookie("known", path="/login")
    assert cookie is not None
    body, rest = cookie.value.split(".", 1)
    for forged in (f"{body}x.{rest}", f"{cookie.value}x", "", "W10.aaaa.bbbb"):
        other = town.client()
        other.set_cookie("known", forged, path="/login")
        guesses = [log_in(other, "city", "wrong password").status_code for _ in range(2)]
        assert guesses in ([401, 401], [401, 429], [429, 429]), forged
    assert log_in(other, "city", PASSWORD).status_code == 429  # as of one stranger, all of them
    assert log_in(client, "city", PASSWORD).status_code == 303


def test_many_who_share_an_address_do_not_hold_up_a_browser_that_is_known(town: Town) -> None:
    rates = replace(town.services.rates, addresses="3 per hour", logins="3 per hour")
    strict = with_rates(town, rates)
    known = strict.logged_in("city")
    for _ in range(4):
        log_in(strict.client(), "city", "wrong password")
    assert log_in(strict.client(), "city", PASSWORD).status_code == 429
    assert log_in(known, "city", PASSWORD).status_code == 303


def test_a_good_sign_in_begins_anew(town: Town) -> None:
    for _ in range(3):
        for _ in range(4):
            log_in(town.client(), "city", "wrong password")
        assert log_in(town.client(), "city", PASSWORD).status_code == 303


def test_a_sign_in_is_written_down_with_its_session(town: Town) -> None:
    client = town.logged_in("city")
    send(client, "/account", "/logout")
    table = audit_tables.audit
    with town.services.store.read() as connection:
        rows = connection.execute(select(table).order_by("seq")).all()
    assert [(row.kind, row.who, row.session, row.address) for row in rows] == [
        ("sign_in", "city", "1", "127.0.0.1"), ("sign_out", "city", "1", "127.0.0.1"),
    ]  # fmt: skip
    assert "password" in rows[0].detail


def test_who_must_have_a_second_factor_sets_it_up_at_the_first_sign_in(town: Town) -> None:
    client, name = town.client(), give(town, "auditor", Role.AUDITOR)
    answer = log_in(client, name, PASSWORD, f"/cell/{CITY}")
    assert (answer.status_code, answer.location) == (303, "/login/enrol")
    assert client.get("/account").status_code == 303  # not in yet
    page = client.get("/login/enrol").text
    assert "<svg" in page and "style=" not in page.partition("<svg")[2].partition("</svg>")[0]
    secret = secret_of(page)
    assert secret == secret_of(client.get("/login/enrol").text)
    assert send(client, "/login/enrol", code="000000").status_code == 401
    shown = send(client, "/login/enrol", code=code_of(secret))
    codes = codes_of(shown.text)
    assert len(codes) == 10
    assert client.get("/account").status_code == 303
    form = {"csrf_token": token(shown.text)}
    entered = client.post("/login/next", data=form, headers=SAME)
    assert (entered.status_code, entered.location) == (303, f"/cell/{CITY}")
    assert client.get("/account").status_code == 200
    kinds = [kind for kind, who, _ in noted(town) if who == name]
    assert kinds == ["second_factor", "sign_in"]
    # From now on a code is asked for, and the page of enrolling is closed.
    again = town.client()
    assert log_in(again, name, PASSWORD).location == "/login/code"
    assert again.get("/login/enrol").location == "/login/code"
    assert send(again, "/login/code", code=codes[0]).location == "/"
    assert again.get("/account").status_code == 200


def with_factor(town: Town, name: str) -> str:
    """Give an account a second factor by its own page; returns the secret."""
    client = town.logged_in(name)
    page = send(client, "/account", "/account/second-factor", current=PASSWORD).text
    secret = secret_of(page)
    form = {"csrf_token": token(page), "code": code_of(secret)}
    shown = client.post("/account/second-factor/confirm", data=form, headers=SAME)
    assert len(codes_of(shown.text)) == 10
    with town.services.store.write() as connection:  # as if half a minute had gone by
        connection.execute(update(sign_in_tables.second_factors).values(last_step=0))
    return secret


def test_a_code_is_asked_for_and_serves_once(town: Town) -> None:
    secret = with_factor(town, "city")
    one, other = town.client(), town.client()
    for client in (one, other):
        assert log_in(client, "city", PASSWORD).location == "/login/code"
    code = code_of(secret)
    assert send(one, "/login/code", code=code).location == "/"
    assert send(other, "/login/code", code=code).status_code == 401
    assert "验证码不正确,或已经用过" in send(other, "/login/code", code="123").text
    assert other.get("/account").status_code == 303
    with town.services.store.read() as connection:
        factors = [one.factor for one in sessions.of_user(connection, 1, now())]
    assert sorted(factors) == ["password", "password+code"]


def test_wrong_codes_lock_the_name_however_often_the_password_is_given(town: Town) -> None:
    secret = with_factor(town, "city")
    codes = []
    for _ in range(5):
        client = town.client()
        assert log_in(client, "city", PASSWORD).location == "/login/code"
        codes.append(send(client, "/login/code", code="000000").status_code)
    assert codes == [401] * 4 + [429]
    assert send(client, "/login/code", code=code_of(secret)).status_code == 429
    assert log_in(town.client(), "city", PASSWORD).status_code == 429


def test_nobody_comes_to_a_later_step_without_the_first(town: Town) -> None:
    client = town.client()
    for path in ("/login/code", "/login/enrol", "/login/password"):
        assert client.get(path).location == "/login"
    form = {"csrf_token": token(client.get("/login").text), "code": "1", "new": NEW, "again": NEW}
    for path in ("/login/code", "/login/enrol", "/login/password", "/login/next"):
        assert client.post(path, data=form, headers=SAME).location == "/login"


def test_another_password_stops_who_is_on_the_way(town: Town) -> None:
    secret = with_factor(town, "city")
    client = town.client()
    log_in(client, "city", PASSWORD)
    form = {"csrf_token": token(client.get("/login/code").text), "code": code_of(secret)}
    with town.services.store.write() as connection:
        accounts.set_password(connection, "city", "another hash", now())
    assert client.post("/login/code", data=form, headers=SAME).location == "/login"


def test_a_password_that_an_operator_has_set_is_changed_before_anything_else(town: Town) -> None:
    with town.services.store.write() as connection:
        accounts.set_password(connection, "city", hashed_password(), now(), must_change=True)
    client = town.client()
    assert log_in(client, "city", PASSWORD, "/account").location == "/login/password"
    assert client.get("/account").status_code == 303
    for typed, said in (
        ({"new": "short", "again": "short"}, "密码至少要有 12 个字符"),
        ({"new": NEW, "again": "another"}, "两次输入的新密码不一致"),
        ({"new": PASSWORD, "again": PASSWORD}, "新密码不能与旧密码相同"),
        ({"new": "password1234", "again": "password1234"}, "太容易被猜到"),
        ({"new": f"{NEW} city", "again": f"{NEW} city"}, "密码里不能有用户名"),
    ):
        refused = send(client, "/login/password", **typed)
        assert refused.status_code == 422 and said in refused.text
    changed = send(client, "/login/password", new=NEW, again=NEW)
    assert (changed.status_code, changed.location) == (303, "/account")
    assert client.get("/account").status_code == 200
    assert log_in(town.client(), "city", PASSWORD).status_code == 401
    assert log_in(town.client(), "city", NEW).location == "/"
    assert ("password_changed", "city", "user:city") in noted(town)


def test_changing_the_password_ends_the_other_sessions_with_their_streams(
    town: Town, ended: list[str]
) -> None:
    here, there = town.logged_in("city"), town.logged_in("city")
    typed = {"new": NEW, "again": NEW}
    wrong = send(here, "/account", "/account/password", current="a wrong one", **typed)
    assert wrong.status_code == 422 and "当前密码不正确" in wrong.text
    done = send(here, "/account", "/account/password", current=PASSWORD, **typed)
    assert done.location == "/account?done=password"
    assert here.get("/account").status_code == 200
    assert there.get("/account").status_code == 303
    assert settled(ended, 1) == ["session:2"]


def test_ones_sessions_are_listed_and_ended(town: Town, ended: list[str]) -> None:
    here = town.logged_in("city")
    for agent in ("Mozilla/5.0 (iPad) Safari/605", "Mozilla/5.0 (Windows NT 10.0) Edg/140"):
        client = town.client()
        client.environ_base["HTTP_USER_AGENT"] = agent
        log_in(client, "city", PASSWORD)
    strange = town.logged_in("east")
    page = here.get("/account").text
    assert page.count("<li>") == 3 and page.count("本机") == 1
    assert "Safari · iPad" in page and "Edge · Windows" in page
    assert send(here, "/account", "/account/sessions", session="4").status_code == 404
    assert send(here, "/account", "/account/sessions", session="x").status_code == 404
    assert strange.get("/account").status_code == 200
    send(here, "/account", "/account/sessions", session="2")
    assert here.get("/account").text.count("<li>") == 2
    send(here, "/account", "/account/sessions", session="others")
    assert here.get("/account").text.count("<li>") == 1
    assert client.get("/account").status_code == 303
    assert settled(ended, 2) == ["session:2", "session:3"]
    ends = [what for kind, _, what in noted(town) if kind == "session_ended"]
    assert ends == ["session:2", "session:3"]


def test_operators_end_sessions_of_others_within_their_scope(
    town: Town, ended: list[str]
) -> None:
    with town.services.store.write() as connection:
        grant = Grant("keeper", EAST, Clearance.STAFF, role=Role.OPERATOR)
        accounts.add_user(connection, town.services.tree, grant, hashed_password(), now())
    east, city = town.logged_in("east"), town.logged_in("city")
    keeper = town.client()
    assert log_in(keeper, "keeper", PASSWORD).location == "/login/enrol"
    secret = secret_of(keeper.get("/login/enrol").text)
    shown = send(keeper, "/login/enrol", code=code_of(secret)).text
    keeper.post("/login/next", data={"csrf_token": token(shown)}, headers=SAME)
    page = keeper.get("/sessions").text
    assert "<b>east</b>" in page and "<b>city</b>" not in page
    assert 'href="/sessions"' in keeper.get("/account").text
    assert send(keeper, "/sessions", session="2").status_code == 404
    assert send(keeper, "/sessions", session="1").status_code == 303
    assert east.get("/account").status_code == 303
    assert city.get("/account").status_code == 200
    assert city.get("/sessions").status_code == 404
    assert settled(ended, 1) == ["session:1"]


def test_a_stream_is_known_by_its_account_and_by_its_session(town: Town) -> None:
    client = town.logged_in("city")
    cookie = client.get_cookie("session")
    assert cookie is not None
    headers = {"cookie": f"session={cookie.value}"}
    grant = town.site.authorise(headers, {"cell": CITY})
    assert grant is not None and grant.holder == "user:1 session:1"
    with town.services.store.write() as connection:
        sessions.end_all(connection, 1, sessions.Ending.OPERATOR, now())
    assert town.site.authorise(headers, {"cell": CITY}) is None


def test_the_second_factor_is_turned_off_and_its_codes_made_anew_by_a_code_alone(
    town: Town,
) -> None:
    secret = with_factor(town, "city")
    client = town.client()
    log_in(client, "city", PASSWORD)
    send(client, "/login/code", code=code_of(secret))
    page = client.get("/account").text
    assert "还有 10 个恢复码" in page
    wrong = send(client, "/account", "/account/second-factor/codes", code="000000")
    assert wrong.status_code == 422
    codes = codes_of(
        send(client, "/account", "/account/second-factor/codes", code=code_of(secret, 1)).text
    )
    assert len(codes) == 10
    assert send(client, "/account", "/account/second-factor/remove", code="").status_code == 422
    off = send(client, "/account", "/account/second-factor/remove", code=codes[3])
    assert off.location == "/account?done=removed"
    assert log_in(town.client(), "city", PASSWORD).location == "/"


def test_who_must_have_a_second_factor_cannot_turn_it_off(town: Town) -> None:
    secret = with_factor(town, "city")
    with town.services.store.write() as connection:
        connection.execute(update(users).where(users.c.id == 1).values(role=Role.OPERATOR.value))
    client = town.client()
    log_in(client, "city", PASSWORD)
    send(client, "/login/code", code=code_of(secret))
    assert "关闭双因素" not in client.get("/account").text
    path = "/account/second-factor/remove"
    refused = send(client, "/account", path, code=code_of(secret, 1))
    assert refused.status_code == 403


def test_setting_up_a_second_factor_needs_the_password_once_more(town: Town) -> None:
    client = town.logged_in("city")
    path = "/account/second-factor"
    assert send(client, "/account", path, current="a wrong one").status_code == 422
    # Nor does confirming what was never begun show a secret.
    confirmed = send(client, "/account", f"{path}/confirm", code="000000")
    assert (confirmed.status_code, confirmed.location) == (303, "/account")


def test_the_setting_widens_who_must_have_a_second_factor(town: Town) -> None:
    settings = town.services.settings.model_copy(update={"second_factor_roles": "leader, wall"})
    services = replace(town.services, settings=settings)
    wider = Town(services, create_flask(services), town.keys)
    give(town, "boss", Role.LEADER)
    give(town, "duty", Role.DUTY_OFFICER)
    assert log_in(wider.client(), "boss", PASSWORD).location == "/login/enrol"
    assert log_in(wider.client(), "duty", PASSWORD).location == "/"
    assert log_in(town.client(), "boss", PASSWORD).location == "/"


def test_a_session_costs_each_request_one_read_and_a_write_a_minute_beside_it(town: Town) -> None:
    client = town.logged_in("city")
    asked: list[str] = []
    engine = town.services.store.engine

    def note(_c: object, _cu: object, statement: str, *_: object) -> None:
        if "sessions" in statement or "users" in statement:
            asked.append(statement.split()[0])

    event.listen(engine, "before_cursor_execute", note)
    for _ in range(3):
        assert client.get("/login").status_code == 200
        assert client.get("/api/v1/cases").status_code == 200
    assert set(asked) == {"SELECT"} and len(asked) <= 6
    table = sign_in_tables.sessions
    with town.services.store.write() as connection:
        connection.execute(update(table).values(seen_at=now() - 3 * MINUTE))
    asked.clear()
    for _ in range(5):
        client.get("/api/v1/cases")
    until, seen = monotonic() + 10, 0
    while seen < now() - MINUTE and monotonic() < until:
        with town.services.store.read() as connection:
            seen = connection.execute(select(table.c.seen_at)).scalar_one()
        sleep(0.01)
    event.remove(engine, "before_cursor_execute", note)
    assert now() - seen < MINUTE
    assert asked.count("UPDATE") == 1


def test_a_session_ends_after_a_week_and_a_wall_does_not(town: Town) -> None:
    client, wall = town.logged_in("city"), town.client()
    wall.get("/", query_string={"key": town.keys["wall"]})
    assert ("sign_in", "wall", "key:3") in noted(town)
    assert wall.get("/account").status_code == 404
    with town.services.store.write() as connection:
        old = now() - sessions.LONGEST
        connection.execute(update(sign_in_tables.sessions).values(begun_at=old))
    assert client.get("/account").status_code == 303
    assert wall.get("/").location.startswith("/wall/")


def test_a_cookie_that_another_version_has_given_is_nobodys(town: Town) -> None:
    client = town.client()
    client.get("/login")
    for kept in ("user:1:0123456789abcdef", "user:1", "session:", "session:1", "key:x", "", "1"):
        with client.session_transaction() as cookie:
            cookie["_user_id"] = kept
        assert client.get("/account").status_code == 303, kept


def test_the_own_account_speaks_english(town: Town) -> None:
    page = town.logged_in("east").get("/account?lang=en").text
    assert "Where you are signed in" in page and "This device" in page
    main = page.partition("<main>")[2].partition("</main>")[0].replace("东湖区", "")
    assert not re.search(r"[\u4e00-\u9fff]", main)


def test_an_open_stream_ends_with_its_session(services: Services) -> None:
    with serving(services) as server:
        client = server.front.flask.test_client()
        assert log_in(client, "city", PASSWORD).status_code == 303
        cookie = client.get_cookie("session")
        assert cookie is not None
        kept = f"Cookie: session={cookie.value}"
        ask = f"GET /stream?cell={CITY} HTTP/1.1\r\nHost: localhost\r\n{kept}"
        with socket.create_connection(("127.0.0.1", server.port), timeout=20) as wire:
            wire.sendall(f"{ask}\r\n\r\n".encode())
            begun = b""
            while b"event: hello" not in begun:
                begun += wire.recv(4096)
            assert b" 200 " in begun.partition(b"\r\n")[0]
            with services.store.write() as connection:
                holders = sessions.end(connection, 1, sessions.Ending.OPERATOR, now())
            tell_revoked(services.bus, holders)
            while wire.recv(4096):
                pass  # until the server ends it; a stream that goes on runs into the time limit
        refused = server.get(f"/stream?cell={CITY}".encode(), kept)
        assert b" 401 " in refused.partition(b"\r\n")[0]
