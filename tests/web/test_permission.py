"""Every door declares what it needs: all of them are walked, and what is undeclared is refused."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from typing import Any

import pytest
from dash import Dash
from flask.typing import ResponseReturnValue
from werkzeug.routing import Rule

from commandcenter.cases import accounts
from commandcenter.cases.accounts import Grant, KeyKind
from commandcenter.domain.rights import RIGHTS, WITHOUT_ROLE, Right, rights_of
from commandcenter.domain.roles import Role
from commandcenter.domain.viewers import Clearance, Viewer
from commandcenter.errors import NotFound, SettingsError
from commandcenter.web.dash_app import UPDATE
from commandcenter.web.doors import Rates
from commandcenter.web.errors import Refusal
from commandcenter.web.flask_app import create_flask
from commandcenter.web.permission import (
    FOREIGN,
    Permission,
    declared,
    needed,
    needs,
    open_to_all,
    required,
)
from commandcenter.web.streams import Streams
from tests.web.conftest import CITY, SAME, WIDE, Town, make_accounts, make_services, now

SAFE_ROLES = (Role.LEADER, Role.GRID_WORKER, Role.OPERATOR, Role.AUDITOR)
FILES = (".pdf", ".svg", ".csv", ".xlsx", ".zip")
"""How the addresses of what somebody takes along end."""
SHOWN = ("/wall/<key>/code.svg",)
"""What only a page shows, of what it shows anyway."""


@dataclass(frozen=True)
class Built:
    """A site with the parts of it that only tests look into."""

    town: Town
    dash: Dash
    streams: Streams


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    """One site for the whole module; nothing is changed in it."""
    folder = tmp_path_factory.mktemp("doors")
    services = make_services(folder, f"sqlite:///{folder / 'commandcenter.db'}")
    site = create_flask(services)
    pages: Any = site.app.view_functions[UPDATE]
    streams: Any = site.authorise
    town = Town(services, site, make_accounts(services) | role_keys(services))
    yield Built(town, pages.__self__.dash, streams.__self__)
    services.bus.close()
    services.store.close()


def role_keys(services: Any) -> dict[str, str]:
    """Keys of programs that act as somebody of a role."""
    with services.store.write() as connection:
        return {
            role.value: accounts.add_key(
                connection, services.tree, KeyKind.OPERATOR,
                Grant(role.value, CITY, Clearance.STAFF, role=role), now(),
            )
            for role in SAFE_ROLES
        }  # fmt: skip


def doors(built: Built) -> list[tuple[Rule, Permission | None]]:
    """All routes with what they declare."""
    app = built.town.site.app
    return [
        (rule, FOREIGN.get(rule.endpoint) or declared(app.view_functions[rule.endpoint]))
        for rule in app.url_map.iter_rules()
    ]


def address(rule: Rule) -> str:
    """Some address of a route."""
    values = dict.fromkeys(rule.arguments, 1)
    built = rule.build(values, append_unknown=False)
    assert built is not None
    return built[1]


def test_every_view_declares_what_it_needs_or_why_it_is_open(built: Built) -> None:
    assert [rule.rule for rule, permission in doors(built) if permission is None] == []


def test_every_callback_declares_what_it_needs(built: Built) -> None:
    entries = built.dash.callback_map.items()
    found = {key: entry["callback"] for key, entry in entries if "callback" in entry}
    assert len(found) > 10
    open_ones = [key for key, callback in found.items() if not (declared(callback) or NONE).rights]
    assert open_ones == []


NONE = Permission()


def test_every_kind_of_stream_declares_what_it_needs(built: Built) -> None:
    kinds = built.streams.kinds
    assert {"layout", "cell", "case", "desk"} <= kinds.keys()
    assert [kind for kind, topics in kinds.items() if not (declared(topics) or NONE).rights] == []


def test_what_somebody_takes_along_needs_a_right_beyond_looking(built: Built) -> None:
    for rule, permission in doors(built):
        if rule.rule.endswith(FILES) and rule.rule not in SHOWN and permission is not None:
            assert not set(permission.rights) & {Right.LOOK, Right.SEARCH}, rule


def test_every_rate_that_a_door_names_can_be_set(built: Built) -> None:
    known = {field.name for field in fields(Rates)} | {""}
    named = {permission.rate for _, permission in doors(built) if permission}
    assert named <= known


def test_only_what_says_why_opens_to_who_is_not_logged_in(built: Built) -> None:
    client = built.town.client()
    for rule, permission in doors(built):
        if permission is None or permission.is_open or "GET" not in (rule.methods or ()):
            continue
        status = client.get(address(rule)).status_code
        assert status in (303, 401), f"{rule.rule} answers {status} to nobody"


@pytest.mark.parametrize("name", ["wall", "source", *(role.value for role in SAFE_ROLES)])
def test_whoever_lacks_the_right_is_refused_at_every_door(built: Built, name: str) -> None:
    mine = WITHOUT_ROLE[name] if name in WITHOUT_ROLE else rights_of(Role(name))
    client, key = built.town.client(), built.town.bearer(name)
    refused = 0
    for rule, permission in doors(built):
        if permission is None or permission.is_open or not rule.rule.startswith("/api/"):
            continue
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            status = client.open(address(rule), method=method, json={}, headers=key).status_code
            lacks = not mine & set(permission.rights)
            assert (status == 403) == lacks, f"{name}: {method} {rule.rule} answers {status}"
            refused += lacks
    assert refused


def some() -> ResponseReturnValue:
    """A view."""
    return "secret"


def added(town: Town, view: Any, path: str = "/fresh") -> Town:
    """The same town with a view more."""
    site = create_flask(town.services)
    site.app.add_url_rule(path, "fresh", view)
    return Town(town.services, site, town.keys)


@pytest.mark.parametrize("path", ["/fresh", "/api/v1/fresh"])
def test_a_view_that_declares_nothing_is_refused(town: Town, path: str) -> None:
    fresh = added(town, some, path)
    for answer in (
        fresh.logged_in("city").get(path),
        fresh.client().get(path, headers=fresh.bearer("source")),
    ):
        assert answer.status_code in (303, 403) and "secret" not in answer.text


def test_an_open_door_counts_by_address_and_any_other_by_caller(town: Town) -> None:
    rates = replace(WIDE, public_reports="2 per hour")
    narrow = Town(replace(town.services, rates=rates), town.site, town.keys)
    door = open_to_all("for the test", rate="public_reports")(lambda: "in")
    client = added(narrow, door).client()
    assert [client.get("/fresh").status_code for _ in range(3)] == [200, 200, 429]
    closed = needs(Right.LOOK, rate="public_reports")(lambda: "in")
    fresh = added(narrow, closed)
    for name in ("city", "east"):
        visitor = fresh.logged_in(name)
        assert [visitor.get("/fresh").status_code for _ in range(3)] == [200, 200, 429]


def test_searches_are_held_to_a_rate_of_their_own_as_page_and_as_callback(town: Town) -> None:
    services = replace(town.services, rates=replace(WIDE, searches="3 per hour"))
    visitor = Town(services, create_flask(services), town.keys).logged_in("city")
    assert [visitor.get("/search?q=x").status_code for _ in range(2)] == [200, 200]
    headers = SAME | {"X-CSRFToken": visitor.get_cookie("_csrf_token").value}
    url = [("pathname", "/search"), ("search", "?q=x")]
    body = {
        "output": "page.children", "changedPropIds": ["url.search"],
        "outputs": {"id": "page", "property": "children"},
        "inputs": [{"id": "url", "property": name, "value": value} for name, value in url],
    }  # fmt: skip
    asked = [visitor.post(UPDATE, json=body, headers=headers).status_code for _ in range(2)]
    assert asked == [200, 429]
    assert visitor.get("/search?q=x").status_code == 429
    assert visitor.get(f"/cell/{CITY}").status_code == 200


def test_a_page_does_not_exist_for_who_lacks_the_right_and_an_act_says_who_may(
    town: Town,
) -> None:
    site = create_flask(town.services)
    site.app.add_url_rule("/read", "read", needs(Right.AUDIT)(lambda: "log"))
    site.app.add_url_rule("/api/v1/act", "act", needs(Right.AUDIT)(lambda: "done"))
    visitor = Town(town.services, site, town.keys).logged_in("city")
    missing = visitor.get("/no/such/page")
    assert visitor.get("/read").status_code == missing.status_code == 404
    assert visitor.get("/read").text == missing.text
    refused = visitor.get("/api/v1/act")
    assert refused.status_code == 403
    assert refused.json["error"]["message"] == "needs the role auditor"


def test_a_callback_or_stream_without_a_declaration_is_refused() -> None:
    with pytest.raises(Refusal):
        required(some)
    assert required(needs(Right.DESK)(lambda: None)).rights == (Right.DESK,)


def test_a_declaration_must_say_something() -> None:
    with pytest.raises(ValueError, match="name a right"):
        needs()
    with pytest.raises(ValueError, match="say why"):
        open_to_all("")


def test_a_permission_goes_by_rights_and_block() -> None:
    looker = Viewer("x", CITY, 0, 9, Clearance.STAFF, given=frozenset())
    Permission((Right.LOOK,)).require(looker)
    with pytest.raises(NotFound):
        Permission((Right.DESK,)).require(looker)
    assert needed((Right.PUSH,)) == "needs a key of the kind plugin"
    for right in RIGHTS:
        assert needed((right,)).startswith("needs ")


def test_rates_are_set_by_the_name_of_the_door() -> None:
    assert Rates.of({"unmasks": "3 per day"}).unmasks == "3 per day"
    with pytest.raises(SettingsError, match="unmask is none; there are logins"):
        Rates.of({"unmask": "3 per day"})
    with pytest.raises(SettingsError, match="write it as `20 per minute`"):
        Rates.of({"unmasks": "often"})
