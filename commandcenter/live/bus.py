"""The bus: short messages between the processes of one server, to whoever listens now."""

from collections.abc import Callable, Sequence
from typing import Protocol

from commandcenter.live.broker import Broker
from commandcenter.live.exchange import Handler, MemoryBus, Subscription
from commandcenter.live.local_bus import LocalBus
from commandcenter.settings import Settings

__all__ = ["Broker", "Bus", "Handler", "LocalBus", "MemoryBus", "Subscription", "connect"]


class Bus(Protocol):
    """Channels to publish on and to listen to; slow listeners lose the oldest messages.

    `lost` grows when messages to this process may have been dropped.
    """

    lost: int

    @property
    def backlog(self) -> int:
        """How many messages have come and wait for their handlers."""

    @property
    def unsent(self) -> int:
        """How many messages wait to be sent, as far as this process knows."""

    def answers(self, timeout: float = 1.0) -> bool:
        """Tell whether a message that is sent comes back within `timeout` seconds."""

    def publish(self, channel: str, payload: bytes) -> None:
        """Send to whoever listens now; callable from any thread, never blocks."""

    def subscribe(self, channels: Sequence[str], handler: Handler) -> Subscription:
        """Have `handler(channel, payload)` called, in the bus's thread, for each message."""

    def request(self, channel: str, body: bytes, timeout: float = 1.0) -> bytes:
        """Ask on a channel and return the first answer, or raise Unavailable."""

    def answer(self, channel: str, handler: Callable[[bytes], bytes | None]) -> Subscription:
        """Answer the requests on a channel, in the bus's thread."""

    def close(self) -> None:
        """Stop listening and give back what the bus holds."""


def connect(settings: Settings) -> Bus:
    """Connect to Redis where the settings name one, else to the local bus in the data folder.

    Raises Unavailable when it does not answer.
    """
    if settings.redis_url:
        # Importing redis takes a quarter of a second, which the embedded server need not pay.
        from commandcenter.live.redis_bus import RedisBus

        return RedisBus(settings.redis_url)
    return LocalBus(settings.data)
