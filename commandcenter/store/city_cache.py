"""Built cities as files, so that a second store does not pay for building one again."""

import os
import struct
import zipfile
import zlib
from dataclasses import asdict
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from commandcenter.domain.cells import Cell, Chief
from commandcenter.domain.matters import Unit
from commandcenter.domain.text import Text
from commandcenter.host.city import City, CityData, Progress

DAMAGED = (
    zipfile.BadZipFile, zlib.error, struct.error, OSError, EOFError, RuntimeError, LookupError,
    ValueError, TypeError,
)  # fmt: skip
"""What reading raises for a file that is cut off, damaged or of another version."""


def build_cached(city: City, folder: Path, progress: Progress) -> CityData:
    """Return the city's data from its file, or build it and write the file."""
    path = _path(city, folder)
    if path.exists():
        try:
            return _read(path)
        except DAMAGED:
            path.unlink()  # cut off or of another version: built anew
    data = city.build(progress)
    _write(path, data)
    return data


def cached(city: City, folder: Path) -> CityData | None:
    """Return the city's data from its file, None where there is none that can be read."""
    try:
        return _read(_path(city, folder))
    except DAMAGED:
        return None


def is_cached(city: City, folder: Path) -> bool:
    """Tell whether a file of the city's data is there."""
    return _path(city, folder).exists()


def _path(city: City, folder: Path) -> Path:
    return folder / f"city-{city.key}-{city.digest[:16]}.zip"


def _write(path: Path, data: CityData) -> None:
    unfinished = path.with_suffix(f".{os.getpid()}.part")
    codes = list(data.outlines)
    with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("cells.json", orjson.dumps([_plain(cell) for cell in data.cells]))
        archive.writestr("units.json", orjson.dumps([asdict(unit) for unit in data.units]))
        archive.writestr("codes.json", orjson.dumps(codes))
        sizes = np.array([len(data.outlines[code]) for code in codes], np.int64)
        archive.writestr("sizes.bin", sizes.tobytes())
        archive.writestr("outlines.bin", b"".join(data.outlines[code] for code in codes))
    unfinished.replace(path)


def _plain(cell: Cell) -> list[object]:
    chief = cell.chief
    person = [chief.name, chief.phone, chief.invented] if chief else None
    return [
        cell.code, cell.name, cell.depth, cell.parent, cell.lng, cell.lat, cell.households,
        cell.kind, person,
    ]  # fmt: skip


def _read(path: Path) -> CityData:
    with zipfile.ZipFile(path) as archive:
        cells = orjson.loads(archive.read("cells.json"))
        units = orjson.loads(archive.read("units.json"))
        codes = orjson.loads(archive.read("codes.json"))
        sizes = np.frombuffer(archive.read("sizes.bin"), np.int64)
        outlines = archive.read("outlines.bin")
    ends = list(accumulate(sizes.tolist(), initial=0))
    shapes = [outlines[start:end] for start, end in pairwise(ends)]
    return CityData(
        tuple(_cell(row) for row in cells),
        dict(zip(codes, shapes, strict=True)),
        tuple(Unit(u["code"], Text(**u["title"]), u["duty"], u["cell"]) for u in units),
    )


def _cell(row: list[Any]) -> Cell:
    code, name, depth, parent, lng, lat, households, kind, chief = row
    person = Chief(*chief) if chief else None
    return Cell(code, name, depth, parent, lng, lat, households, kind, person)
