"""What goes to Redis: a bounded queue, and the thread that sends it."""

import logging
import threading
from collections import deque
from time import sleep

from commandcenter.live.redis_server import AWAY, Command, Line, RedisServer, key_of

log = logging.getLogger(__name__)

LINE_SECONDS = 2.0
PAUSE_SECONDS = 0.25
UNSENT_BYTES = 32 << 20
"""What waits while Redis is away; more of it pushes out the oldest."""
STREAM_BYTES = 16 << 20
"""What a channel's stream keeps for readers that are behind."""
FEWEST_KEPT = 10
BATCH, BATCH_BYTES = 500, 1 << 20
REPLY = "reply."
REPLY_KEPT, REPLY_SECONDS = 1000, 60
UNNUMBERED = b"-"

Item = tuple[str, bytes, bytes]
"""Channel, mark, payload; the mark is `origin-number`, with numbers that count up by one."""


class Outbox:
    """Sends messages in their order from a thread of its own, again until Redis has taken them.

    `lost` counts the occasions on which messages were dropped unsent; readers see that numbers are
    missing. A batch that broke off is sent again as a whole; readers know by its marks what they
    already have.
    """

    def __init__(self, server: RedisServer, origin: str, length: int) -> None:
        self.lost = 0
        self._server = server
        self._origin = origin.encode()
        self._length = length
        self._queue: deque[Item] = deque()
        self._bytes = 0
        self._dropped = False
        self._takes = True
        self._numbers: dict[str, int] = {}
        self._kept: dict[str, Kept] = {}
        self._lock = threading.Lock()
        self._something = threading.Event()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name=f"bus-sender-{origin}", daemon=True)
        self._thread.start()

    def put(self, channel: str, payload: bytes) -> None:
        """Queue a message; never waits for Redis."""
        with self._lock:
            self._queue.append((channel, self._mark(channel), payload))
            self._bytes += len(payload)
            while len(self._queue) > self._length or self._bytes > UNSENT_BYTES:
                self._bytes -= len(self._queue.popleft()[2])
                self._dropped = True
        self._something.set()

    @property
    def unsent(self) -> int:
        """How many messages wait."""
        return len(self._queue)

    def close(self) -> None:
        """Send what is there, as far as Redis takes it, and end the thread."""
        with self._lock:
            self._closed = True
            self._something.set()
        self._thread.join()

    def _mark(self, channel: str) -> bytes:
        # An answer that is missing is asked for again: nobody needs to count them.
        if channel.startswith(REPLY):
            return UNNUMBERED
        number = self._numbers[channel] = self._numbers.get(channel, 0) + 1
        return b"%s-%d" % (self._origin, number)

    def _run(self) -> None:
        line: Line | None = None
        batch: list[Command] = []
        while batch or self._queue or not self._closed:
            batch = batch or self._batch()
            try:
                line = line or self._server.connect(LINE_SECONDS)
                line.ask(batch)
                batch = []
                self._note_taken()
            except AWAY as error:
                if line is not None:
                    line.close()
                    line = None
                if self._closed:
                    break
                if not self._takes:
                    sleep(PAUSE_SECONDS)
                self._note_refused(error)
        if line is not None:
            line.close()

    def _batch(self) -> list[Command]:
        """Wait for something and take it, as commands."""
        self._something.wait()
        batch: list[Item] = []
        size = 0
        with self._lock:
            while self._queue and len(batch) < BATCH and size < BATCH_BYTES:
                batch.append(self._queue.popleft())
                size += len(batch[-1][2])
            self._bytes -= size
            if not self._queue and not self._closed:
                self._something.clear()
        return [command for item in batch for command in self._commands(*item)]

    def _commands(self, channel: str, mark: bytes, payload: bytes) -> list[Command]:
        key = key_of(channel)
        if channel.startswith(REPLY):
            add = ("XADD", key, "MAXLEN", "~", REPLY_KEPT, "*", mark, payload)
            return [add, ("EXPIRE", key, REPLY_SECONDS)]
        kept = self._kept.setdefault(channel, Kept(self._length))
        return [("XADD", key, "MAXLEN", "~", kept.add(len(payload)), "*", mark, payload)]

    def _note_refused(self, error: BaseException) -> None:
        if self._takes:
            self._takes = False
            log.warning("the Redis server takes no messages; trying again: %s", error)

    def _note_taken(self) -> None:
        """Count what was dropped once Redis takes messages again, so that asking anew helps."""
        if not self._takes:
            self._takes = True
            log.warning("the Redis server takes messages again")
        with self._lock:
            dropped, self._dropped = self._dropped, False
        if dropped:
            self.lost += 1
            log.warning("the oldest messages were dropped, for there were too many to keep")


class Kept:
    """How many messages a channel's stream is to keep, so that it is bounded in bytes too."""

    def __init__(self, length: int) -> None:
        self._length = length
        self._sizes: deque[int] = deque()
        self._bytes = 0
        self._is_full = False

    def add(self, size: int) -> int:
        """Take in one more message of `size` bytes; return how many of the newest to keep."""
        self._sizes.append(size)
        self._bytes += size
        while self._bytes > STREAM_BYTES or len(self._sizes) > self._length:
            self._bytes -= self._sizes.popleft()
            self._is_full = True
        # Before that, other publishers' messages would be trimmed with what is known of few.
        return max(FEWEST_KEPT, len(self._sizes)) if self._is_full else self._length
