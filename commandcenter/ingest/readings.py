"""Taking in readings: each is located, bounded and kept in place of the former one."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import time

import numpy as np
import orjson

from commandcenter.domain.cells import Tree
from commandcenter.host.plugin import Registered
from commandcenter.host.readings import MOST_KEYS, Reading, body_of
from commandcenter.host.source import Source
from commandcenter.ingest.bounds import Bounds
from commandcenter.ingest.intake import Places
from commandcenter.store import readings as kept
from commandcenter.store.leases import Fence, unfenced
from commandcenter.store.store import Store

CHANNEL = "readings"
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Shelf:
    """Where the readings of one source lie; `publish` is the bus's."""

    source: Registered[Source]
    store: Store
    tree: Tree
    places: Places
    publish: Callable[[str, bytes], None]

    def keep(self, readings: Sequence[Reading], fence: Fence = unfenced) -> int:
        """Keep readings, the last of each key; returns how many were refused.

        Those that say nothing new are not written again, and nobody is told of them.
        """
        last = {reading.key: reading for reading in readings}
        gone = [key for key, reading in last.items() if reading.values is None]
        rows = [self._row(r) for r in last.values() if r.values is not None]
        found = [row for row in rows if row is not None]
        with self.store.write() as connection:
            fence(connection)
            kept.forget(connection, self._key, gone)
            known = {row.key: row for row in kept.load(connection, self._key)}
            fresh = [row for row in found if row.key not in known]
            beyond = {row.key for row in fresh[max(0, MOST_KEYS - len(known)) :]}
            changed = [
                row
                for row in found
                if row.key not in beyond and not row.says_what(known.get(row.key))
            ]
            kept.keep(connection, changed)
        if changed or gone:
            self.publish(CHANNEL, orjson.dumps({"source": self._key}))
        refused = len(rows) - len(found) + len(beyond)
        if refused:
            log.warning(
                "source %s: %d of %d readings refused: outside the districts of its plugin, or "
                "more than %d keys", self._key, refused, len(last), MOST_KEYS,
            )  # fmt: skip
        return refused

    @property
    def _key(self) -> str:
        return self.source.item.key

    def _row(self, reading: Reading) -> kept.Row | None:
        at = self._position(reading)
        bounds = Bounds.of(self.source, self.tree)
        if at is None or (bounds is not None and not bounds.hold(at)):
            return None
        return kept.Row(
            self._key, reading.key, self.source.plugin, reading.at, at, reading.lng, reading.lat,
            body_of(reading).decode(), round(time() * 1000),
        )  # fmt: skip

    def _position(self, reading: Reading) -> int | None:
        """Return the cell of a reading; one that says no place lies in its plugin's district."""
        if reading.cell is not None:
            return self.tree.position.get(reading.cell)
        if reading.lng is not None and reading.lat is not None:
            found = int(self.places.locate_many(np.array([[reading.lng, reading.lat]]))[0])
            return found if found >= 0 else None
        known = [code for code in self.source.districts if code in self.tree]
        return self.tree.position[known[0]] if len(known) == 1 else 0
