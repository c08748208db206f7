"""What every bus does alike: one thread that calls handlers by channel, and requests."""

import logging
import threading
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from itertools import count
from secrets import token_hex

from commandcenter.errors import Unavailable

log = logging.getLogger(__name__)

Handler = Callable[[str, bytes], None]
Message = tuple[str, bytes]

BACKLOG = 10_000
"""Messages kept for handlers that are slow; older ones are dropped."""
IDLE_SECONDS = 0.2


class Subscription:
    """A handler on some channels, until it is closed."""

    def __init__(self, exchange: "Exchange", channels: tuple[str, ...], handler: Handler) -> None:
        self.channels = channels
        self.handler = handler
        self._exchange = exchange

    def close(self) -> None:
        """Stop calling the handler; a second time does nothing."""
        self._exchange.forget(self)


class Exchange(ABC):
    """A bus over some transport; a handler runs in the bus's own thread and must not block.

    `lost` counts the occasions on which messages to this process may have been dropped: who
    follows states and not events asks for them anew when it grows.
    """

    def __init__(self, backlog: int = BACKLOG) -> None:
        self.id = token_hex(6)
        self.lost = 0
        self._replies = f"reply.{self.id}"
        self._subscriptions: tuple[Subscription, ...] = ()
        self._backlog: deque[Message] = deque(maxlen=backlog)
        self._changing = threading.Lock()
        self._questions: dict[bytes, _Question] = {}
        self._numbers = count(1)
        self._closed = False
        self._thread = threading.Thread(target=self._run, name=f"bus-{self.id}", daemon=True)

    @abstractmethod
    def _send(self, channel: str, payload: bytes) -> None:
        """Hand a message to the transport without waiting."""

    @abstractmethod
    def _receive(self, seconds: float) -> Iterable[Message]:
        """Return what has come in; wait at most `seconds` for a first message."""

    @abstractmethod
    def _listen(self, channels: Sequence[str]) -> None:
        """Ask the transport for channels; return when it is in force, or raise Unavailable."""

    @abstractmethod
    def _unlisten(self, channels: Sequence[str]) -> None:
        """Tell the transport that nobody needs these channels any more."""

    @abstractmethod
    def _end(self) -> None:
        """Give back what the transport holds; called in the bus's thread, as the last thing."""

    def publish(self, channel: str, payload: bytes) -> None:
        """Send to whoever listens now; callable from any thread, never blocks."""
        if not self._closed:
            self._send(channel, payload)

    def subscribe(self, channels: Sequence[str], handler: Handler) -> Subscription:
        """Have `handler(channel, payload)` called for each message from now on.

        Raises Unavailable when the bus does not answer.
        """
        subscription = Subscription(self, tuple(channels), handler)
        with self._changing:
            self._subscriptions += (subscription,)
            try:
                self._listen(subscription.channels)
            except Unavailable:
                self._subscriptions = self._without(subscription)
                raise
        return subscription

    def forget(self, subscription: Subscription) -> None:
        """End a subscription."""
        with self._changing:
            if self._closed or subscription not in self._subscriptions:
                return
            self._subscriptions = self._without(subscription)
            used = {channel for other in self._subscriptions for channel in other.channels}
            self._unlisten([name for name in subscription.channels if name not in used])

    @property
    def backlog(self) -> int:
        """How many messages have come and wait for their handlers."""
        return len(self._backlog)

    @property
    def unsent(self) -> int:
        """How many messages wait to be sent, as far as this process knows."""
        return 0

    def answers(self, timeout: float = 1.0) -> bool:
        """Tell whether a message that is sent comes back within `timeout` seconds."""
        question, number = _Question(), str(next(self._numbers)).encode()
        self._questions[number] = question
        try:
            self.publish(self._replies, number + b"\n")
            return question.answered.wait(timeout)
        finally:
            del self._questions[number]

    def request(self, channel: str, body: bytes, timeout: float = 1.0) -> bytes:
        """Ask whoever answers on a channel and return the first answer.

        Raises Unavailable after `timeout` seconds. Not for use in a handler, whose thread is the
        one that would bring the answer.
        """
        if threading.current_thread() is self._thread:
            raise RuntimeError("a handler cannot wait for an answer: ask from another thread")
        question = _Question()
        number = str(next(self._numbers)).encode()
        self._questions[number] = question
        try:
            self.publish(channel, b"\n".join([self._replies.encode(), number, body]))
            if not question.answered.wait(timeout):
                raise Unavailable(f"no answer on {channel} within {timeout:g} s: is a worker up?")
        finally:
            del self._questions[number]
        return question.answer

    def answer(self, channel: str, handler: Callable[[bytes], bytes | None]) -> Subscription:
        """Answer the requests on a channel.

        A handler that returns None or raises leaves its request to others.
        """

        def reply(_: str, payload: bytes) -> None:
            replies, number, body = payload.split(b"\n", 2)
            if (found := handler(body)) is not None:
                self.publish(replies.decode(), number + b"\n" + found)

        return self.subscribe((channel,), reply)

    def close(self) -> None:
        """Stop the thread and give back what the bus holds."""
        self._closed = True
        if self._thread.is_alive() and threading.current_thread() is not self._thread:
            self._thread.join()

    def _begin(self) -> None:
        self._thread.start()
        try:
            self.subscribe((self._replies,), self._take_answer)
        except Unavailable:
            self.close()
            raise

    def _take_answer(self, _: str, payload: bytes) -> None:
        number, _separator, body = payload.partition(b"\n")
        question = self._questions.get(number)
        if question is not None:
            question.answer = body
            question.answered.set()

    def _without(self, subscription: Subscription) -> tuple[Subscription, ...]:
        return tuple(other for other in self._subscriptions if other is not subscription)

    def _run(self) -> None:
        """Call the handlers, taking in between what has come, so that old messages are dropped."""
        try:
            while not self._closed:
                self._take_in(0.0 if self._backlog else IDLE_SECONDS)
                if self._backlog:
                    self._hand_out(*self._backlog.popleft())
        finally:
            self._end()

    def _take_in(self, seconds: float) -> None:
        for message in self._receive(seconds):
            if len(self._backlog) == self._backlog.maxlen:
                self.lost += 1
            self._backlog.append(message)

    def _hand_out(self, channel: str, payload: bytes) -> None:
        for subscription in self._subscriptions:
            if channel in subscription.channels:
                # One handler's mistake must not silence the bus for everybody else.
                try:
                    subscription.handler(channel, payload)
                except Exception:
                    log.exception("a handler of %s failed", channel)


class _Question:
    """A request that waits for its answer."""

    def __init__(self) -> None:
        self.answered = threading.Event()
        self.answer = b""


class MemoryBus(Exchange):
    """A bus inside one process."""

    def __init__(self, backlog: int = BACKLOG) -> None:
        super().__init__(backlog)
        self._sent: deque[Message] = deque()
        self._something = threading.Event()
        self._begin()

    def close(self) -> None:
        """Stop the thread, which need not wait for another message."""
        self._closed = True
        self._something.set()
        super().close()

    def _send(self, channel: str, payload: bytes) -> None:
        self._sent.append((channel, payload))
        self._something.set()

    def _receive(self, seconds: float) -> Iterable[Message]:
        if seconds and not self._something.wait(seconds):
            return
        self._something.clear()
        while self._sent:
            yield self._sent.popleft()

    def _listen(self, channels: Sequence[str]) -> None:
        """Nothing to ask for: every message passes here."""

    def _unlisten(self, channels: Sequence[str]) -> None:
        """Nothing was asked for."""

    def _end(self) -> None:
        self._sent.clear()
