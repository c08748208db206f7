"""The nursery: a process that has everything imported, from which plugins' processes are forked.

A fork takes milliseconds where a start would take a good part of a second, and shares its memory.
"""

import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from struct import Struct
from struct import error as StructError
from threading import Lock

from commandcenter.errors import CommandCenterError

NUMBER = Struct("!q")
BEAR, BURY = b"B", b"R"
NOT_YET = -(2**31)
ANSWER_SECONDS = 30.0
KEPT = (
    "PATH", "HOME", "USER", "LANG", "LANGUAGE", "TZ", "TMPDIR", "PYTHONPATH", "PYTHONHASHSEED",
    "VIRTUAL_ENV", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "http_proxy",
    "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY",
)  # fmt: skip
"""What a plugin's process inherits of the environment: the server's secrets stand there too."""


class NoNursery(CommandCenterError):
    """The nursery has ended or does not answer."""


class Nursery:
    """Starts a nursery when it is first needed and again when it has ended; any thread may ask."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._running: subprocess.Popen[bytes] | None = None
        self._line: socket.socket | None = None

    def start(self) -> None:
        """Begin to start it unless it runs: who needs it a moment later waits the less."""
        with self._lock:
            if self._running is not None and self._running.poll() is not None:
                self._end()
            self._begin()

    def bear(self, wire: socket.socket, printed: int) -> int:
        """Fork a process that speaks over `wire` and prints into `printed`; returns its number.

        The number stays its own until it is buried. Raises NoNursery.
        """
        return self._ask(BEAR, [wire.fileno(), printed])

    def bury(self, pid: int) -> int | None:
        """Return how a process ended, as waitpid has it; None while it runs or if nobody knows."""
        if self._line is None:
            return None
        try:
            status = self._ask(BURY + NUMBER.pack(pid), [])
        except NoNursery:
            return None
        return None if status == NOT_YET else status

    def close(self) -> None:
        """End the nursery, and with it every process that came from it."""
        with self._lock:
            self._end()

    def _ask(self, words: bytes, descriptors: list[int]) -> int:
        with self._lock:
            line = self._begin()
            try:
                socket.send_fds(line, [words], descriptors)
                answer = line.recv(NUMBER.size)
                return int(NUMBER.unpack(answer)[0])
            except (OSError, StructError) as error:  # it has ended, or does not answer
                self._end()
                raise NoNursery("the process that starts plugins has ended") from error

    def _begin(self) -> socket.socket:
        if self._line is not None:
            return self._line
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.settimeout(ANSWER_SECONDS)
        with theirs:
            self._running = subprocess.Popen(
                [sys.executable, "-m", "commandcenter.sandbox.forking", str(theirs.fileno())],
                env=environment(os.environ),
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        self._line = ours
        return ours

    def _end(self) -> None:
        if self._line is not None:
            self._line.close()
            self._line = None
        if self._running is not None:
            with suppress(ProcessLookupError):
                self._running.kill()
            self._running.wait()
            self._running = None


def environment(given: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of plugins' processes."""
    # BLAS would start a thread for each processor, and a fork has but one thread.
    single = {name: "1" for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")}
    kept = {name: words for name, words in given.items() if name in KEPT or name.startswith("LC_")}
    return kept | single
