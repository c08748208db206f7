"""The cable between a screen and its server, which a test can cut or pull out."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress

PIECE = 65536


class Cable:
    """Passes bytes on between a port of its own and the server's.

    Cut, it ends every connection and refuses new ones, as a server that is gone; pulled, it takes
    what comes and passes nothing on, so that neither side hears of it.
    """

    def __init__(self, port: int) -> None:
        self._server = ("127.0.0.1", port)
        self._whole = threading.Event()
        self._whole.set()
        self._refuses = False
        self._ended = False
        self._ends: set[socket.socket] = set()
        self._guard = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def cut(self) -> None:
        """End every connection and refuse new ones."""
        with self._guard:
            self._refuses = True
        self._end_all()

    def pull(self) -> None:
        """Pass nothing on."""
        self._whole.clear()

    def mend(self) -> None:
        """Make it whole again."""
        self._refuses = False
        self._whole.set()

    def close(self) -> None:
        """End everything."""
        self._ended = True
        self.mend()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._end_all()
        for thread in self._threads:
            thread.join(5)

    def _accept(self) -> None:
        while not self._ended:
            with suppress(OSError):
                near, _ = self._listener.accept()
                with self._guard:  # what is being made while it is cut does not outlive that
                    if self._refuses:
                        near.close()
                        continue
                    far = socket.create_connection(self._server)
                    self._ends |= {near, far}
                for one, other in ((near, far), (far, near)):
                    thread = threading.Thread(target=self._pass, args=(one, other), daemon=True)
                    self._threads.append(thread)
                    thread.start()

    def _pass(self, one: socket.socket, other: socket.socket) -> None:
        with suppress(OSError):
            while piece := one.recv(PIECE):
                self._whole.wait()
                other.sendall(piece)
        for end in (one, other):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
            with self._guard:
                self._ends.discard(end)

    def _end_all(self) -> None:
        with self._guard:
            ends = list(self._ends)
        for end in ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
