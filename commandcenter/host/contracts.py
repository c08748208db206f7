"""What a hook must answer: the type of each item, of its fields, and what its keys look like."""

import difflib
import re
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from types import GenericAlias
from typing import Any, get_args, get_type_hints

from pydantic import ConfigDict, TypeAdapter, ValidationError

from commandcenter.domain import metrics
from commandcenter.domain.classification import GAP, ClassificationRule
from commandcenter.domain.clocks import Limit
from commandcenter.domain.indices import Index
from commandcenter.domain.matters import Channel, Matter
from commandcenter.domain.routing import RoutingRule
from commandcenter.domain.text import Text
from commandcenter.errors import PluginError
from commandcenter.host.city import City
from commandcenter.host.kit import AnyPart, Column
from commandcenter.host.panel import Panel, RiskRule
from commandcenter.host.parts import part_faults
from commandcenter.host.remote import RemotePanel
from commandcenter.host.source import Source

EXPECTED: Mapping[str, type[Any]] = {
    "city": City,
    "sources": Source,
    "channels": Channel,
    "matters": Matter,
    "panels": Panel,
    "risk_rules": RiskRule,
    "indices": Index,
    "routing_rules": RoutingRule,
    "classification_rules": ClassificationRule,
}
"""The type of the items of each hook, by its name without `register_`."""
NOUN: Mapping[str, str] = {
    "city": "city", "sources": "source", "channels": "channel", "matters": "matter",
    "panels": "panel", "risk_rules": "rule", "indices": "index",
    "routing_rules": "routing rule", "classification_rules": "classification rule",
}  # fmt: skip
KEY = re.compile(r"[A-Za-z0-9_.:\-]{1,64}")
PART = re.compile(r"[a-z][a-z0-9_]{0,39}")
MAX_COLUMNS = 24
STRICT = ConfigDict(strict=True, arbitrary_types_allowed=True)


def key_of(item: Any) -> str:
    """Return the key of an item; a matter's is its code."""
    return str(item.code if isinstance(item, Matter) else item.key)


def items_of(provided: str, answer: object) -> list[Any]:
    """Return the checked items of a hook's answer; raises PluginError that names the fault."""
    expected = EXPECTED[provided]
    many = provided != "city"
    if many and not isinstance(answer, (list, tuple)):
        raise PluginError(
            f"returned {_type(answer)}, but a list or tuple of {expected.__name__} is needed"
        )
    items = list(answer) if many and isinstance(answer, (list, tuple)) else [answer]
    for at, item in enumerate(items):
        place = f"item {at}" if many else "the answer"
        if not isinstance(item, expected):
            raise PluginError(f"{place} is {_type(item)}, but {expected.__name__} is needed")
        for fault in _faults(item):
            raise PluginError(f"{NOUN[provided]} {_name(item)!r}: {fault}")
    return items


def _faults(item: Any) -> Iterator[str]:
    yield from _field_faults(item, "")
    if not KEY.fullmatch(key_of(item)):
        yield f"key = {key_of(item)!r} must be 1 to 64 of letters, digits and _ . : -"
    yield from _OWN.get(type(item), _nothing)(item)


def _field_faults(item: Any, path: str) -> Iterator[str]:
    """Check each field against its annotation, and the dataclasses in it."""
    for name, adapter in _adapters(type(item)).items():  # type: ignore[arg-type]
        value = getattr(item, name)
        try:
            adapter.validate_python((value,))
        except ValidationError as error:
            first = error.errors()[0]
            inside = "".join(f"[{at}]" for at in first["loc"][1:] if isinstance(at, int))
            yield f"{path}{name}{inside} = {_short(first['input'])}: {first['msg']}"
            return
        yield from _inner_faults(value, f"{path}{name}")


def warm() -> None:
    """Make ready what checking needs: a process that is forked later has it at once."""
    for kind in (*EXPECTED.values(), *get_args(AnyPart), Text, Limit, Column):
        _adapters(kind)


def _inner_faults(value: Any, path: str) -> Iterator[str]:
    if is_dataclass(value) and not isinstance(value, type):
        yield from _field_faults(value, f"{path}.")
    elif isinstance(value, tuple):
        for at, inner in enumerate(value):
            yield from _inner_faults(inner, f"{path}[{at}]")


# A pure function of a type: what it keeps cannot differ between two registries.
@cache
def _adapters(kind: Hashable) -> dict[str, TypeAdapter[Any]]:
    hints = get_type_hints(kind)
    # pydantic takes a configuration only beside a type that brings none, hence the tuple.
    wrapped: dict[str, Any] = {
        field.name: GenericAlias(tuple, (hints[field.name],))
        for field in fields(kind)  # type: ignore[arg-type]
    }
    return {name: TypeAdapter(hint, config=STRICT) for name, hint in wrapped.items()}


