"""What comes from Redis: streams, each read from the last message seen."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from time import monotonic
from typing import Any

from commandcenter.live.redis_server import AWAY, Line, RedisServer, key_of

LINE_SECONDS = 2.0
CHECK_SECONDS = 5.0
COUNT = 200
"""Messages read at once from a stream."""
PUBLISHERS = 4096
"""Publishers of a channel whose numbers are remembered."""
START = b"0-0"

Message = tuple[str, bytes]
Entries = Sequence[tuple[bytes, Sequence[bytes]]]


class Inbox:
    """Reads channels in one thread; a connection that breaks and is made again loses nothing.

    `lost` counts the occasions on which something may be missing all the same: numbers of a
    publisher that are missing, a stream that no longer has what was read last (trimmed beyond it,
    or data lost), and another server than before, which may not have had the last messages.
    """

    def __init__(self, server: RedisServer, replies: str, length: int) -> None:
        self.lost = 0
        self._server = server
        self._replies = replies
        self._length = length
        # Nobody can have written there before: it needs no look at where its end is.
        self._positions: dict[str, bytes] = {replies: START}
        self._seen: dict[tuple[str, bytes], int] = {}
        self._line: Line | None = None
        self._run = ""
        self._check_due = 0.0

    def listen(self, channels: Sequence[str]) -> None:
        """Have channels read from their present end on; from any thread. Raises one of AWAY."""
        line = self._server.connect(LINE_SECONDS)
        try:
            newest = line.ask([_newest(channel, b"+") for channel in channels])
        finally:
            line.close()
        for channel, entries in zip(channels, newest, strict=True):
            self._positions.setdefault(channel, entries[0][0] if entries else START)

    def unlisten(self, channels: Iterable[str]) -> None:
        """Read these channels no more; from any thread."""
        for channel in channels:
            self._positions.pop(channel, None)

    def read(self, seconds: float) -> list[Message]:
        """Return what has come in; wait at most `seconds`. Raises one of AWAY."""
        try:
            return self._read(self._line or self._connect(), seconds)
        except AWAY:
            self.close()
            raise

    def close(self) -> None:
        """Hang up; the next read connects again."""
        if self._line is not None:
            self._line.close()
            self._line = None

    def _connect(self) -> Line:
        line = self._line = self._server.connect(LINE_SECONDS)
        if self._run != line.server:
            self.lost += bool(self._run)
            self._run = line.server
            # Answers of the last minute may come again; nobody waits for those.
            self._positions[self._replies] = START
        self._check_due = 0.0
        return line

    def _read(self, line: Line, seconds: float) -> list[Message]:
        if monotonic() >= self._check_due:
            self._check(line)
        positions = self._positions.copy()
        count = max(1, min(COUNT, self._length // len(positions)))
        keys = {key_of(channel).encode(): channel for channel in positions}
        wait = max(1, int(seconds * 1000))  # 0 would be for ever
        streams = (*keys, *positions.values())
        [found] = line.ask([("XREAD", "COUNT", count, "BLOCK", wait, "STREAMS", *streams)])
        return [
            message
            for key, entries in found or ()
            for message in self._taken(keys[key], positions, entries)
        ]

    def _taken(
        self, channel: str, asked: Mapping[str, bytes], entries: Entries
    ) -> Iterator[Message]:
        # Not for a channel that was given up meanwhile, or was given up and asked for again.
        if self._positions.get(channel) != asked[channel]:
            return
        self._positions[channel] = entries[-1][0]
        for _, (mark, payload, *_more) in entries:
            if self._is_new(channel, mark):
                yield channel, payload

    def _is_new(self, channel: str, mark: bytes) -> bool:
        """Whether a message is not a second copy; counts what is missing before it."""
        origin, number = _split(mark)
        if not number:
            return True
        last = self._seen.pop((channel, origin), number - 1)
        self._seen[channel, origin] = max(last, number)
        if len(self._seen) > PUBLISHERS:
            del self._seen[next(iter(self._seen))]
        self.lost += number > last + 1
        return number > last

    def _check(self, line: Line) -> None:
        """Make sure that each stream still has what was read of it last."""
        positions = {
            channel: position
            for channel, position in self._positions.copy().items()
            if position != START and channel != self._replies
        }
        answers = line.ask([_newest(*item) for item in positions.items()]) if positions else ()
        for (channel, position), entries in zip(positions.items(), answers, strict=True):
            if entries and entries[0][0] == position:
                continue
            self.lost += 1
            if self._positions.get(channel) == position:
                self._positions[channel] = self._common(channel, entries)
        self._check_due = monotonic() + CHECK_SECONDS

    def _common(self, channel: str, entries: Entries) -> bytes:
        """Return from where to read a stream that no longer has what was read last.

        A replica that became master may lack the end of what was read: on from the last it has.
        Otherwise the stream is another one, whose numbers may even be lower: all of it.
        """
        for entry, (mark, *_) in entries:
            origin, number = _split(mark)
            if number <= self._seen.get((channel, origin), 0):
                return entry
        return START


def _newest(channel: str, until: bytes) -> tuple[Any, ...]:
    """The command for the newest entry of a stream, up to one."""
    return "XREVRANGE", key_of(channel), until, "-", "COUNT", 1


def _split(mark: bytes) -> tuple[bytes, int]:
    """Return a publisher and its number, 0 where it does not count."""
    origin, _, number = mark.rpartition(b"-")
    return origin, int(number) if number.isdigit() else 0
