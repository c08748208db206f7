"""Keeps the index of words up with the log, in a thread of the ingest workers.

It writes little at a time and rests in between: intake and commands go first, and in a storm the
index is late, which a search says and makes up for. Of several workers each does what is next.
"""

from time import perf_counter

from commandcenter.cases import audit_index, search_index
from commandcenter.domain.cells import Tree
from commandcenter.ingest.following import Pace, following
from commandcenter.store.periodic import Periodic
from commandcenter.store.store import Store

CHUNK = 500
"""Cases of one transaction at most; the first one takes the fewest."""
FEWEST = 20
HOLD_SECONDS = 0.04
"""Nobody else writes to SQLite meanwhile, so that a transaction is to be over in this time."""
REST = 3.0
"""How much longer than it worked it rests, while there is more."""


class Indexer:
    """Indexes what cases and the audit log say."""

    def __init__(self, store: Store, tree: Tree, chunk: int = CHUNK, rest: float = REST) -> None:
        self._store, self._tree = store, tree
        self._most, self._rest = chunk, rest
        self._chunk = min(FEWEST, chunk)

    def once(self) -> bool:
        """Index the next cases, or else entries of the audit log; False with nothing left to do."""
        with self._store.read() as connection:
            batch = search_index.upcoming(connection, self._tree, self._chunk)
            if batch is None and not audit_index.is_behind(connection):
                return False
        with self._store.write() as connection:
            began = perf_counter()
            if batch is None:
                audit_index.go_on(connection, self._chunk)
            else:
                search_index.write(connection, batch)
        self._fit(perf_counter() - began)
        return True

    def _fit(self, seconds: float) -> None:
        """Take half as many from now on if a transaction was too long, else a few more.

        On PostgreSQL it keeps nobody from writing, however long it is.
        """
        if seconds > HOLD_SECONDS and not self._store.is_postgresql:
            self._chunk = max(min(FEWEST, self._most), self._chunk // 2)
        else:
            self._chunk = min(self._most, self._chunk + FEWEST)

    def following(self) -> Periodic:
        """Return the thread that does so, not yet started."""
        return following("index of words", self.once, Pace(self._rest))
