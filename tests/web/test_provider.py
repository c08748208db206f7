"""In by a real provider of OpenID Connect: a process of its own, by its own login form.

Longer than most: all go in by the one provider that is started here.
"""

from __future__ import annotations

import hmac
import re
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, urljoin, urlsplit

import pytest
import requests
from flask.testing import FlaskClient
from joserfc import jwt
from joserfc.jwk import RSAKey
from orjson import dumps
from sqlalchemy import select
from werkzeug.test import TestResponse

from commandcenter.cases import accounts, identities, sessions
from commandcenter.cases.accounts import Grant
from commandcenter.cases.passwords import NO_PASSWORD
from commandcenter.domain.viewers import Clearance
from commandcenter.errors import SettingsError
from commandcenter.settings import Settings
from commandcenter.store.tables import users
from commandcenter.web.flask_app import create_flask
from tests.services.process import free_port
from tests.services.provider import CLIENT, PASSWORD, SECRET, SITE, ProviderServer, provider
from tests.web.conftest import CITY, EAST, SAME, Town, log_in, make_accounts, make_services, now
from tests.web.conftest import PASSWORD as OWN_PASSWORD

__all__ = ["provider"]

MEMBERS = ("zhao", "sun", "li", "zhou", "wu", "feng", "chen")


class Person:
    """Somebody's browser: clicks through the pages of our site and of the provider."""

    def __init__(self, town: Town) -> None:
        self.here: FlaskClient = town.client()
        self.there = requests.Session()

    def goes_there(self, **query: str) -> str:
        """Press the button; returns where the provider wants to be asked."""
        sent = self.here.get("/login/oidc", query_string=query)
        assert sent.status_code == 302, sent.text
        return sent.location

    def signs_in_there(self, address: str, name: str) -> str:
        """Fill in the provider's forms until it sends back; returns the address to return to."""
        page = self._followed(self.there.get(address, allow_redirects=False))
        for _ in range(4):
            if isinstance(page, str):
                return page
            typed = fields(page.text) | {"login": name, "password": PASSWORD, "answer": "accept"}
            target = urljoin(page.url, action(page.text))
            headers = {"Referer": page.url}
            page = self._followed(
                self.there.post(target, data=typed, headers=headers, allow_redirects=False)
            )
        raise AssertionError(f"the provider does not send back: {page}")

    def comes_back(self, address: str) -> TestResponse:
        """Open the address that the provider sends to."""
        return self.here.get(address.removeprefix(SITE))

    def signs_in(self, name: str, **query: str) -> TestResponse:
        """All of it."""
        return self.comes_back(self.signs_in_there(self.goes_there(**query), name))

    def _followed(self, answer: requests.Response) -> requests.Response | str:
        while answer.is_redirect:
            target = urljoin(answer.url, answer.headers["Location"])
            if target.startswith(f"{SITE}/"):
                return target
            answer = self.there.get(target, allow_redirects=False)
        return answer


def fields(page: str) -> dict[str, str]:
    """The fields of a page's form as they are."""
    tags = re.findall(r"<input\b[^>]*>", page)
    inputs = [dict(re.findall(r'(\w+)="([^"]*)"', tag)) for tag in tags]
    return {each["name"]: unescape(each.get("value", "")) for each in inputs if "name" in each}


def action(page: str) -> str:
    """Where a page's form goes to, "" for the page itself."""
    found = re.search(r'<form\b[^>]*\baction="([^"]*)"', page)
    return unescape(found[1]) if found else ""


@pytest.fixture
def joined(provider: ProviderServer, tmp_path: Path) -> Iterator[Town]:
    """A site that knows the provider, with accounts that come in by it alone, each for one test."""
    services = make_services(tmp_path, f"sqlite:///{tmp_path / 'commandcenter.db'}")
    settings = services.settings.model_copy(update={
        "oidc_issuer": provider.issuer, "oidc_client_id": CLIENT, "oidc_client_secret": SECRET,
    })  # fmt: skip
    services = replace(services, settings=settings)
    keys = make_accounts(services)
    with services.store.write() as connection:
        for name in MEMBERS:
            grant = Grant(name, CITY, Clearance.STAFF)
            accounts.add_user(connection, services.tree, grant, NO_PASSWORD, now())
            identities.mark(connection, name, oidc=True)
    yield Town(services, create_flask(services), keys)
    services.bus.close()
    services.store.close()


def identity(town: Town, name: str) -> str | None:
    with town.services.store.read() as connection:
        found: str | None = connection.execute(
            select(users.c.identity).where(users.c.name == name)
        ).scalar()
    return found


