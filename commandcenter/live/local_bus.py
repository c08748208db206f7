"""The local bus: one command's processes, over unix sockets and a broker."""

import threading
from collections.abc import Iterable, Sequence
from itertools import count
from pathlib import Path
from time import monotonic

import zmq

from commandcenter.errors import Unavailable
from commandcenter.live.broker import HIGH_WATER, addresses
from commandcenter.live.exchange import BACKLOG, Exchange, Message

ANSWER_SECONDS = 5.0
PROBE_SECONDS = 0.003
LINGER_MILLIS = 200


class LocalBus(Exchange):
    """A bus through the Broker that runs in the same folder.

    Raises Unavailable when the broker does not answer within a few seconds.
    """

    def __init__(self, folder: Path, backlog: int = BACKLOG) -> None:
        super().__init__(backlog)
        self._folder = folder
        self._context = zmq.Context()
        into, out = addresses(folder)
        self._sender = self._context.socket(zmq.PUB)
        self._sender.setsockopt(zmq.SNDHWM, HIGH_WATER)
        self._sender.setsockopt(zmq.LINGER, LINGER_MILLIS)
        self._sender.connect(into)
        self._receiver = self._context.socket(zmq.SUB)
        # The broker must not judge this process slow while a handler runs: the backlog bounds it.
        self._receiver.setsockopt(zmq.RCVHWM, 10 * HIGH_WATER)
        self._receiver.setsockopt(zmq.LINGER, 0)
        self._wake = f"wake.{self.id}"
        self._receiver.subscribe(_prefix(self._wake))
        self._receiver.connect(out)
        self._sending = threading.Lock()
        self._wishes: list[tuple[bool, str]] = []
        self._probes: dict[str, threading.Event] = {}
        self._probe_numbers = count(1)
        self._begin()

    def _send(self, channel: str, payload: bytes) -> None:
        with self._sending:
            if not self._sender.closed:
                self._sender.send_multipart([_prefix(channel), payload], zmq.NOBLOCK, copy=True)

    def _receive(self, seconds: float) -> Iterable[Message]:
        self._apply_wishes()
        if seconds and not self._receiver.poll(int(seconds * 1000)):
            return
        while True:
            try:
                name, payload = self._receiver.recv_multipart(zmq.NOBLOCK)
            except zmq.Again:
                return
            channel = name[:-1].decode()
            if probe := self._probes.get(channel):
                probe.set()
            elif channel != self._wake:
                yield channel, payload

    def _listen(self, channels: Sequence[str]) -> None:
        """Subscribe, then to a probe: when the probe comes back, what was before it is in force."""
        probe = f"probe.{self.id}.{next(self._probe_numbers)}"
        back = self._probes[probe] = threading.Event()
        self._wishes += [(True, channel) for channel in (*channels, probe)]
        deadline = monotonic() + ANSWER_SECONDS
        try:
            while not back.wait(PROBE_SECONDS):
                if monotonic() > deadline:
                    raise Unavailable(
                        f"the local bus in {self._folder} does not answer: start the server with "
                        "`commandcenter serve`, which runs it"
                    )
                self._send(self._wake, b"")
                self._send(probe, b"")
        finally:
            self._unlisten([probe])
            del self._probes[probe]

    def _unlisten(self, channels: Sequence[str]) -> None:
        self._wishes += [(False, channel) for channel in channels]

    def _apply_wishes(self) -> None:
        """Change subscriptions in the bus's thread: a zmq socket belongs to one thread."""
        while self._wishes:
            wanted, channel = self._wishes.pop(0)
            change = self._receiver.subscribe if wanted else self._receiver.unsubscribe
            change(_prefix(channel))

    def _end(self) -> None:
        with self._sending:
            self._sender.close()
        self._receiver.close()
        self._context.term()


def _prefix(channel: str) -> bytes:
    """The channel's name with an end mark, since zmq compares beginnings."""
    return channel.encode() + b"\0"
