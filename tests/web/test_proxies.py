"""Rates see the visitor's address behind proxies that are trusted, and nobody's invention."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from commandcenter.errors import SettingsError
from commandcenter.web.flask_app import create_flask
from commandcenter.web.proxies import Proxies
from tests.web.conftest import WIDE, Town

TRUSTED = Proxies.of("127.0.0.1, 10.0.0.0/24, fd00::/8")


@pytest.mark.parametrize(
    ("peer", "said", "visitor"),
    [
        ("127.0.0.1", ["203.0.113.9"], "203.0.113.9"),
        ("127.0.0.1", ["203.0.113.9, 10.0.0.7"], "203.0.113.9"),
        ("127.0.0.1", ["203.0.113.9", "10.0.0.7"], "203.0.113.9"),
        ("127.0.0.1", ["6.6.6.6, 203.0.113.9"], "203.0.113.9"),
        ("127.0.0.1", ["6.6.6.6, 203.0.113.9, 10.0.0.7"], "203.0.113.9"),
        ("203.0.113.9", ["6.6.6.6"], "203.0.113.9"),
        ("127.0.0.1", [], "127.0.0.1"),
        ("127.0.0.1", ["10.0.0.8"], "10.0.0.8"),
        ("127.0.0.1", ["203.0.113.9:4711"], "203.0.113.9"),
        ("127.0.0.1", ["[2001:db8::7]:4711"], "2001:db8::7"),
        ("::ffff:127.0.0.1", ["2001:db8::7"], "2001:db8::7"),
        ("fd00::1", ["2001:DB8::7"], "2001:db8::7"),
        ("127.0.0.1", ["6.6.6.6, unknown, 10.0.0.7"], "10.0.0.7"),
        ("127.0.0.1", ["<script>"], "127.0.0.1"),
        ("", ["203.0.113.9"], ""),
    ],
)
def test_the_visitor_is_the_last_hop_that_is_no_trusted_proxy(
    peer: str, said: list[str], visitor: str
) -> None:
    assert TRUSTED.visitor(peer, said) == visitor


def test_nobody_is_trusted_unless_named() -> None:
    assert Proxies.of("").visitor("127.0.0.1", ["203.0.113.9"]) == "127.0.0.1"


@pytest.mark.parametrize("setting", ["nginx", "10.0.0.1/24", "10.0.0.0/33", "10.0.0.7:80"])
def test_what_is_no_address_is_refused_by_name(setting: str) -> None:
    with pytest.raises(SettingsError, match="trusted_proxies"):
        Proxies.of(setting)


Caller = Callable[[str], int]


def caller(town: Town, trusted: str) -> Caller:
    """Ask with a wrong key in the name of an address; return the status."""
    settings = town.services.settings.model_copy(update={"trusted_proxies": trusted})
    rates = replace(WIDE, addresses="2 per minute")
    site = create_flask(replace(town.services, settings=settings, rates=rates))
    client = site.app.test_client()

    def call(address: str) -> int:
        headers = {"Authorization": "Bearer wrong", "X-Forwarded-For": address}
        return client.get("/api/v1/cases", headers=headers).status_code

    return call


def test_behind_a_trusted_proxy_one_visitor_s_tries_cost_no_other(town: Town) -> None:
    call = caller(town, "127.0.0.1")
    assert [call("203.0.113.9") for _ in range(3)] == [401, 401, 429]
    assert call("203.0.113.10") == 401


def test_without_one_another_address_cannot_be_claimed(town: Town) -> None:
    call = caller(town, "")
    assert [call(f"203.0.113.{n}") for n in range(3)] == [401, 401, 429]
