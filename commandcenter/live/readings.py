"""The latest readings in memory, by the plugin they belong to."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import orjson

from commandcenter.domain.cells import Tree
from commandcenter.domain.clocks import Millis
from commandcenter.host.readings import Device, Reading, by_need, device_of
from commandcenter.store import readings as kept
from commandcenter.store.store import Connection

Placed = tuple[int, Reading]
"""A position and the reading that lies there."""


@dataclass
class Readings:
    """What sources said last; one thread changes it."""

    _stamps: dict[str, tuple[int, Millis]] = field(default_factory=dict)
    _by_source: dict[str, tuple[str, list[Placed]]] = field(default_factory=dict)

    def of(self, plugin: str, first: int, last: int) -> list[Reading]:
        """Return a plugin's readings in a range of cells, by source and key."""
        return [
            reading
            for _, (owner, placed) in sorted(self._by_source.items())
            if owner == plugin
            for at, reading in placed
            if first <= at <= last
        ]

    def devices(self, first: int, last: int) -> list[Device]:
        """Return the devices of all plugins in a range of cells, those in need first."""
        found = [
            device
            for _, placed in self._by_source.values()
            for at, reading in placed
            if first <= at <= last and (device := device_of(reading)) is not None
        ]
        return by_need(found)

    def refresh(self, connection: Connection, tree: Tree) -> set[int]:
        """Read anew what changed; returns the positions at which something did."""
        stamps = kept.stamps(connection)
        before = self._stamps
        changed = {s for s in stamps.keys() | before if stamps.get(s) != before.get(s)}
        touched: set[int] = set()
        for source in changed:
            old = self._by_source.get(source, ("", []))[1]
            rows = kept.load(connection, source)
            new = list(_placed(rows, tree))
            if rows:  # in one step: isolated plugins are answered from threads of their own
                self._by_source[source] = (rows[0].plugin, new)
            else:
                self._by_source.pop(source, None)
            touched |= {at for at, _ in (*old, *new)}
        self._stamps = stamps
        return touched


def _placed(rows: Iterable[kept.Row], tree: Tree) -> Iterable[Placed]:
    for row in rows:
        if row.cell < len(tree):
            code = tree.cells[row.cell].code
            values = orjson.loads(row.body)
            yield row.cell, Reading(row.key, row.at, values, code, row.lng, row.lat)
