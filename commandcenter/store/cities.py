"""A city in the store: installed, changed where its cases stay, loaded by each process."""

from collections.abc import Iterable, Sequence
from typing import Any

import shapely
from sqlalchemy import Connection, delete, func, insert, select

from commandcenter.domain.cells import Cell, Chief, Tree
from commandcenter.domain.matters import Unit
from commandcenter.domain.text import Text
from commandcenter.errors import CityError, StoreError
from commandcenter.host.city import City, CityData
from commandcenter.store.plugin_tables import readings, remote_values
from commandcenter.store.settings import CITY_DIGEST, set_setting, setting
from commandcenter.store.tables import cases, cells, outlines, units

KEEP_CELLS = "keep the cells or give the changed city a data folder or database of its own"


def installed_digest(connection: Connection) -> str | None:
    """Return the digest of the installed city, None for an empty store."""
    return setting(connection, CITY_DIGEST)


def install(connection: Connection, city: City, data: CityData) -> Tree:
    """Write cells, outlines and units in the place of those that are there.

    Cases name cells by position and units by code: where there are cases, cells and units may have
    other names, chiefs, outlines and duties, and units may come. Raises CityError, and names one,
    for a cell that has come, gone or moved, and for a unit that has gone or moved.
    """
    tree = Tree.of(data.cells)
    if connection.execute(select(cases.c.id).limit(1)).first():
        stored = load_tree(connection)
        changes = f"city {installed_digest(connection)} has cases, and in city {city.digest}"
        tree = _in_place(stored, tree, changes)
        _check_units(load_units(connection, stored), data.units, changes)
    else:
        # Readings and pushed values name cells by position, too, and come in anew.
        for table in (readings, remote_values):
            connection.execute(delete(table))
    for table in (cells, outlines, units):
        connection.execute(delete(table))
    connection.execute(insert(cells), [_cell_row(tree, at) for at in range(len(tree))])
    if data.outlines:
        rows = [{"position": tree.position[c], "wkb": w} for c, w in data.outlines.items()]
        connection.execute(insert(outlines), rows)
    if data.units:
        connection.execute(insert(units), [_unit_row(tree, unit) for unit in data.units])
    set_setting(connection, CITY_DIGEST, city.digest)
    return tree


def load_tree(connection: Connection) -> Tree:
    """Return the tree of the installed city; raises StoreError if there is none."""
    columns = [cells.c[name] for name in (*Cell._fields[:8], "chief", "chief_phone")]
    query = select(cells.c.last, cells.c.chief_invented, *columns).order_by(cells.c.position)
    rows = connection.execute(query).all()
    if not rows:
        raise StoreError("no city is installed: run `commandcenter serve` or `commandcenter city`")
    return Tree.ordered([_cell(row) for row in rows], [row[0] for row in rows])


def load_units(connection: Connection, tree: Tree) -> list[Unit]:
    """Return all units, by code."""
    rows = connection.execute(select(units).order_by(units.c.code))
    return [
        Unit(r.code, Text(r.title_zh, r.title_en), r.duty, tree.cells[r.cell].code) for r in rows
    ]


def load_outlines(connection: Connection) -> dict[int, bytes]:
    """Return the outlines as WKB by position."""
    query = select(outlines.c.position, outlines.c.wkb)
    return {position: wkb for position, wkb in connection.execute(query)}


def load_outline(connection: Connection, position: int) -> bytes | None:
    """Return one outline as WKB."""
    query = select(outlines.c.wkb).where(outlines.c.position == position)
    return connection.execute(query).scalar()


def bounds(connection: Connection, position: int) -> tuple[float, float, float, float] | None:
    """Return west, south, east, north of a cell in degrees, None without an outline."""
    wkb = load_outline(connection, position)
    if wkb is None:
        return None
    west, south, east, north = shapely.from_wkb(wkb).bounds
    return west, south, east, north


def count_cells(connection: Connection) -> int:
    """Return the number of cells of the installed city."""
    return connection.execute(select(func.count()).select_from(cells)).scalar() or 0


def _in_place(stored: Tree, given: Tree, changes: str) -> Tree:
    """Return the cells as they are given in the positions that they have; raises CityError."""
    for cell in stored.cells:
        if cell.code not in given:
            raise CityError(f"{changes} cell {cell.code}, {cell.name}, is gone: {KEEP_CELLS}")
        if given[cell.code].parent != cell.parent:
            raise CityError(
                f"{changes} cell {cell.code}, {cell.name}, lies in {given[cell.code].parent} "
                f"instead of {cell.parent}: {KEEP_CELLS}"
            )
    for cell in given.cells:
        if cell.code not in stored:
            raise CityError(f"{changes} cell {cell.code}, {cell.name}, is new: {KEEP_CELLS}")
    return Tree.ordered([given[cell.code] for cell in stored.cells], stored.last.tolist())


def _check_units(stored: Iterable[Unit], given: Iterable[Unit], changes: str) -> None:
    cell_of = {unit.code: unit.cell for unit in given}
    for unit in stored:
        if cell_of.get(unit.code) != unit.cell:
            raise CityError(
                f"{changes} unit {unit.code}, {unit.title.zh}, is no longer in cell {unit.cell}: "
                "keep it there, with a duty that no matter needs where it is to get no more cases"
            )


def _cell_row(tree: Tree, at: int) -> dict[str, object]:
    cell = tree.cells[at]
    chief = cell.chief
    return {
        "position": at,
        "code": cell.code,
        "name": cell.name,
        "parent": cell.parent,
        "depth": cell.depth,
        "last": int(tree.last[at]),
        "lng": cell.lng,
        "lat": cell.lat,
        "households": cell.households,
        "kind": cell.kind,
        "chief": chief.name if chief else None,
        "chief_phone": chief.phone if chief else None,
        "chief_invented": bool(chief and chief.invented),
    }


def _unit_row(tree: Tree, unit: Unit) -> dict[str, object]:
    if unit.cell not in tree:
        raise CityError(f"unit {unit.code} names cell {unit.cell}, which does not exist")
    return {
        "code": unit.code,
        "title_zh": unit.title.zh,
        "title_en": unit.title.en,
        "duty": unit.duty,
        "cell": tree.position[unit.cell],
    }


def _cell(row: Sequence[Any]) -> Cell:
    _, invented, *plain, name, phone = row
    return Cell._make((*plain, Chief(name, phone or "", invented) if name else None))
