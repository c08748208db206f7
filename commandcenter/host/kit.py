"""The parts of which panels are made: data that the screen draws, never markup.

A part has a name, unique in its panel. A panel's render function returns a value for each part it
wants to set; the shapes are given here. None stands for "not known" and is shown as a dash.
"""

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from commandcenter.domain.text import Text

Tone = Literal["plain", "quiet", "red", "yellow", "blue", "good"]


@dataclass(frozen=True, slots=True)
class Part:
    """What every part has; `span` of `Panel.columns` columns, `grow` takes the height left."""

    kind: ClassVar[str] = "part"
    name: str
    title: Text | None = None
    span: int = 1
    grow: bool = False


@dataclass(frozen=True, slots=True)
class Number(Part):
    """A number that rolls.

    Value: {"value": int | float | None, "tone": Tone, "note": str}; tone and note may be absent.
    """

    kind: ClassVar[str] = "Number"
    great: bool = False
    digits: int = 0
    unit: Text | None = None


@dataclass(frozen=True, slots=True)
class Bars(Part):
    """Ranked bars. Value: [{"label": str, "value": number | None, "tone": Tone, "note": str}]."""

    kind: ClassVar[str] = "Bars"
    rows: int = 8


@dataclass(frozen=True, slots=True)
class Flow(Part):
    """Steps in a row. Value: [{"label": str, "value": int | None, "note": str, "tone": Tone}]."""

    kind: ClassVar[str] = "Flow"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a board; `width` is a share; a tone column shows a shape beside its words."""

    key: str
    title: Text
    width: float = 1.0
    align: Literal["left", "right"] = "left"
    form: Literal["text", "number", "percent", "clock", "age", "tone"] = "text"
    """percent: a share from 0 to 1; clock: an instant in milliseconds shown as HH:MM:SS of the
    city; age: an instant shown as the time since (or until) it;
    tone: {"tone": Tone, "text": str}."""


@dataclass(frozen=True, slots=True)
class Board(Part):
    """Rows in columns, turned page by page like a station board when they do not fit.

    Value: {"rows": [{column key: value, "key": str, "href": str, "tone": Tone}]}; key, href and
    tone may be absent.
    """

    kind: ClassVar[str] = "Board"
    columns: tuple[Column, ...] = ()
    row_height: int = 34
    header: bool = True
    turns: bool = True


@dataclass(frozen=True, slots=True)
class Chart(Part):
    """A plotly figure in the city's template, redrawn at most twice a second.

    Value: {"data": [...], "layout": {...}} as plotly's JSON; the template is added by the screen.
    A colour may be a token of the theme, as "--red", "--yellow", "--blue", "--series", "--bar",
    "--quiet" or "--text".
    """

    kind: ClassVar[str] = "Chart"


@dataclass(frozen=True, slots=True)
class CityMap(Part):
    """The one map, coloured by cell.

    Value: {"first": int, "colours": str, "labels": [{"code", "name", "lng", "lat", "value",
    "tone"}]}. `colours` is run-length coded from position `first` on: "<count><letter>" with
    n none, b blue, y yellow, r red, as "12b1r300b".
    """

    kind: ClassVar[str] = "CityMap"
    depth: int | None = None
    """Always show this level; None goes from level to level with the zoom."""
    taps: bool = False


@dataclass(frozen=True, slots=True)
class Legend(Part):
    """The three colours with their counts. Value: {"red": int, "yellow": int, "blue": int}."""

    kind: ClassVar[str] = "Legend"


@dataclass(frozen=True, slots=True)
class Note(Part):
    """A line of words. Value: str."""

    kind: ClassVar[str] = "Note"


@dataclass(frozen=True, slots=True)
class Delta(Part):
    """A number beside its change.

    Value: {"value": number | None, "change": number | None, "note": str}; note may be absent and
    says against what. A change in percent is a share: 0.031 is shown as 3.1 %.
    """

    kind: ClassVar[str] = "Delta"
    digits: int = 0
    unit: Text | None = None
    change: Literal["number", "percent"] = "number"
    better: Literal["up", "down", "neither"] = "neither"
    """Which direction is good news; neither leaves the change without a judgement."""


@dataclass(frozen=True, slots=True)
class Sparkline(Part):
    """A small line without axes, with its last value.

    Value: {"values": [number | None], "value": number | None, "tone": Tone, "note": str}; only
    values are needed, the last of them is `value` where none is given. None leaves a gap.
    """

    kind: ClassVar[str] = "Sparkline"
    digits: int = 0
    unit: Text | None = None
    zero: bool = False
    """Draw from 0 up; else from the lowest value to the highest."""


@dataclass(frozen=True, slots=True)
class Table(Part):
    """Rows in columns that stay: as many as fit on a wall, all of them on a tablet.

    Value: as that of a `Board`.
    """

    kind: ClassVar[str] = "Table"
    columns: tuple[Column, ...] = ()
    header: bool = True


@dataclass(frozen=True, slots=True)
class Gauge(Part):
    """A value between limits, with a yellow and a red band of the scale.

    Value: {"value": number | None, "low": number, "high": number, "yellow": [from, to], "red":
    [from, to], "note": str}; only value is needed, the others stand for what is declared here.
    """

    kind: ClassVar[str] = "Gauge"
    low: float = 0.0
    high: float = 100.0
    yellow: tuple[float, float] | None = None
    red: tuple[float, float] | None = None
    digits: int = 0
    unit: Text | None = None


@dataclass(frozen=True, slots=True)
class Timeline(Part):
    """Things with instants on a line, with the present moment.

    Value: {"items": [{"at": ms, "until": ms, "label": str, "note": str, "tone": Tone,
    "href": str}], "from": ms, "to": ms}. at and label are needed; without from and to the line
    reaches from `before` hours before the present moment to `after` hours after it.
    """

    kind: ClassVar[str] = "Timeline"
    before: float = 12.0
    after: float = 12.0


@dataclass(frozen=True, slots=True)
class Key:
    """What a tone means on a map layer, as its legend says it."""

    tone: Tone
    title: Text


@dataclass(frozen=True, slots=True)
class MapLayer(Part):
    """A layer on the one map of the same face; its own tile shows legend and count.

    Value: {"cells": {cell code: Tone}, "points": [{"lng", "lat", "tone", "label", "value"}],
    "heat": [[lng, lat, weight]], "note": str}; each may be absent, of a point only lng and lat are
    needed.
    """

    kind: ClassVar[str] = "MapLayer"
    keys: tuple[Key, ...] = ()


@dataclass(frozen=True, slots=True)
class Picture(Part):
    """A picture.

    Value: {"src": str, "caption": str, "at": ms}; src is what `encode_picture` gives, or a path of
    this server; at is when it was taken. Caption and at may be absent.
    """

    kind: ClassVar[str] = "Picture"


AnyPart = (
    Number
    | Bars
    | Flow
    | Board
    | Chart
    | CityMap
    | Legend
    | Note
    | Delta
    | Sparkline
    | Table
    | Gauge
    | Timeline
    | MapLayer
    | Picture
)

_LETTERS = b"nbyrr".ljust(256, b"n")
"""The letter of each colour by its number; orange is shown as red."""


def encode_colours(colours: NDArray[np.integer[Any]]) -> str:
    """Run-length code `Colour` values, 0 for unknown, as the value of a `CityMap` has them.

    The text is written digit by digit for all runs at once: 63,000 cells mostly of one colour take
    a tenth of a millisecond.
    """
    if colours.size == 0:
        return ""
    letters = np.frombuffer(colours.astype(np.uint8).tobytes().translate(_LETTERS), np.uint8)
    starts = np.concatenate(([0], np.flatnonzero(letters[1:] != letters[:-1]) + 1))
    counts = np.diff(starts, append=colours.size)
    digits = np.searchsorted(10 ** np.arange(1, 10), counts, side="right") + 1
    ends = np.cumsum(digits + 1)
    text = np.empty(int(ends[-1]), np.uint8)
    text[ends - 1] = letters[starts]
    for place in range(int(digits.max())):
        long_enough = digits > place
        at = ends[long_enough] - 2 - place
        text[at] = counts[long_enough] // 10**place % 10 + ord("0")
    return text.tobytes().decode("ascii")
