"""Rates hold for all web processes together where there is a Redis, and for each one without."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from time import monotonic, sleep

import pytest
import redis

from commandcenter.web.errors import Refusal
from commandcenter.web.flask_app import create_flask
from commandcenter.web.rates import Limiter
from commandcenter.web.services import Rates
from tests.services.redis_server import RedisNode, Watched
from tests.waiting import until
from tests.web.conftest import PASSWORD, WIDE, Town, log_in

pytestmark = pytest.mark.redis

THRICE = "3 per minute"


def two_processes(town: Town, rates: Rates, redis_url: str) -> tuple[Town, Town]:
    """Two sites on one store and one Redis, as two web processes are."""
    settings = town.services.settings.model_copy(update={"redis_url": redis_url})
    services = replace(town.services, rates=rates, settings=settings)
    first, second = (Town(services, create_flask(services), town.keys) for _ in range(2))
    return first, second


def is_allowed(limiter: Limiter, who: str = "somebody", rate: str = THRICE) -> bool:
    """Count a call of somebody."""
    try:
        limiter.count(rate, who)
    except Refusal:
        return False
    return True


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Look often whether Redis is back."""
    monkeypatch.setattr("commandcenter.web.rates.PAUSE_SECONDS", 0.2)
    return


def test_two_web_processes_slow_down_guessing_together(town: Town, redis_url: str) -> None:
    rates = replace(WIDE, logins=THRICE)
    first, second = two_processes(town, rates, redis_url)
    for site in (first, second, first):
        assert log_in(site.client(), "city", "wrong password").status_code == 401
    for site in (first, second):
        refused = log_in(site.client(), "city", PASSWORD)
        assert refused.status_code == 429
        assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert log_in(second.client(), "east", PASSWORD).status_code == 303


def test_a_clock_that_was_put_back_does_not_keep_callers_out(redis_url: str) -> None:
    limiter = Limiter(redis_url)
    assert [is_allowed(limiter) for _ in range(4)] == [True, True, True, False]
    with redis.Redis.from_url(redis_url) as client:
        (key,) = client.keys("*rates*")
        client.expire(key, 660)  # what a window of a minute becomes by a step of ten
    assert [is_allowed(limiter) for _ in range(5)] == [True, True, True, True, False]


def test_a_good_login_is_forgotten_by_both_web_processes(town: Town, redis_url: str) -> None:
    first, second = two_processes(town, replace(WIDE, logins=THRICE), redis_url)
    for site in (first, second):
        assert log_in(site.client(), "city", "wrong password").status_code == 401
    assert log_in(first.client(), "city", PASSWORD).status_code == 303
    for site in (first, second, second):
        assert log_in(site.client(), "city", "wrong password").status_code == 401


def test_two_web_processes_slow_down_the_trying_of_keys_together(
    town: Town, redis_url: str
) -> None:
    first, second = two_processes(town, replace(WIDE, addresses="2 per minute"), redis_url)
    codes = [site.client().get("/?key=no").status_code for site in (first, second, second, first)]
    assert codes == [303, 303, 429, 429]


def test_a_key_has_one_rate_at_two_web_processes(town: Town, redis_url: str) -> None:
    first, second = two_processes(town, replace(WIDE, queries="2 per minute"), redis_url)
    codes = [
        site.client().get("/api/v1/cases", headers=site.bearer("wall")).status_code
        for site in (first, second, second, first)
    ]
    assert codes == [200, 200, 429, 429]


@pytest.mark.usefixtures("quick")
def test_a_frozen_redis_costs_one_short_wait_and_is_found_again(redis_node: RedisNode) -> None:
    first, second = Limiter(redis_node.url), Limiter(redis_node.url)
    assert is_allowed(first)
    assert is_allowed(first)
    redis_node.freeze()
    begin = monotonic()
    assert is_allowed(first), "the third is allowed by what this process counted itself"
    assert monotonic() - begin < 3.0
    took = []
    for _ in range(100):
        begin = monotonic()
        assert not is_allowed(first)
        took.append(monotonic() - begin)
        sleep(0.01)
    # Who waits does so each time; the machine may make a few wait.
    assert sorted(took)[90] < 0.1, "nobody waits for a Redis that is known to be away"
    redis_node.thaw()
    number = 0

    def is_shared() -> bool:
        nonlocal number
        number += 1
        counted = [is_allowed(each, f"{number}", "1 per minute") for each in (first, second)]
        return counted == [True, False]

    until(is_shared, 10.0)


@pytest.mark.usefixtures("quick")
def test_a_redis_that_is_not_there_yet_is_taken_up_when_it_is(redis_node: RedisNode) -> None:
    redis_node.kill()
    first, second = Limiter(redis_node.url), Limiter(redis_node.url)
    assert [is_allowed(first) for _ in range(4)] == [True, True, True, False]
    assert is_allowed(second), "each counts by itself"
    redis_node.start()

    def is_shared() -> bool:
        first.forget("1 per minute", "other")
        counted = [is_allowed(each, "other", "1 per minute") for each in (first, second)]
        second.forget("1 per minute", "other")
        return counted == [True, False]

    until(is_shared, 10.0)
    assert not [thread for thread in threading.enumerate() if thread.name == "rates-look"]


@pytest.mark.usefixtures("quick")
def test_rates_follow_a_master_to_its_replica(redis_watched: Watched) -> None:
    first, second = Limiter(redis_watched.url), Limiter(redis_watched.url)
    redis_watched.master.kill()
    number = 0

    def is_shared() -> bool:
        nonlocal number
        number += 1
        counted = [is_allowed(each, f"{number}", "1 per minute") for each in (first, second)]
        return counted == [True, False]

    until(is_shared, 10.0)


def test_rates_live_in_a_cluster(redis_cluster: list[RedisNode]) -> None:
    limiters = [Limiter(f"redis+cluster://127.0.0.1:{node.port}") for node in redis_cluster]
    assert [is_allowed(limiter, rate="2 per minute") for limiter in limiters] == [True, True, False]
    with pytest.raises(Refusal) as refused:
        limiters[0].check("2 per minute", "somebody")
    assert 1 <= int(refused.value.headers["Retry-After"]) <= 60
