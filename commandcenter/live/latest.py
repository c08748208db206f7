"""The latest state of one topic: the newest bytes of each part, and since when they are so."""

from collections.abc import Mapping
from dataclasses import dataclass

import orjson

from commandcenter.domain.clocks import Millis
from commandcenter.live.frames import Frame
from commandcenter.live.topics import Topic


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a topic: parts as JSON bytes, `at` as a screen is told it."""

    seq: int
    at: Millis
    state: str
    reason: str
    parts: Mapping[str, bytes]


class Latest:
    """What a worker last said about a topic; `seq` numbers the frames of one hub."""

    __slots__ = ("_at", "_parts", "_reason", "_state", "_written", "id", "idle_since", "key", "seq")

    def __init__(self, topic: Topic) -> None:
        self.id = topic.id
        self.key = topic.key
        self.seq = 0
        self.idle_since: float | None = None
        self._at: Millis = 0
        self._state = "ok"
        self._reason = ""
        self._parts: dict[str, tuple[int, bytes]] = {}
        self._written: dict[int, bytes] = {}

    def take(self, frame: Frame, seq: int) -> None:
        """Keep what a frame brings; a part whose bytes are as before counts as not changed."""
        self._at = frame.at if frame.pushed is None else frame.pushed
        self._state, self._reason = frame.state, frame.reason
        if frame.full:
            self._parts = {name: self._parts[name] for name in frame.parts if name in self._parts}
        for name, value in frame.parts.items():
            if name not in self._parts or self._parts[name][1] != value:
                self._parts[name] = (seq, value)
        self._written.clear()
        self.seq = seq

    def known(self) -> Known | None:
        """Return what was said last, None before the first word; callable from any thread."""
        if not self.seq:
            return None
        # The copy is one step of the interpreter: no frame comes in the middle of it.
        parts = {name: value for name, (_, value) in dict(self._parts).items()}
        return Known(self.seq, self._at, self._state, self._reason, parts)

    def since(self, seq: int) -> bytes | None:
        """Return `"id":{...}` with the parts newer than `seq`, or None where nothing is newer."""
        if self.seq <= seq:
            return None
        if (known := self._written.get(seq)) is None:
            known = self._written[seq] = self._write(seq)
        return known

    def _write(self, seq: int) -> bytes:
        parts = b",".join(
            orjson.dumps(name) + b":" + value
            for name, (changed, value) in self._parts.items()
            if changed > seq
        )
        return b'"%b":{"at":%d,"state":%b,"reason":%b,"parts":{%b}}' % (
            self.id.encode(),
            self._at,
            orjson.dumps(self._state),
            orjson.dumps(self._reason),
            parts,
        )
