"""What all viewers on a WebSocket share: the connection, its tasks, and how it ends."""

import asyncio
from abc import ABC, abstractmethod
from contextlib import suppress

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from bench.sightings import Sightings


class ConnectedScreen(ABC):
    """One page with a WebSocket to the server at `address`; `came` is when it first had values."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.sightings = Sightings()
        self.came = 0.0
        self._address = f"{address[0]}:{address[1]}"
        self._connection: ClientConnection | None = None
        self._tasks: list[asyncio.Task[None]] = []

    @abstractmethod
    async def open(self) -> None:
        """Connect and ask for what is to be shown."""

    @abstractmethod
    def _take(self, message: str | bytes) -> None:
        """Take what the server sent."""

    def close(self) -> None:
        """Hang up."""
        for task in self._tasks:
            task.cancel()
        if self._connection is not None:
            self._connection.transport.abort()

    async def _read(self) -> None:
        assert self._connection is not None
        with suppress(ConnectionClosed):
            async for message in self._connection:
                self._take(message)
        self.came = 0.0
