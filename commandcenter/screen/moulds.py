"""Moulds: the JSON of a page that is drawn once for all who would be shown the same.

What differs from one drill to the next is left open and filled in as bytes: the values of the
panels, which a worker has written as JSON already, the time, for whom the page may be kept, and
the name of who looks. Nothing of it is parsed or drawn again.
"""

import re
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass
from secrets import token_hex
from threading import Lock
from typing import Any

import orjson
from dash.development.base_component import Component

from commandcenter.live.latest import Known
from commandcenter.live.topics import Topic
from commandcenter.screen.filling import Facts, components
from commandcenter.screen.kit import Stream, Tile
from commandcenter.screen.properties import told
from commandcenter.screen.tablet_kit import Tablet

MOST = 400
"""So many moulds are kept, of some 20 KB each; those that nobody used for longest go first."""
NOTHING = b"null"


@dataclass(frozen=True, slots=True)
class Cast:
    """What one page is filled with: the facts, the name of who looks, for whom it may be kept."""

    facts: Facts
    name: str
    kept: Mapping[str, Any] | None


Hole = Callable[[Cast], bytes]
"""Returns the bytes for a place that was left open."""


class Mould:
    """The JSON of a tablet's page with holes; `topics` by slot are those that fill it."""

    def __init__(self, draw: Callable[[str], Tablet], mark: str) -> None:
        """Draw the page for a viewer who is called `mark`, which no words of a page have."""
        page = draw(mark)
        self.topics = dict(page.topics)
        holes = [_Hole(f"{mark}-{at}", *each) for at, each in enumerate(_open(page))]
        for hole in holes:
            said = vars(hole.component)
            said.pop(hole.prop, None)
            said[hole.prop] = hole.mark  # the last one, so that a comma stands before it
        shape = re.compile(rf',"\w+":"({mark}-\d+)"|({mark})'.encode())
        makers = {hole.mark.encode(): hole.make for hole in holes}
        self._pieces: list[bytes | Hole] = []
        data, at = dumped(page), 0
        for found in shape.finditer(data):
            self._pieces += [data[at : found.start()], makers[found[1]] if found[1] else _name]
            at = found.end()
        self._pieces.append(data[at:])

    def cast(self, cast: Cast) -> bytes:
        """Return the page's JSON."""
        return b"".join(each if isinstance(each, bytes) else each(cast) for each in self._pieces)


class Moulds:
    """The moulds that were used last; callable from any thread."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, Mould] = OrderedDict()
        self._lock = Lock()
        self._mark = token_hex(8)

    def get(self, key: Hashable, draw: Callable[[str], Tablet]) -> Mould:
        """Return the mould of a key, made by `draw` where there is none yet."""
        with self._lock:
            if (known := self._kept.get(key)) is not None:
                self._kept.move_to_end(key)
                return known
        made = Mould(draw, self._mark)
        with self._lock:
            self._kept[key] = made
            while len(self._kept) > MOST:
                self._kept.popitem(last=False)
        return made


def dumped(page: Any) -> bytes:
    """Return components as JSON, as Dash writes them."""
    return orjson.dumps(page, default=_plain, option=orjson.OPT_NON_STR_KEYS)


def _plain(component: Any) -> dict[str, Any]:
    if not isinstance(component, Component):
        raise TypeError(f"{component!r} is nothing that a page can show")
    return told(component)


@dataclass(frozen=True, slots=True)
class _Hole:
    mark: str
    component: Component
    prop: str
    make: Hole


def _open(page: Tablet) -> Iterator[tuple[Component, str, Hole]]:
    """Yield what is open: the component, the property that gives the place its name, its maker."""
    yield page, "kept", lambda cast: _prop("kept", orjson.dumps(cast.kept)) if cast.kept else b""
    for component in components(page):
        id = getattr(component, "id", None)
        if isinstance(component, Stream):
            yield component, "clock", _of_stream
        elif isinstance(id, str) and (topic := page.topics.get(id.partition("-")[0])):
            if isinstance(component, Tile) and "-" not in id:
                yield component, "at", _of_tile(topic)
            elif "value" in component._prop_names:
                yield component, "value", _of_part(topic, component, id.partition("-")[2])


def _of_stream(cast: Cast) -> bytes:
    last = cast.facts.after
    clock = _prop("clock", orjson.dumps(dict(cast.facts.clock)))
    return clock + (_prop("last", orjson.dumps(last)) if last else b"")


def _of_tile(topic: Topic) -> Hole:
    def made(cast: Cast) -> bytes:
        known = cast.facts.known.get(topic.key)
        return _dated(known) if known else b""

    return made


def _dated(known: Known) -> bytes:
    said = _prop("at", orjson.dumps(known.at))
    if known.state != "ok":
        said += _prop("state", orjson.dumps(known.state))
        said += _prop("reason", orjson.dumps(known.reason))
    return said


def _of_part(topic: Topic, component: Component, part: str) -> Hole:
    own = getattr(component, "value", None)
    before = NOTHING if own is None else dumped(own)

    def made(cast: Cast) -> bytes:
        known = cast.facts.known.get(topic.key)
        value = (known.parts.get(part) if known else None) or NOTHING
        said = before if value == NOTHING else value
        return b"" if said == NOTHING else _prop("value", said)

    return made


def _name(cast: Cast) -> bytes:
    return orjson.dumps(cast.name)[1:-1]


def _prop(name: str, value: bytes) -> bytes:
    return f',"{name}":'.encode() + value
