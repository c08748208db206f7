"""Notes in the audit log from requests: who asks and from where, durable before the answer leaves.

Notes that come at once share one transaction, so that views do not cost one each. Refusals are
counted, so that who is refused a thousand times in a minute is noted twice.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Any

from flask import g, has_request_context, request
from flask_login import current_user

from commandcenter.cases import audit
from commandcenter.cases.audit import Detail, Entry
from commandcenter.domain.audit import AuditKind
from commandcenter.domain.cells import Tree
from commandcenter.domain.clocks import Millis
from commandcenter.domain.viewers import Viewer
from commandcenter.store.store import Store

ACTOR = "audited"
"""Under this name the request keeps who calls with a key."""
SYSTEM = "system"


@dataclass(slots=True, eq=False)
class _Waiting:
    entry: Entry
    is_written: bool = False
    error: BaseException | None = None


@dataclass(slots=True)
class Auditing:
    """What one process writes into the audit log."""

    store: Store
    tree: Tree
    now: Callable[[], Millis]
    _queue: list[_Waiting] = field(default_factory=list)
    _adding: Lock = field(default_factory=Lock)
    _writing: Lock = field(default_factory=Lock)

    def note(
        self, kind: AuditKind, what: str, detail: Detail | None = None, *, who: str | None = None
    ) -> None:
        """Write down what is done on this request; returns when it is durable.

        Not to be called within a transaction: a command takes `entry` along into its own.
        Raises StoreAway, so that nothing is shown that was not written down.
        """
        self.write(self.entry(kind, what, detail, who=who))

    def entry(
        self, kind: AuditKind, what: str, detail: Detail | None = None, *, who: str | None = None
    ) -> Entry:
        """Return the entry that says who asks, in which session, from where; for `audit.append`.

        It is about the cell of the viewer's scope, until `about` says another.
        """
        actor = _actor()
        viewer: Viewer | None = getattr(actor, "viewer", None)
        scope = viewer.scope if viewer and viewer.scope in self.tree else ""
        address = (request.remote_addr or "") if has_request_context() else ""
        named = who if who is not None else viewer.name if viewer else _nobody()
        return Entry(
            kind, named, what, detail or {}, scope, self.tree.position.get(scope, 0), address,
            _session(actor),
        )  # fmt: skip

    def about(self, entry: Entry, cell: int) -> Entry:
        """Return an entry as one about the cell at a position."""
        return replace(entry, scope=self.tree.cells[cell].code, cell=cell)

    def write(self, entry: Entry) -> None:
        """Append an entry, together with all that others want to append meanwhile."""
        mine = _Waiting(entry)
        with self._adding:
            self._queue.append(mine)
        with self._writing:
            if not mine.is_written and mine.error is None:
                self._flush()
        if mine.error is not None:
            raise mine.error

    def _flush(self) -> None:
        """Append all that waits; each of those who wait is told where that fails."""
        with self._adding:
            taken, self._queue = self._queue, []
        try:
            with self.store.write() as connection:
                audit.append(connection, [each.entry for each in taken], self.now())
        except Exception as error:
            for each in taken:
                each.error = error
            return
        for each in taken:
            each.is_written = True


def acts(visitor: Any) -> None:
    """Keep for this request who calls with a key: it is no session that could be asked."""
    setattr(g, ACTOR, visitor)


def _actor() -> Any:
    if not has_request_context():
        return None
    found = g.get(ACTOR)
    if found is not None:
        return found
    return current_user if getattr(current_user, "is_authenticated", False) else None


def _session(actor: Any) -> str:
    """Return the number of the session, or which key it is; what else an id holds is a secret."""
    if actor is None:
        return ""
    session = getattr(actor, "session", None)
    return str(session) if session is not None else ":".join(str(actor.id).split(":")[:2])


def _nobody() -> str:
    return "" if has_request_context() else SYSTEM
