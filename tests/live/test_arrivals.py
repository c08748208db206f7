"""Those who come for a stream at once: equal ones share a check that began after each of them."""

import asyncio
from collections.abc import Coroutine, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Event, Lock
from typing import Any

import pytest

from commandcenter.errors import CommandCenterError, NotFound
from commandcenter.live.arrivals import THREADS, Arrivals
from commandcenter.live.grants import StreamGrant

WALL = {"layout": "city"}
PATIENCE_SECONDS = 30.0


@dataclass
class Guard:
    """Checks one after the other when it is let, and remembers whom."""

    open: Event = field(default_factory=Event)
    known: set[str] = field(default_factory=lambda: {"a", "b", "c", "d", "e"})
    begun: list[tuple[str, Mapping[str, str]]] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)

    def check(self, headers: Mapping[str, str], query: Mapping[str, str]) -> StreamGrant | None:
        with self.lock:
            self.begun.append((headers["cookie"], query))
        assert self.open.wait(PATIENCE_SECONDS)
        if "layout" not in query:
            raise NotFound("no such stream")
        cookie = headers["cookie"]
        return StreamGrant((), holder=cookie) if cookie in self.known else None


@pytest.fixture
def guard() -> Guard:
    return Guard()


@pytest.fixture
def arrivals(guard: Guard) -> Iterator[Arrivals]:
    made = Arrivals(guard.check)
    yield made
    guard.open.set()
    made.close()


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(work, PATIENCE_SECONDS))


async def begun(guard: Guard, number: int) -> None:
    while len(guard.begun) < number:
        await asyncio.sleep(0.001)


def asking(arrivals: Arrivals, cookie: str, **query: str) -> "asyncio.Task[StreamGrant | None]":
    return asyncio.create_task(arrivals.granted(cookie, WALL | query))


async def all_threads_busy(arrivals: Arrivals, guard: Guard) -> list[Any]:
    """Have each thread begin with somebody else, so that whoever comes now waits."""
    busy = [asking(arrivals, name) for name in "abcd"]
    await begun(guard, THREADS)
    return busy


def test_who_comes_while_an_equal_one_waits_shares_its_check(
    arrivals: Arrivals, guard: Guard
) -> None:
    async def come() -> None:
        busy = await all_threads_busy(arrivals, guard)
        many = [asking(arrivals, "e", last_event_id=f"x-{number}") for number in range(100)]
        other = asking(arrivals, "e", cell="990105")
        stranger = asking(arrivals, "f")
        await asyncio.sleep(0)
        guard.open.set()
        found = await asyncio.gather(*busy, *many, other, stranger)
        holders = [grant and grant.holder for grant in found]
        assert holders == [*"abcd", *["e"] * 101, None]
        assert sorted(guard.begun[THREADS:], key=str) == [
            ("e", {"cell": "990105"} | WALL), ("e", WALL), ("f", WALL),
        ]  # fmt: skip

    run(come())


def test_who_comes_after_a_check_has_begun_is_checked_anew(
    arrivals: Arrivals, guard: Guard
) -> None:
    """What it finds may have been so before he came: his session may have ended since."""

    async def come() -> None:
        first = asking(arrivals, "e")
        await begun(guard, 1)
        guard.known.clear()
        second = asking(arrivals, "e")
        await begun(guard, 2)
        guard.open.set()
        assert (await first, await second) == (None, None)
        guard.known.add("e")
        assert (await asking(arrivals, "e")) is not None
        guard.known.clear()
        assert (await asking(arrivals, "e")) is None, "no answer is kept"
        assert len(guard.begun) == 4

    run(come())


def test_who_leaves_takes_the_answer_from_nobody_and_a_refusal_is_for_all(
    arrivals: Arrivals, guard: Guard
) -> None:
    async def come() -> None:
        busy = await all_threads_busy(arrivals, guard)
        leaving, staying = asking(arrivals, "e"), asking(arrivals, "e")
        lost = [asyncio.create_task(arrivals.granted("e", {"cell": "0"})) for _ in range(3)]
        await asyncio.sleep(0)
        leaving.cancel()
        guard.open.set()
        with suppress(asyncio.CancelledError):
            await leaving
        grant = await staying
        assert grant is not None and grant.holder == "e"
        refused = await asyncio.gather(*lost, return_exceptions=True)
        assert all(isinstance(each, CommandCenterError) for each in refused)
        assert [asked for _, asked in guard.begun if "layout" not in asked] == [{"cell": "0"}]
        await asyncio.gather(*busy)

    run(come())
