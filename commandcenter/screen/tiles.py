"""A city's vector tiles, each viewer getting only what lies in the viewer's scope."""

import gzip
import sqlite3
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from threading import Lock

import numpy as np
import orjson

from commandcenter.errors import Unavailable

EMPTY = gzip.compress(b"", mtime=0)
"""A tile in which nothing lies."""
# Field numbers of the vector tile format, version 2.1.
_LAYERS, _FEATURES, _ID = 3, 2, 1
_TILE = "select data from tiles where depth = ? and z = ? and x = ? and y = ?"
_DEPTHS = "select depth from levels where low <= ? order by depth"


class TileStore:
    """Reads what `build_tiles` has built; may be shared by threads.

    Raises Unavailable if the file at `path` is not there.
    """

    def __init__(self, path: Path, remembered: int = 1024) -> None:
        if not path.exists():
            raise Unavailable(f"{path}: no tiles for the map; start the server to build them")
        address = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
        self._connection = sqlite3.connect(address, uri=True, check_same_thread=False)
        self._lock = Lock()
        self.version = str(self._fact("version"))
        self._boxes = np.frombuffer(self._fact("boxes"), "<f4").reshape(-1, 4)
        self._depths = np.frombuffer(self._fact("depths"), np.int8)
        self._cut = lru_cache(maxsize=remembered)(self._cut_tile)
        self._described = lru_cache(maxsize=256)(self._describe)

    def __len__(self) -> int:
        """The number of cells of the city."""
        return len(self._depths)

    def tile(
        self, z: int, x: int, y: int, first: int, last: int, depth: int | None = None
    ) -> bytes:
        """Return a tile as gzipped bytes with the cells at positions first..last, maybe none.

        `depth` asks for one level, whose layer is named as "d3"; None for all levels.
        """
        whole = first <= 0 and last >= len(self) - 1
        if whole and depth is not None:
            return self._stored(depth, z, x, y) or EMPTY
        return self._cut((z, x, y), max(first, 0), last, depth)

    def ground(self, first: int, last: int) -> bytes:
        """Return what a map of positions first..last starts from, as gzipped JSON.

        {"version", "first", "last", "bounds": [west, south, east, north], "levels": [{"depth",
        "starts", "low", "high"}], "depths": one digit for each cell}; the range is one subtree.
        """
        return self._described(max(first, 0), min(last, len(self) - 1))

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    def _describe(self, first: int, last: int) -> bytes:
        depths = self._depths[first : last + 1]
        with self._lock:
            rows = self._connection.execute("select depth, starts, low, high from levels")
            names = ("depth", "starts", "low", "high")
            levels = [dict(zip(names, row, strict=True)) for row in rows if row[0] in depths]
        described = {
            "version": self.version,
            "first": first,
            "last": last,
            "bounds": [round(float(side), 5) for side in self._boxes[first]],
            "levels": levels,
            "depths": (depths + ord("0")).astype(np.uint8).tobytes().decode("ascii"),
        }
        return gzip.compress(orjson.dumps(described), 6, mtime=0)

    def _cut_tile(
        self, place: tuple[int, int, int], first: int, last: int, depth: int | None
    ) -> bytes:
        depths = [depth] if depth is not None else self._depths_at(place[0])
        stored = (self._stored(d, *place) for d in depths)
        kept = b"".join(keep(gzip.decompress(data), first, last) for data in stored if data)
        return gzip.compress(kept, 6, mtime=0) if kept else EMPTY

    def _depths_at(self, z: int) -> list[int]:
        with self._lock:
            return [depth for (depth,) in self._connection.execute(_DEPTHS, (z,))]

    def _stored(self, depth: int, z: int, x: int, y: int) -> bytes | None:
        with self._lock:
            row = self._connection.execute(_TILE, (depth, z, x, y)).fetchone()
        return bytes(row[0]) if row else None

    def _fact(self, name: str) -> bytes:
        row = self._connection.execute("select value from facts where name = ?", (name,)).fetchone()
        found: bytes = row[0]
        return found


def keep(tile: bytes, first: int, last: int) -> bytes:
    """Return `tile` with only the features whose id is in first..last, b"" for none.

    It goes by the wire format and never decodes a shape, so that cutting costs little.
    """
    layers = []
    for number, start, content, end in _fields(tile):
        if number == _LAYERS:
            body, features = _keep_layer(tile[content:end], first, last)
            if features:
                layers += [b"\x1a", _varint(len(body)), body]
        else:
            layers.append(tile[start:end])
    return b"".join(layers)


def _keep_layer(layer: bytes, first: int, last: int) -> tuple[bytes, int]:
    kept, features = [], 0
    for number, start, content, end in _fields(layer):
        if number == _FEATURES:
            if not first <= _feature_id(layer[content:end]) <= last:
                continue
            features += 1
        kept.append(layer[start:end])
    return b"".join(kept), features


def _feature_id(feature: bytes) -> int:
    for number, _, content, _ in _fields(feature):
        if number == _ID:
            return _read_varint(feature, content)[0]
    return -1


def _fields(message: bytes) -> Iterator[tuple[int, int, int, int]]:
    """Yield each field's number, where it starts, where its content starts, where it ends."""
    at, size = 0, len(message)
    while at < size:
        start = at
        key, at = _read_varint(message, at)
        content = at
        match key & 7:
            case 0:
                at = _read_varint(message, at)[1]
            case 1:
                at += 8
            case 2:
                length, content = _read_varint(message, at)
                at = content + length
            case _:
                at += 4
        yield key >> 3, start, content, at


def _read_varint(message: bytes, at: int) -> tuple[int, int]:
    value, shift = 0, 0
    while True:
        byte = message[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