def test_who_is_marked_comes_in_by_the_provider_and_goes_where_they_wanted(
    joined: Town, provider: ProviderServer
) -> None:
    person = Person(joined)
    page = person.here.get("/login", query_string={"next": f"/cell/{EAST}"}).text
    assert f'href="/login/oidc?next=/cell/{EAST}"' in page and "统一身份认证" in page
    answer = person.signs_in("zhao", next=f"/cell/{EAST}")
    assert (answer.status_code, answer.location) == (303, f"/cell/{EAST}")
    assert person.here.get(answer.location).status_code == 200
    assert identity(joined, "zhao") == f"{provider.issuer} zhao"
    mine = person.here.get("/account").text
    assert "统一身份认证" in mine
    with joined.services.store.read() as connection:
        ((whose, _, session),) = sessions.everybodys(connection, now())
    assert (whose, session.factor) == ("zhao", "provider")


def test_who_has_no_account_that_is_marked_stays_outside_and_is_told_so(joined: Town) -> None:
    with joined.services.store.write() as connection:
        grant = Grant("qian", CITY, Clearance.STAFF)
        accounts.add_user(connection, joined.services.tree, grant, "a hash", now())
    for name in ("stranger", "qian"):
        person = Person(joined)
        answer = person.signs_in(name)
        assert answer.status_code == 403
        assert f"{name} 在这里没有账号" in answer.text
        assert person.here.get("/").status_code == 303
        assert identity(joined, name) is None


def test_an_account_belongs_to_the_one_who_came_first(
    joined: Town, provider: ProviderServer
) -> None:
    known = users.update().where(users.c.name == "sun")
    with joined.services.store.write() as connection:
        connection.execute(known.values(identity=f"{provider.issuer} somebody-else"))
    assert Person(joined).signs_in("sun").status_code == 403


def test_who_was_renamed_there_comes_into_the_same_account_until_the_mark_is_taken_away(
    joined: Town, provider: ProviderServer
) -> None:
    known = users.update().where(users.c.name == "li")
    with joined.services.store.write() as connection:
        connection.execute(known.values(identity=f"{provider.issuer} chu"))
    renamed = Person(joined)
    assert renamed.signs_in("chu").status_code == 303
    assert "<h1>li</h1>" in renamed.here.get("/account").text
    with joined.services.store.write() as connection:
        connection.execute(known.values(identity=f"{provider.issuer} li", oidc=False))
    assert Person(joined).signs_in("li").status_code == 403


