"""Takes connections from a listening socket on which other processes wait too, each its share.

The kernel wakes all who wait and gives a connection to whoever asks first. One that is busy for a
moment would get none of a burst, as when all screens come back at once, and streams stay for
months. So whoever has many waits a little before it takes the next one: who has fewer comes first.
"""

import asyncio
import logging
import socket
from collections.abc import Callable

log = logging.getLogger(__name__)

LONGEST_SECONDS = 0.01
"""Who has very many waits so long, who has MANY half of it, who has none not at all."""
MANY = 40
TURNS, BATCH = 32, 16
"""Where connections still wait after so many turns nobody else is quick enough: more at a time."""
AGAIN_SECONDS = 1.0


class Acceptor:
    """Waits on a listening socket that does not block; `held` tells how many connections are had.

    `make` returns the protocol of a connection.
    """

    def __init__(
        self,
        listener: socket.socket,
        make: Callable[[], asyncio.Protocol],
        held: Callable[[], int],
    ) -> None:
        self._listener = listener
        self._make = make
        self._held = held
        self._loop = asyncio.get_running_loop()
        self._beginning = set[asyncio.Task[None]]()
        self._later: asyncio.TimerHandle | None = None
        self._is_open = True
        self._turns = 0
        listener.setblocking(False)
        self._wait()

    def close(self) -> None:
        """Take no more; what was taken goes on."""
        if self._is_open:
            self._is_open = False
            self._loop.remove_reader(self._listener)
            if self._later is not None:
                self._later.cancel()

    def _wait(self) -> None:
        self._later = None
        if self._is_open:
            self._loop.add_reader(self._listener, self._come)

    def _come(self) -> None:
        had = self._held() + len(self._beginning)
        seconds = LONGEST_SECONDS * had / (had + MANY)
        self._loop.remove_reader(self._listener)
        self._later = self._loop.call_later(seconds, self._take)

    def _take(self) -> None:
        self._turns += 1
        try:
            for _ in range(BATCH if self._turns > TURNS else 1):
                connection, _ = self._listener.accept()
                begun = self._loop.create_task(self._begin(connection))
                self._beginning.add(begun)
                begun.add_done_callback(self._beginning.discard)
        except (BlockingIOError, InterruptedError, ConnectionAbortedError):
            self._turns = 0  # another one was quicker, or the other end has gone
        except OSError as error:  # out of files, mostly: the connection waits
            log.error("no connection can be taken: %s", error)
            self._later = self._loop.call_later(AGAIN_SECONDS, self._wait)
            return
        self._wait()

    async def _begin(self, connection: socket.socket) -> None:
        connection.setblocking(False)
        try:
            await self._loop.connect_accepted_socket(self._make, connection)
        except OSError:
            connection.close()  # it has gone meanwhile
