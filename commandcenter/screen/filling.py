"""Fills the components of a page with what is known of its topics: it is made with values."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from dash.development.base_component import Component

from commandcenter.live.latest import Known
from commandcenter.screen.kit import Stream, Tile
from commandcenter.screen.tablet_kit import Tablet


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known when a page is made: topics by key, the event after which its stream goes on,
    and the time as the stream tells it.
    """

    known: Mapping[str, Known]
    after: str
    clock: Mapping[str, Any]


def fill(page: Tablet, facts: Facts) -> None:
    """Give tiles their instants and parts their values; what is not known stays so."""
    known = facts.known
    slots = {slot: known[t.key] for slot, t in page.topics.items() if t.key in known}
    for component in components(page):
        id = getattr(component, "id", None)
        if isinstance(component, Stream):
            _set(component, clock=dict(facts.clock), last=facts.after or None)
        elif isinstance(component, Tile) and id in slots:
            _date(component, slots[id])
        elif isinstance(id, str) and "value" in component._prop_names:
            slot, _, part = id.partition("-")
            value = slots[slot].parts.get(part) if slot in slots else None
            if value is not None:
                _set(component, value=orjson.loads(value))


def _date(tile: Tile, known: Known) -> None:
    _set(tile, at=known.at)
    if known.state != "ok":
        _set(tile, state=known.state, reason=known.reason)


def _set(component: Component, **props: Any) -> None:
    for name, value in props.items():
        if value is not None:
            setattr(component, name, value)


def components(within: Any) -> Iterator[Component]:
    """Yield a component and all those in it, in the order of the page."""
    waiting = [within]
    while waiting:
        each = waiting.pop()
        if each is None or isinstance(each, str):
            continue
        if isinstance(each, list | tuple):
            waiting.extend(reversed(each))
        elif isinstance(each, Component):
            yield each
            waiting.append(getattr(each, "children", None))
