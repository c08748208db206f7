"""What a part may declare of itself: limits that hold before any value is there."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from commandcenter.host.kit import (
    Bars,
    Board,
    Column,
    Delta,
    Gauge,
    MapLayer,
    Number,
    Part,
    Sparkline,
    Table,
    Timeline,
)

MAX_DIGITS = 6
MAX_ROWS = 200
MAX_COLUMNS = 24
MAX_HOURS = 24 * 366
ROW_PIXELS = range(16, 401)


def part_faults(part: Part) -> Iterator[str]:
    """Give what is wrong with the declaration of a part, in words that begin with its field."""
    yield from _DECLARED.get(type(part), _nothing)(part)


def _digits(part: Number | Delta | Sparkline) -> Iterator[str]:
    if not 0 <= part.digits <= MAX_DIGITS:
        yield f"digits = {part.digits} must be 0 to {MAX_DIGITS}"


def _bars(part: Bars) -> Iterator[str]:
    if not 1 <= part.rows <= MAX_ROWS:
        yield f"rows = {part.rows} must be 1 to {MAX_ROWS}"


def _board(part: Board) -> Iterator[str]:
    yield from _columns(part.columns)
    if part.row_height not in ROW_PIXELS:
        last = ROW_PIXELS.stop - 1
        yield f"row_height = {part.row_height} must be {ROW_PIXELS.start} to {last}"


def _table(part: Table) -> Iterator[str]:
    yield from _columns(part.columns)


def _columns(columns: Sequence[Column]) -> Iterator[str]:
    if len(columns) > MAX_COLUMNS:
        yield f"columns has {len(columns)}, at most {MAX_COLUMNS} can be read"
    keys = [column.key for column in columns]
    for at, column in enumerate(columns):
        if column.key in keys[:at]:
            yield f"columns[{at}].key = {column.key!r} is given twice"
        if not 0 < column.width <= 100:
            yield f"columns[{at}].width = {column.width} must be above 0 and at most 100"


def _gauge(part: Gauge) -> Iterator[str]:
    if not 0 <= part.digits <= MAX_DIGITS:
        yield f"digits = {part.digits} must be 0 to {MAX_DIGITS}"
    if not -math.inf < part.low < part.high < math.inf:
        yield f"low = {part.low} must be below high = {part.high}, both finite"
    for name, band in (("yellow", part.yellow), ("red", part.red)):
        if band and not -math.inf < band[0] <= band[1] < math.inf:
            yield f"{name} = {list(band)} must begin with the lower end, both ends finite"


def _timeline(part: Timeline) -> Iterator[str]:
    for name, hours in (("before", part.before), ("after", part.after)):
        if not 0 <= hours <= MAX_HOURS:
            yield f"{name} = {hours} must be 0 to {MAX_HOURS} hours"
    if not part.before + part.after > 0:
        yield "before and after are both 0: the line has no length"


def _layer(part: MapLayer) -> Iterator[str]:
    tones = [key.tone for key in part.keys]
    for at, tone in enumerate(tones):
        if tone in tones[:at]:
            yield f"keys[{at}].tone = {tone!r} is given twice"


def _nothing(_: Part) -> Iterator[str]:
    return iter(())


_DECLARED: Mapping[type[Part], Callable[[Any], Iterator[str]]] = {
    Number: _digits, Delta: _digits, Sparkline: _digits, Bars: _bars, Board: _board,
    Table: _table, Gauge: _gauge, Timeline: _timeline, MapLayer: _layer,
}  # fmt: skip
