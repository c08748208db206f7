"""Notes in the audit log from requests: who asks and from where, durable before the answer leaves.

Notes that come at once share one transaction, so that views do not cost one each. What commands do
is written down in the transaction in which they do it. Of refusals the first in a minute is noted
at once and all others are counted.
"""

import logging
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
from commandcenter.errors import CommandCenterError
from commandcenter.store.store import Connection, Store
from commandcenter.web.repetitions import Repetitions

CALLER = "caller"
"""Under this name a request keeps who calls the API."""
SYSTEM = "system"
log = logging.getLogger(__name__)


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
    refusals: Repetitions = field(init=False)
    _queue: list[_Waiting] = field(default_factory=list)
    _adding: Lock = field(default_factory=Lock)
    _writing: Lock = field(default_factory=Lock)

    def __post_init__(self) -> None:
        self.refusals = Repetitions(self._write_quietly)

    def note(
        self, kind: AuditKind, what: str, detail: Detail | None = None, *, who: str | None = None
    ) -> None:
        """Write down what is done on this request; returns when it is durable.

        Not to be called within a transaction: what a command does is told by `tell`.
        Raises StoreAway, so that nothing is shown that was not written down.
        """
        self.write(self.entry(kind, what, detail, who=who))

    def entry(
        self, kind: AuditKind, what: str, detail: Detail | None = None, *, who: str | None = None
    ) -> Entry:
        """Return the entry that says who asks, in which session, from where.

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

    def tell(
        self, connection: Connection, what: str, detail: Detail | None = None,
        cell: int | None = None,
    ) -> None:  # fmt: skip
        """Write down a command in its own transaction, last of all; `cell` is where it acts."""
        plain = {name: value for name, value in (detail or {}).items() if value not in (None, "")}
        entry = self.entry(AuditKind.COMMANDED, what, plain)
        about = entry if cell is None else self.about(entry, cell)
        audit.append(connection, [about], self.now())

    def refused(self, status: int, what: str, detail: Detail | None = None) -> None:
        """Write down that this request was refused; never fails, since nothing is shown."""
        said = {"status": int(status), **(detail or {})}
        try:
            entry = self.entry(AuditKind.REFUSED, what, said)
        except CommandCenterError as error:  # who asks is read from a database that is away
            log.error("a refusal is not in the audit log: %s", error)
            return
        self.refusals.add((entry.who or entry.address, str(int(status))), entry)

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

    def _write_quietly(self, entry: Entry) -> None:
        """Write what nobody waits for; a process that ends writes nothing more."""
        if self.store.is_closed:
            return
        try:
            self.write(entry)
        except Exception:
            log.exception("a refusal is not in the audit log")

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


def _actor() -> Any:
    if not has_request_context():
        return None
    found = g.get(CALLER)
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
