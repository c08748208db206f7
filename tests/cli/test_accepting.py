"""Processes that wait on one socket take their share of a burst."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator

import pytest

from commandcenter.cli.accepting import Acceptor

PATIENCE_SECONDS = 30


class Kept(asyncio.Protocol):
    """A connection that somebody has."""

    def __init__(self, by: list[Kept]) -> None:
        self._by = by

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._by.append(self)


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0), backlog=128) as made:
        yield made


@pytest.fixture
def other(listener: socket.socket) -> Iterator[socket.socket]:
    """The same socket, as another process has it."""
    with listener.dup() as made:
        yield made


async def connected(listener: socket.socket, number: int) -> list[asyncio.StreamWriter]:
    """Connect so many times at once."""
    host, port = listener.getsockname()
    made = await asyncio.gather(*(asyncio.open_connection(host, port) for _ in range(number)))
    return [writer for _, writer in made]


async def held(several: list[list[Kept]], number: int) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while sum(map(len, several)) < number:
            await asyncio.sleep(0.001)


def test_who_has_fewer_takes_more_of_a_burst(
    listener: socket.socket, other: socket.socket
) -> None:
    async def burst() -> tuple[int, int]:
        few, many = list[Kept](), list[Kept]()
        acceptors = [
            Acceptor(other, lambda: Kept(many), lambda: 500 + len(many)),
            Acceptor(listener, lambda: Kept(few), few.__len__),
        ]
        writers = await connected(listener, 40)
        await held([few, many], 40)
        for acceptor in acceptors:
            acceptor.close()
        for writer in writers:
            writer.close()
        return len(few), len(many)

    few, many = asyncio.run(burst())
    assert few + many == 40
    assert few > many


def test_who_is_alone_takes_all_however_many_it_has(listener: socket.socket) -> None:
    async def burst() -> int:
        mine = list[Kept]()
        acceptor = Acceptor(listener, lambda: Kept(mine), lambda: 2000 + len(mine))
        writers = await connected(listener, 100)
        await held([mine], 100)
        acceptor.close()
        for writer in writers:
            writer.close()
        return len(mine)

    assert asyncio.run(burst()) == 100


def test_who_has_closed_takes_no_more(listener: socket.socket, other: socket.socket) -> None:
    async def after() -> tuple[int, int]:
        gone, here = list[Kept](), list[Kept]()
        closed = Acceptor(other, lambda: Kept(gone), gone.__len__)
        closed.close()
        closed.close()
        there = Acceptor(listener, lambda: Kept(here), lambda: 500)
        writers = await connected(listener, 10)
        await held([here], 10)
        there.close()
        for writer in writers:
            writer.close()
        return len(gone), len(here)

    assert asyncio.run(after()) == (0, 10)