def _panel(panel: Panel) -> Iterator[str]:
    if not panel.parts:
        yield "parts is empty: a panel has at least one part"
    if not 1 <= panel.columns <= MAX_COLUMNS:
        yield f"columns = {panel.columns} must be 1 to {MAX_COLUMNS}"
    if not panel.interval > 0:
        yield f"interval = {panel.interval} must be above 0 seconds"
    seen: set[str] = set()
    for part in panel.parts:
        yield from _part(part, panel, seen)
        seen.add(part.name)


def _part(part: AnyPart, panel: Panel, seen: set[str]) -> Iterator[str]:
    if type(part) not in get_args(AnyPart):
        yield f"part {part.name!r} is {_type(part)}, which is no part of the kit"
    if not PART.fullmatch(part.name):
        yield f"part name = {part.name!r} must be 1 to 40 of a-z, 0-9 and _"
    if part.name in seen:
        yield f"part {part.name!r} is given twice"
    if not 1 <= part.span <= panel.columns:
        yield f"part {part.name!r}: span = {part.span} must be 1 to {panel.columns}, its columns"
    for fault in part_faults(part):
        yield f"part {part.name!r}: {fault}"


def _source(source: Source) -> Iterator[str]:
    if not source.interval > 0:
        yield f"interval = {source.interval} must be above 0 seconds"


def _city(city: City) -> Iterator[str]:
    keys = [level.key for level in city.levels]
    if not keys:
        yield "levels is empty: a city has at least the level of the city itself"
    for key in keys:
        if keys.count(key) > 1:
            yield f"level {key!r} is given twice"
    if not city.digest:
        yield "digest is empty: it must name what build yields"


def _matter(matter: Matter) -> Iterator[str]:
    if not matter.limit.hours > 0:
        yield f"limit.hours = {matter.limit.hours} must be above 0"
    if not matter.frequency >= 0:
        yield f"frequency = {matter.frequency} must not be below 0"


def _rule(rule: RiskRule) -> Iterator[str]:
    if not rule.check_hours > 0:
        yield f"check_hours = {rule.check_hours} must be above 0"


def _index(index: Index) -> Iterator[str]:
    if not index.weight >= 0:
        yield f"weight = {index.weight} must not be below 0"
    flows = (*metrics.flow_metrics((), 0), *metrics.REPORT_INS)
    for name in ("numerator", "denominator"):
        metric = getattr(index, name)
        if metric.removesuffix(".30d") not in flows and not metric.startswith("channel."):
            near = difflib.get_close_matches(metric, flows, 1)
            yield f"{name} = {metric!r} is no counted flow" + (
                f"; did you mean {near[0]}?" if near else ""
            )


def _routing_rule(rule: RoutingRule) -> Iterator[str]:
    if (rule.unit is None) == (rule.duty is None):
        yield "give either unit or duty"
    conditions = ("matters", "words", "channels", "cells")
    if not any(getattr(rule, name) for name in conditions):
        yield f"names no case: give one or more of {', '.join(conditions)}"
    for name in conditions:
        if not all(word.strip() for word in getattr(rule, name)):
            yield f"{name} holds an empty word, which every case has"


def _classification_rule(rule: ClassificationRule) -> Iterator[str]:
    if not rule.matter:
        yield "matter is empty: it is the code that the reports get"
    conditions = ("words", "patterns", "channels", "cells")
    if not any(getattr(rule, name) for name in conditions):
        yield f"names no report: give one or more of {', '.join(conditions)}"
    for name in conditions:
        if not all(word.replace(GAP, "").strip() for word in getattr(rule, name)):
            yield f"{name} holds an empty word, which every report has"


def _nothing(_: Any) -> Iterator[str]:
    return iter(())


_OWN: Mapping[type[Any], Callable[[Any], Iterator[str]]] = {
    Panel: _panel, RemotePanel: _panel, Source: _source, City: _city, Matter: _matter,
    RiskRule: _rule, Index: _index, RoutingRule: _routing_rule,
    ClassificationRule: _classification_rule,
}  # fmt: skip


def _name(item: Any) -> str:
    return _short(getattr(item, "key", None) or getattr(item, "code", "?"))


def _short(value: object) -> str:
    words = value if isinstance(value, str) else repr(value)
    return words if len(words) <= 60 else words[:59] + "…"


def _type(value: object) -> str:
    return "nothing (None)" if value is None else f"a {type(value).__name__}"
