"""Requests that are sent again with their idempotency key, since an answer was lost on the way."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from tests.web.conftest import Town
from tests.web.test_coordination import (
    ORDER,
    STREET,
    UNIT,
    WHISTLE,
    fault,
    get,
    post,
    with_officers,
)


@pytest.fixture
def url(laid_out_url: str) -> str:
    """Both kinds of database."""
    return laid_out_url


@pytest.fixture
def desk(town: Town) -> Town:
    return with_officers(town)


def test_what_is_sent_again_is_done_once_and_answered_as_before(desk: Town) -> None:
    acts = f"whistles/{post(desk, 'whistles', WHISTLE, 'street').json['id']}/acts"
    came = partial(post, desk, acts, {"act": "report_in", "unit": UNIT}, "unit")
    first, again = came(Idempotency_Key="k"), came(Idempotency_Key="k")
    assert (again.status_code, again.text) == (200, first.text)
    assert fault(came()) == (409, "illegal_move")


def test_the_same_key_for_something_else_is_refused(desk: Town) -> None:
    issue = partial(post, desk, "directives", Idempotency_Key="k")
    assert issue(ORDER).status_code == 200
    assert fault(issue(ORDER | {"title": "改为一小时"})) == (422, "invalid")
    assert fault(post(desk, "whistles", WHISTLE, Idempotency_Key="k")) == (422, "invalid")
    assert fault(post(desk, "whistles", WHISTLE, Idempotency_Key="k" * 81)) == (422, "invalid")
    assert post(desk, "whistles", WHISTLE, "street", Idempotency_Key="k").status_code == 200


def test_a_refusal_leaves_the_key_free(desk: Town) -> None:
    nowhere = post(desk, "whistles", WHISTLE | {"cell": "990109"}, Idempotency_Key="k")
    assert nowhere.status_code == 404
    assert post(desk, "whistles", WHISTLE, Idempotency_Key="k").status_code == 200


def test_who_asks_the_same_at_the_same_time_gets_the_one_answer(desk: Town) -> None:
    body = WHISTLE | {"cell": STREET}
    with ThreadPoolExecutor(4) as several:
        asked = [several.submit(post, desk, "whistles", body, Idempotency_Key="k") for _ in "1234"]
        answers = {each.result().text for each in asked}
    assert len(answers) == 1
    assert len(get(desk, "whistles")["whistles"]) == 1