def test_the_way_there_carries_state_nonce_and_a_challenge(joined: Town) -> None:
    asked = parse_qs(urlsplit(Person(joined).goes_there()).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert len(asked["code_challenge"][0]) == 43
    assert len(asked["state"][0]) >= 20 and len(asked["nonce"][0]) >= 20
    assert asked["redirect_uri"] == [f"{SITE}/login/oidc/back"]
    assert asked["scope"] == ["openid profile"]


def test_what_another_browser_was_given_brings_nobody_in(joined: Town) -> None:
    one, other = Person(joined), Person(joined)
    back = one.signs_in_there(one.goes_there(), "zhou")
    other.goes_there()
    assert other.comes_back(back).status_code == 401
    assert one.comes_back(back).status_code == 303
    assert one.comes_back(back).status_code == 401  # a code is for one time


def signed(provider: ProviderServer, claims: dict[str, object], kind: str) -> str:
    """A token as the provider would sign it, or as somebody who is not the provider could."""
    theirs = RSAKey.import_key((provider.folder / "key.pem").read_text())
    theirs.ensure_kid()
    if kind in ("none", "HS256"):
        head = _part(dumps({"alg": kind, "kid": theirs.kid}))
        said = f"{head}.{_part(dumps(claims))}"
        # With what everybody can read of the provider's key.
        known = theirs.as_pem(private=False)
        mark = _part(hmac.digest(known, said.encode(), "sha256")) if kind == "HS256" else ""
        return f"{said}.{mark}"
    key = RSAKey.generate_key(2048) if kind == "strange" else theirs
    return jwt.encode({"alg": "RS256", "kid": theirs.kid}, claims, key)


def _part(said: bytes) -> str:
    return urlsafe_b64encode(said).rstrip(b"=").decode()


@pytest.mark.parametrize(
    ("wrong", "kind", "status"),
    [
        ({}, "RS256", 303),
        ({}, "none", 401),
        ({}, "HS256", 401),
        ({}, "strange", 401),
        ({"iss": "http://elsewhere.example"}, "RS256", 401),
        ({"aud": "another"}, "RS256", 401),
        ({"nonce": "another"}, "RS256", 401),
        ({"exp": 1_700_000_000}, "RS256", 401),
        ({"sub": None}, "RS256", 401),
    ],
)
def test_only_what_the_provider_has_signed_for_this_server_brings_somebody_in(
    joined: Town,
    provider: ProviderServer,
    wrong: dict[str, object],
    kind: str,
    status: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    person = Person(joined)
    assert handed_in(person, joined, provider, wrong, kind, monkeypatch).status_code == status
    assert person.here.get("/account").status_code == (200 if status == 303 else 303)


def handed_in(
    person: Person,
    town: Town,
    provider: ProviderServer,
    wrong: dict[str, object],
    kind: str,
    monkeypatch: pytest.MonkeyPatch,
) -> TestResponse:
    """Come back with a token that says what it should, but for what is wrong."""
    asked = parse_qs(urlsplit(person.goes_there()).query)
    seconds = now() // 1000
    claims = {
        "iss": provider.issuer, "aud": CLIENT, "sub": "wu", "preferred_username": "wu",
        "iat": seconds, "exp": seconds + 60, "nonce": asked["nonce"][0],
    } | wrong  # fmt: skip
    token = signed(provider, claims, kind)
    given = {"access_token": "x", "token_type": "Bearer", "id_token": token}
    client = town.site.app.extensions["authlib.integrations.flask_client"].provider
    monkeypatch.setattr(client, "fetch_access_token", lambda **_: given)
    back = {"code": "x", "state": asked["state"][0]}
    return person.here.get("/login/oidc/back", query_string=back)


@pytest.mark.parametrize(
    ("methods", "next_"), [(["pwd"], "/login/enrol"), (["pwd", "otp"], "/"), (["mfa"], "/")]
)
def test_a_second_factor_that_the_provider_asked_for_is_not_asked_for_again(
    joined: Town,
    provider: ProviderServer,
    methods: list[str],
    next_: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with joined.services.store.write() as connection:
        connection.execute(users.update().where(users.c.name == "wu").values(role="operator"))
    said = {"amr": methods}
    answer = handed_in(Person(joined), joined, provider, said, "RS256", monkeypatch)
    assert (answer.status_code, answer.location) == (303, next_)


def test_a_refusal_there_is_told_here(joined: Town) -> None:
    person = Person(joined)
    state = parse_qs(urlsplit(person.goes_there()).query)["state"][0]
    answer = person.here.get(f"/login/oidc/back?error=access_denied&state={state}")
    assert answer.status_code == 401
    assert "统一身份认证没有完成" in answer.text


def test_who_must_have_a_second_factor_gives_it_here_where_the_provider_asked_for_none(
    joined: Town,
) -> None:
    with joined.services.store.write() as connection:
        connection.execute(users.update().where(users.c.name == "feng").values(role="operator"))
    answer = Person(joined).signs_in("feng")
    assert (answer.status_code, answer.location) == (303, "/login/enrol")


def test_leaving_leads_to_the_providers_way_out_and_the_next_one_signs_in_anew(
    joined: Town, provider: ProviderServer
) -> None:
    person = Person(joined)
    person.signs_in("chen")
    token = re.search(r'name="csrf_token" value="([^"]+)"', person.here.get("/account").text)
    assert token is not None
    person.here.post("/logout", data={"csrf_token": token[1]}, headers=SAME)
    assert person.here.get("/account").status_code == 303
    assert 'href="/login/oidc/out"' in person.here.get("/login").text
    way_out = person.here.get("/login/oidc/out").location
    assert way_out.startswith(f"{provider.issuer}/oauth/end_session?")
    shown = person.there.get(way_out)
    assert shown.status_code == 200
    again = person.goes_there()
    assert parse_qs(urlsplit(again).query)["prompt"] == ["login"]
    # Who is still signed in there is asked for the password all the same.
    assert urlsplit(person.there.get(again).url).path == "/auth/password"


def test_a_provider_that_is_away_says_so_and_local_accounts_come_in(tmp_path: Path) -> None:
    services = make_services(tmp_path, f"sqlite:///{tmp_path / 'commandcenter.db'}")
    nobody = f"http://127.0.0.1:{free_port()}"
    settings = services.settings.model_copy(update={
        "oidc_issuer": nobody, "oidc_client_id": CLIENT, "oidc_title": "市政务网",
    })  # fmt: skip
    services = replace(services, settings=settings)
    town = Town(services, create_flask(services), make_accounts(services))
    client = town.client()
    assert "用市政务网登录" in client.get("/login").text
    answer = client.get("/login/oidc?next=/account")
    assert answer.status_code == 503
    assert "现在没有响应" in answer.text and 'name="password"' in answer.text
    assert log_in(client, "city", OWN_PASSWORD).status_code == 303
    services.bus.close()
    services.store.close()


def test_a_provider_that_calls_itself_otherwise_is_not_believed(
    joined: Town, provider: ProviderServer
) -> None:
    settings = joined.services.settings.model_copy(
        update={"oidc_issuer": f"http://localhost:{provider.port}"}
    )
    site = create_flask(replace(joined.services, settings=settings))
    assert site.app.test_client().get("/login/oidc").status_code == 503


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"oidc_issuer": "http://id.example.org", "oidc_client_id": "x"}, "is not https"),
        ({"oidc_issuer": "https://id.example.org"}, "oidc_client_id: missing"),
        ({"second_factor_roles": "leader, king"}, "king is no role"),
    ],
)
def test_settings_that_cannot_be_stop_the_start(
    joined: Town, given: dict[str, str], message: str
) -> None:
    settings = Settings(data=joined.services.settings.data, secret_key="x", **given)  # type: ignore[arg-type]
    with pytest.raises(SettingsError, match=message):
        create_flask(replace(joined.services, settings=settings))
