"""What a plugin prints: taken from a pipe into the log, a little at a time, never waited for."""

import logging
import os
from collections.abc import Callable
from time import monotonic

log = logging.getLogger(__name__)

CHUNK = 8192
PAUSE = 0.1
"""No more than a chunk is read in this time: who prints without end waits, not the server."""
LINES_PER_SECOND, MOST_LINES = 5.0, 50.0
LONGEST = 500
SAY_SECONDS = 10.0


class Printed:
    """The server's end of the pipe of one process."""

    def __init__(self, plugin: str, pipe: int, veil: Callable[[str], str] = str) -> None:
        self._plugin = plugin
        self._veil = veil
        self._pipe = pipe
        self._rest = b""
        self._lines = MOST_LINES
        self._counted = self._said = monotonic()
        self._again = 0.0
        self._dropped = 0
        self._is_open = True

    @property
    def wanted(self) -> int | None:
        """The pipe if it may be read now, else None."""
        return self._pipe if self._is_open and monotonic() >= self._again else None

    @property
    def pause(self) -> float:
        """Seconds until it may be read again."""
        return max(0.0, self._again - monotonic()) if self._is_open else PAUSE

    def take(self) -> None:
        """Log what has been printed, without waiting."""
        if not self._is_open:
            return
        try:
            data = os.read(self._pipe, CHUNK)
        except BlockingIOError:
            return
        self._again = monotonic() + (PAUSE if len(data) == CHUNK else 0.0)
        self._is_open = bool(data)
        *lines, rest = (self._rest + data).split(b"\n")
        self._rest = rest[-LONGEST:]
        for line in lines:
            self._say(line)

    def close(self) -> None:
        """Take what is left of the last words and close the pipe."""
        self.take()
        if self._rest:
            self._say(self._rest)
        if self._dropped:
            self._tell_dropped()
        os.close(self._pipe)
        self._is_open = False

    def _say(self, line: bytes) -> None:
        now = monotonic()
        self._lines = min(MOST_LINES, self._lines + (now - self._counted) * LINES_PER_SECOND)
        self._counted = now
        if self._lines < 1:
            self._dropped += 1
            if now - self._said > SAY_SECONDS:
                self._tell_dropped()
            return
        self._lines -= 1
        words = line[:LONGEST].decode(errors="replace").rstrip()
        if words:
            log.info("plugin %s prints: %s", self._plugin, self._veil(words))

    def _tell_dropped(self) -> None:
        log.warning("plugin %s prints too much: %d lines dropped", self._plugin, self._dropped)
        self._said, self._dropped = monotonic(), 0
