"""The broker of the local bus: between the processes of one command."""

import tempfile
import threading
from hashlib import sha1
from pathlib import Path

import zmq

from commandcenter.errors import Unavailable

HIGH_WATER = 10_000
LONGEST_PATH = 100
"""A unix socket's name holds 107 bytes."""


def socket_folder(folder: Path) -> Path:
    """Return the folder of the bus's sockets, closed to other users.

    It is `folder` itself, or one under the system's temporary folder where that name is too long.
    """
    folder = folder.resolve()
    if len(str(folder / "bus-out.sock")) > LONGEST_PATH:
        short = sha1(str(folder).encode(), usedforsecurity=False).hexdigest()[:16]
        folder = Path(tempfile.gettempdir()) / f"commandcenter-{short}"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def addresses(folder: Path) -> tuple[str, str]:
    """Return the addresses to publish to and to listen at."""
    where = socket_folder(folder)
    return f"ipc://{where / 'bus-in.sock'}", f"ipc://{where / 'bus-out.sock'}"


class Broker:
    """Passes every message on to those who asked for its channel, in a thread of its own.

    It takes in everything and filters on the way out: so a subscription that has reached the
    broker is in force for all publishers, also for those that have yet to connect.
    """

    def __init__(self, folder: Path) -> None:
        self._context = zmq.Context()
        incoming = self._context.socket(zmq.SUB)
        outgoing = self._context.socket(zmq.PUB)
        incoming.setsockopt(zmq.RCVHWM, HIGH_WATER)
        outgoing.setsockopt(zmq.SNDHWM, HIGH_WATER)
        for socket in (incoming, outgoing):
            socket.setsockopt(zmq.LINGER, 0)
        incoming.subscribe(b"")
        try:
            for socket, address in zip((incoming, outgoing), addresses(folder), strict=True):
                socket.bind(address)
                Path(address.removeprefix("ipc://")).chmod(0o600)
        except (zmq.ZMQError, OSError) as error:
            self._context.destroy(linger=0)
            raise Unavailable(f"the local bus cannot start in {folder}: {error}") from error
        self._thread = threading.Thread(
            target=_pass_on, args=(incoming, outgoing), name="bus-broker", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Stop passing messages on."""
        self._context.term()
        self._thread.join()


def _pass_on(incoming: "zmq.Socket[bytes]", outgoing: "zmq.Socket[bytes]") -> None:
    try:
        zmq.proxy(incoming, outgoing)
    except zmq.ContextTerminated:
        incoming.close()
        outgoing.close()
