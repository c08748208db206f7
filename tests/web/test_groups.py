"""Commands that come at once: one thread, one transaction, and to each its own answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from threading import Event
from typing import Any

import orjson
import pytest

from commandcenter.cases import accounts
from commandcenter.cases.accounts import Grant, KeyKind
from commandcenter.domain.roles import Role
from commandcenter.domain.viewers import Clearance
from commandcenter.web.commander import Job
from commandcenter.web.commands import is_command
from commandcenter.web.groups import Groups
from tests.web.conftest import CITY, EAST, Town, now

STREET, UNIT = f"{EAST}001", f"{EAST}-cg"
NOTE = {"command": "note", "note": "到场"}


@pytest.fixture
def officer(town: Town) -> str:
    """The key of a duty officer of the city."""
    grant = Grant("officer", CITY, Clearance.STAFF, role=Role.DUTY_OFFICER)
    with town.services.store.write() as connection:
        tree = town.services.tree
        return accounts.add_key(connection, tree, KeyKind.OPERATOR, grant, now())


class Carrying:
    """Carries commands out as the site does; the first group waits until all others have come."""

    def __init__(self, town: Town) -> None:
        self.have_come = Event()
        self.sizes: list[int] = []
        self._serve = town.services.commander.serve

    def __call__(self, jobs: Sequence[Job]) -> None:
        self.have_come.wait(60)
        self.sizes.append(len(jobs))
        self._serve(jobs)


def asked(case_id: int, key: str, body: dict[str, Any], number: str = "") -> tuple[Any, bytes]:
    """A command as the ASGI server hands it over, and its body."""
    sent = orjson.dumps(body)
    path = f"/api/v1/cases/{case_id}/commands"
    headers = [
        (b"host", b"localhost"),
        (b"content-type", b"application/json"),
        (b"content-length", b"%d" % len(sent)),
        (b"authorization", f"Bearer {key}".encode()),
        (b"x-request-id", (number or f"request-{case_id}").encode()),
    ]
    scope = {
        "type": "http", "http_version": "1.1", "method": "POST", "scheme": "http", "path": path,
        "query_string": b"", "headers": headers, "server": ("localhost", 80),
        "client": ("127.0.0.1", 50_000),
    }  # fmt: skip
    return scope, sent


async def answered(groups: Groups, scope: Any, body: bytes) -> tuple[int, str, Any]:
    """Status, request id and document of an answer."""
    said: list[Any] = []

    async def send(event: Any) -> None:
        said.append(event)

    await groups.answer(scope, body, send)
    head, rest = said
    return head["status"], dict(head["headers"])[b"x-request-id"].decode(), orjson.loads(
        rest["body"]
    )


def at_once(
    town: Town, requests: Sequence[tuple[Any, bytes]], carry: Callable[[Sequence[Job]], None]
) -> list[tuple[int, str, Any]]:
    """Hand all requests over before the first one is carried out; return their answers."""

    async def run() -> list[tuple[int, str, Any]]:
        groups = Groups(town.site.app, carry)
        tasks = [asyncio.create_task(answered(groups, *each)) for each in requests]
        await asyncio.sleep(0)  # each of them now waits for its answer
        if isinstance(carry, Carrying):
            carry.have_come.set()
        try:
            return await asyncio.gather(*tasks)
        finally:
            groups.close()

    return asyncio.run(run())


def test_only_commands_on_cases_are_answered_in_groups() -> None:
    assert is_command("POST", "/api/v1/cases/17/commands")
    assert is_command("POST", "/api/v1/cases/17") is False
    assert is_command("GET", "/api/v1/cases/17/commands") is False
    assert is_command("POST", "/api/v1/cases/17/commands/18") is False


def test_commands_that_come_at_once_are_carried_out_together(town: Town, officer: str) -> None:
    ids = [town.report(STREET, str(number), matter="E0201") for number in range(6)]
    carry = Carrying(town)
    answers = at_once(town, [asked(each, officer, NOTE) for each in ids], carry)
    assert [status for status, _, _ in answers] == [200] * 6
    assert [number for _, number, _ in answers] == [f"request-{each}" for each in ids]
    assert [body["case"]["id"] for _, _, body in answers] == ids
    # The first one found nobody else there, at the earliest.
    assert sum(carry.sizes) == 6 and len(carry.sizes) <= 2


def test_who_is_refused_in_a_group_is_refused_alone(town: Town, officer: str) -> None:
    ids = [town.report(STREET, str(number), matter="E0201") for number in range(5)]
    requests = [
        asked(ids[0], officer, NOTE),
        asked(ids[1], "nobody's", NOTE),
        asked(ids[2], officer, {"command": "close"}),
        asked(ids[3], officer, {"command": "nothing"}),
        asked(ids[4], town.keys["wall"], NOTE),
        asked(ids[0], officer, {**NOTE, "version": 1}, "second-of-two"),
    ]
    answers = at_once(town, requests, Carrying(town))
    assert [status for status, _, _ in answers] == [200, 401, 409, 422, 403, 409]
    assert [body["error"]["request_id"] for _, _, body in answers[1:]] == [
        number for _, number, _ in answers[1:]
    ]


def test_a_key_that_is_withdrawn_gives_no_command_any_more(town: Town, officer: str) -> None:
    case_id = town.report(STREET, "1", matter="E0201")
    serve = town.services.commander.serve
    ((before, _, _),) = at_once(town, [asked(case_id, officer, NOTE)], serve)
    with town.services.store.write() as connection:
        accounts.revoke_keys(connection, "officer", now())
    ((after, _, _),) = at_once(town, [asked(case_id, officer, NOTE)], serve)
    assert (before, after) == (200, 401)


def test_a_group_that_fails_is_told_and_the_next_one_is_answered(town: Town, officer: str) -> None:
    case_id = town.report(STREET, "1", matter="E0201")

    def fail(_jobs: Sequence[Job]) -> None:
        raise RuntimeError("a fault of the commander")

    request = asked(case_id, officer, NOTE)
    failed = at_once(town, [request, request], fail)
    assert [status for status, _, _ in failed] == [500, 500]
    ((status, _, body),) = at_once(town, [request], town.services.commander.serve)
    assert status == 200 and body["case"]["version"] == 2
