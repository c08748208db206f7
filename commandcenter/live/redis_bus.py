"""The bus between machines: Redis pub/sub."""

import logging
import threading
from collections import deque
from collections.abc import Iterable, Sequence
from time import monotonic, sleep
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from commandcenter.errors import Unavailable
from commandcenter.live.exchange import BACKLOG, IDLE_SECONDS, Exchange, Message

log = logging.getLogger(__name__)

ANSWER_SECONDS = 5.0
PAUSE_SECONDS = 0.25
PREFIX = "commandcenter:"
LOST_CONNECTION = (redis.ConnectionError, redis.TimeoutError, OSError)


class RedisBus(Exchange):
    """A bus through a Redis server; connections that break are made again.

    Raises Unavailable when the server does not answer within a few seconds.
    """

    def __init__(self, url: str, backlog: int = BACKLOG) -> None:
        super().__init__(backlog)
        # No retries below: a lost connection must show here, since messages are lost with it.
        self._client = redis.Redis.from_url(
            url,
            socket_timeout=ANSWER_SECONDS,
            socket_connect_timeout=ANSWER_SECONDS,
            socket_keepalive=True,
            health_check_interval=15,
            retry=Retry(NoBackoff(), 0),
        )
        self._wake = f"wake.{self.id}"
        self._pubsub = self._client.pubsub()  # type: ignore[no-untyped-call]
        self._wishes: deque[tuple[bool, str]] = deque([(True, self._wake)])
        self._listening: dict[str, threading.Event] = {}
        self._unsent: deque[Message] = deque(maxlen=backlog)
        self._something = threading.Event()
        self._connected = True
        self._sender = threading.Thread(target=self._send_all, name="bus-sender", daemon=True)
        self._sender.start()
        self._begin()

    def _send(self, channel: str, payload: bytes) -> None:
        self._unsent.append((channel, payload))
        self._something.set()

    def _send_all(self) -> None:
        """Send in batches from a thread of its own, so that a slow server blocks no publisher."""
        while not self._closed or self._unsent:
            self._something.wait(IDLE_SECONDS)
            self._something.clear()
            batch = [self._unsent.popleft() for _ in range(len(self._unsent))]
            if not batch:
                continue
            try:
                with self._client.pipeline(transaction=False) as pipeline:
                    for channel, payload in batch:
                        pipeline.publish(PREFIX + channel, payload)
                    pipeline.execute()
            except LOST_CONNECTION:
                if self._closed:
                    return
                sleep(PAUSE_SECONDS)

    def _receive(self, seconds: float) -> Iterable[Message]:
        try:
            self._apply_wishes()
            message = self._pubsub.get_message(timeout=seconds)
            self._note_connection(True)
            while message is not None:
                if taken := self._taken(message):
                    yield taken
                message = self._pubsub.get_message(timeout=0.0)
        except LOST_CONNECTION:
            self._note_connection(False)
            sleep(PAUSE_SECONDS)

    def _taken(self, message: dict[str, Any]) -> Message | None:
        channel = message["channel"].decode().removeprefix(PREFIX)
        if message["type"] == "subscribe":
            if event := self._listening.get(channel):
                event.set()
        elif message["type"] == "message" and channel != self._wake:
            return channel, message["data"]
        return None

    def _listen(self, channels: Sequence[str]) -> None:
        events = [self._listening.setdefault(channel, threading.Event()) for channel in channels]
        self._wishes += [(True, channel) for channel in channels]
        self._send(self._wake, b"")
        deadline = monotonic() + ANSWER_SECONDS
        for event in events:
            if not event.wait(max(0.0, deadline - monotonic())):
                raise Unavailable(
                    "the Redis server of COMMANDCENTER_REDIS_URL does not answer: start it or "
                    "leave the setting empty"
                )

    def _unlisten(self, channels: Sequence[str]) -> None:
        for channel in channels:
            self._listening.pop(channel, None)
        self._wishes += [(False, channel) for channel in channels]

    def _apply_wishes(self) -> None:
        """Change subscriptions in the bus's thread, which also makes lost connections again."""
        while self._wishes:
            wanted, channel = self._wishes[0]
            change = self._pubsub.subscribe if wanted else self._pubsub.unsubscribe
            change(PREFIX + channel)
            self._wishes.popleft()

    def _note_connection(self, connected: bool) -> None:
        if connected is self._connected:
            return
        self._connected = connected
        if connected:
            log.warning("the Redis server answers again")
        else:
            self.lost += 1
            log.warning("the Redis server does not answer; trying again")

    def _end(self) -> None:
        self._something.set()
        self._sender.join()
        self._pubsub.close()
        self._client.close()
