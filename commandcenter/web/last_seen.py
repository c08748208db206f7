"""Notes when sessions were last used: at most once a minute, and beside the requests."""

import logging
from dataclasses import dataclass, field
from threading import Lock, Thread

from commandcenter.cases import sessions
from commandcenter.cases.sessions import Session
from commandcenter.domain.clocks import MINUTE, Millis
from commandcenter.errors import CommandCenterError
from commandcenter.store.store import Store

log = logging.getLogger(__name__)


@dataclass
class LastSeen:
    """What one process has seen of sessions and not written yet."""

    store: Store
    _seen: dict[int, Millis] = field(default_factory=dict)
    _written_at: Millis = 0
    _adding: Lock = field(default_factory=Lock)

    def note(self, session: Session, now: Millis) -> None:
        """Note that a session is used; what waits is written together, once a minute."""
        if now - session.seen_at < MINUTE:
            return
        with self._adding:
            self._seen[session.id] = now
            if 0 <= now - self._written_at < MINUTE:
                return
            self._written_at = now
            seen, self._seen = self._seen, {}
        # No request waits for a writer of the database because somebody looks.
        Thread(target=self._write, args=(seen,), name="last-seen", daemon=True).start()

    def _write(self, seen: dict[int, Millis]) -> None:
        try:
            with self.store.write() as connection:
                sessions.note_seen(connection, seen)
        except CommandCenterError as error:
            log.info("when sessions were last used is not written down: %s", error)
