"""The bus between machines: Redis Streams of bounded length, one for each channel.

The streams are the backlog: a reader that is slow or was cut off goes on where it was, as long as
they reach back. Nothing lies in Redis that cannot be asked for anew.
"""

import logging
from collections.abc import Iterable, Sequence
from time import monotonic, sleep

from commandcenter.errors import Unavailable
from commandcenter.live.exchange import BACKLOG, Exchange, Message
from commandcenter.live.redis_inbox import Inbox
from commandcenter.live.redis_outbox import PAUSE_SECONDS, Outbox
from commandcenter.live.redis_server import AWAY, RedisServer

log = logging.getLogger(__name__)

ANSWER_SECONDS = 5.0


class RedisBus(Exchange):
    """A bus through Redis; `backlog` is how many messages a stream keeps or wait to be sent.

    Raises SettingsError for a URL of no use, Unavailable when the server does not answer within a
    few seconds.
    """

    def __init__(self, url: str, backlog: int = BACKLOG) -> None:
        super().__init__(backlog)
        server = RedisServer(url)
        self._inbox = Inbox(server, self._replies, backlog)
        self._outbox = Outbox(server, self.id, backlog)
        self._noted = 0
        self._connected = True
        self._begin()

    @property
    def unsent(self) -> int:
        """How many messages wait until Redis takes them."""
        return self._outbox.unsent

    def _send(self, channel: str, payload: bytes) -> None:
        self._outbox.put(channel, payload)

    def _receive(self, seconds: float) -> Iterable[Message]:
        if not seconds:  # what is behind the messages at hand waits in the streams
            return ()
        messages: Iterable[Message] = ()
        try:
            messages = self._inbox.read(seconds)
            self._note_connection()
        except AWAY as error:
            # A connection that only broke is made again at once.
            if not self._connected:
                sleep(PAUSE_SECONDS)
            self._note_connection(error)
        self._note_lost()
        return messages

    def _listen(self, channels: Sequence[str]) -> None:
        deadline = monotonic() + ANSWER_SECONDS
        while True:
            try:
                self._inbox.listen(channels)
                break
            except AWAY as error:
                if self._closed or monotonic() > deadline:
                    raise Unavailable(
                        f"the Redis server of COMMANDCENTER_REDIS_URL does not answer ({error}): "
                        "start it or leave the setting empty"
                    ) from error
                sleep(PAUSE_SECONDS)
        # The thread may be waiting for other channels: a word to itself ends that.
        self._outbox.put(self._replies, b"")

    def _unlisten(self, channels: Sequence[str]) -> None:
        self._inbox.unlisten(channels)

    def _note_connection(self, error: BaseException | None = None) -> None:
        if self._connected is (error is None):
            return
        self._connected = error is None
        if error is None:
            log.warning("the Redis server answers again")
        else:
            log.warning("the Redis server does not answer; trying again: %s", error)

    def _note_lost(self) -> None:
        lost = self._inbox.lost + self._outbox.lost
        self.lost += lost - self._noted
        self._noted = lost

    def _end(self) -> None:
        self._outbox.close()
        self._inbox.close()
