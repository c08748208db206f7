"""The world of a plugin's process: its part of the tree, without persons, and the city's words."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict

from commandcenter.domain.cells import Cell, Level, Tree
from commandcenter.domain.clocks import Calendar
from commandcenter.domain.indices import Index
from commandcenter.domain.matters import Channel, Matter
from commandcenter.sandbox.wire import Buffer, Frame


class Words(BaseModel):
    """What is the same everywhere in a city: levels, calendar, channels, matters, indices."""

    model_config = ConfigDict(frozen=True)

    levels: tuple[Level, ...]
    calendar: Calendar
    channels: dict[str, Channel]
    matters: dict[str, Matter]
    indices: tuple[Index, ...]


@dataclass(frozen=True)
class World:
    """A part of a city as a plugin's process sees it; its root has no parent."""

    words: Words
    tree: Tree


def part_of(tree: Tree, code: str) -> Tree:
    """Return the tree of a cell and all that lies under it, without chiefs."""
    first, last = tree.range_of(code)
    cells = [cell._replace(chief=None) for cell in tree.cells[first : last + 1]]
    cells[0] = cells[0]._replace(parent=None)
    return Tree.ordered(cells, tree.last[first : last + 1] - first)  # type: ignore[arg-type]


def packed(words: Words, tree: Tree) -> tuple[dict[str, Any], Sequence[Buffer]]:
    """Return a world as a head and buffers."""
    cells = tree.cells
    head = {
        "words": words.model_dump(mode="json"),
        "codes": [cell.code for cell in cells],
        "names": [cell.name for cell in cells],
        "kinds": {str(at): cell.kind for at, cell in enumerate(cells) if cell.kind},
    }
    points = np.array([(cell.lng, cell.lat) for cell in cells], np.float64)
    return head, (tree.parent, tree.last, tree.depth, points, tree.households)


def read(frame: Frame) -> World:
    """Read what `packed` has made."""
    head = frame.head
    parent, last, depth, points, households = (
        buffer.tolist() for buffer in frame.buffers if not isinstance(buffer, bytes)
    )
    codes, kinds = head["codes"], head["kinds"]
    columns = zip(codes, head["names"], depth, parent, points, households, strict=True)
    cells = [
        Cell(
            code, name, level, codes[up] if up >= 0 else None, lng, lat, lived,
            kinds.get(str(at), ""),
        )
        for at, (code, name, level, up, (lng, lat), lived) in enumerate(columns)
    ]  # fmt: skip
    return World(Words.model_validate(head["words"]), Tree.ordered(cells, last))
