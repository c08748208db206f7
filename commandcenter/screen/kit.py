"""The Dash components of the wall and of panels; assets/kit-*.js draws them.

The classes are written by hand: a component is its name, its properties and a function of the
same name in `window.cc_kit`, so nothing is generated or built.
"""

from typing import Any

from dash.development.base_component import Component

from commandcenter.host import kit
from commandcenter.screen.citymap import CityMap
from commandcenter.screen.properties import give

PART = ("value", "title", "span", "grow")


class KitComponent(Component):
    """What the classes below have in common: `_props` are the properties allowed."""

    _namespace = "cc_kit"
    _type = "KitComponent"
    _children_props: list[str] = []  # noqa: RUF012
    _base_nodes = ["children"]  # noqa: RUF012
    _props: tuple[str, ...] = ()
    _prop_names: list[str] = []  # noqa: RUF012
    _valid_wildcard_attributes: list[str] = []  # noqa: RUF012
    available_wildcard_properties: list[str] = []  # noqa: RUF012

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls._type = cls.__name__
        cls._prop_names = ["children", "id", *cls._props]

    def __init__(self, children: Any = None, **props: Any) -> None:
        given = {name: value for name, value in props.items() if value is not None}
        if children is not None:
            given["children"] = children
        give(self, given)


class Number(KitComponent):
    """A number that rolls."""

    _props = (*PART, "unit", "digits", "great")


class Bars(KitComponent):
    """Ranked bars."""

    _props = (*PART, "rows")


class Flow(KitComponent):
    """Steps in a row."""

    _props = PART


class Board(KitComponent):
    """Rows in columns, turned page by page."""

    _props = (*PART, "columns", "row_height", "header", "turns")


class Chart(KitComponent):
    """A plotly figure in the one template."""

    _props = PART


class Legend(KitComponent):
    """The three colours with their counts."""

    _props = PART


class Note(KitComponent):
    """A line of words."""

    _props = PART


class Delta(KitComponent):
    """A number beside its change."""

    _props = (*PART, "unit", "digits", "change", "better")


class Sparkline(KitComponent):
    """A small line without axes, with its last value."""

    _props = (*PART, "unit", "digits", "zero")


class Table(KitComponent):
    """Rows in columns that stay."""

    _props = (*PART, "columns", "header")


class Gauge(KitComponent):
    """A value between limits, with bands."""

    _props = (*PART, "low", "high", "yellow", "red", "digits", "unit")


class Timeline(KitComponent):
    """Things with instants on a line; `before` and `after` in hours."""

    _props = (*PART, "before", "after")


class MapLayer(KitComponent):
    """A layer on the map of the same face; `keys` is what tones mean, [{"tone", "title"}]."""

    _props = (*PART, "keys")


class Picture(KitComponent):
    """A picture with its caption and age."""

    _props = PART


class Tile(KitComponent):
    """A panel's frame: its title, its age and its parts.

    `place` is [column, row, width, height] in the face's grid, `rows` the CSS rows of its inner
    grid, `interval` in seconds, `at` real milliseconds of the last change, `state` ok, failed
    or withheld; of a `pushed` tile `at` is the instant of the push.
    """

    _props = (
        "title", "formula", "place", "columns", "rows", "interval", "pushed", "at", "state",
        "reason",
    )  # fmt: skip


class Header(KitComponent):
    """Title, faces ([{"key", "title"}]), notes, connection, date and time.

    `sources` names, by key, the sources whose failing is told here. `code` is the address of the
    code that leads a tablet to what the wall shows.
    """

    _props = ("title", "faces", "notes", "sources", "code")


class Stage(KitComponent):
    """The canvas, scaled into the window; `faces` are keys, `seconds` the time of each."""

    _props = ("canvas", "fit", "faces", "seconds", "sizes")


class Face(KitComponent):
    """One face with its grid of `columns` by `rows`."""

    _props = ("face", "columns", "rows")


class Stream(KitComponent):
    """The page's one event stream; `slots` maps a topic's id to the tiles that show it.

    `last` is the event after which it goes on, where the page was made with what was known then,
    `clock` the time at which it was: {"real", "city", "zone", "speed", "silent", "asof"}.
    """

    _props = ("url", "slots", "build", "language", "words", "last", "clock")


def draw(part: kit.AnyPart, id: str, language: str, **map_props: Any) -> Component:
    """Return the component of a part; `map_props` go to the map's own properties."""
    title = part.title.in_language(language) if part.title else None
    props: dict[str, Any] = {"id": id, "title": title, "span": part.span, "grow": part.grow}
    match part:
        case kit.Number():
            unit = _unit(part, language)
            return Number(**props, unit=unit, digits=part.digits, great=part.great)
        case kit.Bars():
            return Bars(**props, rows=part.rows)
        case kit.Flow():
            return Flow(**props)
        case kit.Board():
            columns = [_column(column, language) for column in part.columns]
            shape = {"row_height": part.row_height, "header": part.header, "turns": part.turns}
            return Board(**props, columns=columns, **shape)
        case kit.Chart():
            return Chart(**props)
        case kit.CityMap():
            wished = {name: value for name, value in map_props.items() if value is not None}
            given = {"depth": part.depth, "taps": part.taps, **props, **wished}
            return CityMap(**{name: value for name, value in given.items() if value is not None})
        case kit.Legend():
            return Legend(**props)
        case kit.Note():
            return Note(**props)
        case kit.Table():
            columns = [_column(column, language) for column in part.columns]
            return Table(**props, columns=columns, header=part.header)
        case kit.Timeline():
            return Timeline(**props, before=part.before, after=part.after)
        case kit.MapLayer():
            keys = [
                {"tone": key.tone, "title": key.title.in_language(language)} for key in part.keys
            ]
            return MapLayer(**props, keys=keys)
        case kit.Picture():
            return Picture(**props)
        case _:
            return _measured(part, props | {"digits": part.digits, "unit": _unit(part, language)})


def _measured(part: kit.Delta | kit.Sparkline | kit.Gauge, props: dict[str, Any]) -> Component:
    match part:
        case kit.Delta():
            return Delta(**props, change=part.change, better=part.better)
        case kit.Sparkline():
            return Sparkline(**props, zero=part.zero)
        case kit.Gauge():
            bands = {"yellow": part.yellow, "red": part.red}
            drawn = {tone: list(band) for tone, band in bands.items() if band}
            return Gauge(**props, low=part.low, high=part.high, **drawn)


def _unit(part: kit.Number | kit.Delta | kit.Sparkline | kit.Gauge, language: str) -> str | None:
    return part.unit.in_language(language) if part.unit else None


def _column(column: kit.Column, language: str) -> dict[str, Any]:
    return {
        "key": column.key,
        "title": column.title.in_language(language),
        "width": column.width,
        "align": column.align,
        "form": column.form,
    }
