"""Screens that show the same: they share every byte that is written."""

from collections.abc import Callable, Iterable
from hashlib import sha1

from commandcenter.domain.clocks import Millis
from commandcenter.live.latest import Latest

FRESH_MILLIS = 1000
"""How old the instant in a message may be when another screen gets the same bytes."""


def event(name: str, data: bytes, number: str = "") -> bytes:
    """Return one server-sent event; `data` is JSON and so holds no line break."""
    head = f"id: {number}\nevent: {name}\ndata: " if number else f"event: {name}\ndata: "
    return b"%b%b\n\n" % (head.encode(), data)


def epoch_of(epoch: str, ids: Iterable[str]) -> str:
    """Return the epoch of a group: a position means nothing for other topics, given by their ids
    in the order of their keys.
    """
    digest = sha1(" ".join(ids).encode(), usedforsecurity=False)
    return f"{epoch}.{digest.hexdigest()[:6]}"


class Group:
    """The screens that show the same topics, and so share every byte."""

    def __init__(self, topics: tuple[Latest, ...], epoch: str) -> None:
        self.topics = topics
        self.clients: set[Client] = set()
        self.held_until = 0.0
        """Loop seconds before which a driver does not write again."""
        self.scheduled = False
        self.epoch = epoch_of(epoch, (topic.id for topic in topics))
        self.seq = max((topic.seq for topic in topics), default=0)
        self._written: dict[int, tuple[Millis, bytes]] = {}

    def advance(self, seq: int) -> None:
        """Note that one of the topics changed."""
        self.seq = seq
        self._written.clear()

    def message(self, since: int, real: Millis) -> bytes:
        """Return the event with everything newer than `since`, the same bytes to everyone."""
        made, message = self._written.get(since, (0, b""))
        if real - made > FRESH_MILLIS:
            changes = b",".join(filter(None, (topic.since(since) for topic in self.topics)))
            data = b'{"real":%d,"set":{%b}}' % (real, changes)
            message = event("props", data, f"{self.epoch}-{self.seq}")
            self._written[since] = real, message
        return message

    def position(self, last_event_id: str) -> int:
        """Return the position that a screen names, 0 where it is not from here."""
        epoch, _, number = last_event_id.rpartition("-")
        if epoch != self.epoch or not (number.isascii() and number.isdigit()):
            return 0
        return int(number) if len(number) < 20 and int(number) <= self.seq else 0


class Client:
    """One screen: how far it has seen; a driver sets what happens when there is news."""

    __slots__ = ("beat", "ended", "group", "holder", "position", "wake")

    def __init__(self, group: Group, position: int, beat: int, holder: str = "") -> None:
        self.holder = holder
        self.ended = False
        self.group = group
        self.position = position
        self.beat = beat
        self.wake: Callable[[], None] = _nothing


def _nothing() -> None:
    """Stand in until a driver says what to do."""
