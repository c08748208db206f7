"""Where the catalogue of matters comes from: plugins, districts, what operators decided."""

from collections.abc import Iterator
from datetime import datetime

from commandcenter.cli.plugins.deciding import reading
from commandcenter.domain.classification import ClassificationRule
from commandcenter.domain.clocks import Millis
from commandcenter.domain.routing import RoutingRule
from commandcenter.host.plugin import EVERYWHERE, Registered
from commandcenter.host.registry import Registry
from commandcenter.settings import Settings
from commandcenter.store import plugins
from commandcenter.store.plugins import By, Given

DECIDING = frozenset({"matters", "routing_rules", "classification_rules"})
"""What a plugin may give that changes what a matter is or where it goes."""
SHOWN = 8


def origin(registry: Registry, code: str) -> str:
    """Return the plugin that gave a matter, with its districts, and the rules that name it."""
    found = registry.matters[code]
    rules = [f"{r.item.key}{_where(r)}" for r in registry.routing if code in r.item.matters]
    signs = [f"{s.item.key}{_where(s)}" for s in registry.classification if s.item.matter == code]
    return " + ".join([f"{found.plugin}{_where(found)}", *rules, *signs])


def told(settings: Settings, registry: Registry) -> Iterator[str]:
    """Yield what else decides: rules of plugins, and what operators have switched and set."""
    for rule in registry.routing:
        yield f"{rule.item.key}{_where(rule)}: {_conditions(rule.item)} to {_goal(rule.item)}"
    for sign in registry.classification:
        said = sign.item
        yield f"{said.key}{_where(sign)}: {_words(said)} is {said.matter}"
    yield from _decided(settings, registry)


def _decided(settings: Settings, registry: Registry) -> Iterator[str]:
    giving = [n for n, m in registry.manifests.items() if DECIDING & set(m.provides)]
    with reading(settings) as connection:
        if connection is None:
            return
        off = plugins.switched_off(connection)
        given = {name: plugins.given(connection, name) for name in giving}
    for name in sorted(giving):
        if name in off:
            yield f"{name}: disabled by {_by(off[name])}; its matters and rules are not in force"
        for each in given[name]:
            yield f"{name}: {each.key} = {_value(each)}, set by {_by(each.by)}"


def _where(found: Registered[object]) -> str:
    """Return the districts in which something counts; nothing for the whole city."""
    if EVERYWHERE in found.districts:
        return ""
    return f"@{','.join(found.districts)}"


def _conditions(rule: RoutingRule) -> str:
    matters = f"{', '.join(rule.matters[:SHOWN])}" if rule.matters else "any matter"
    said = f" that says {'/'.join(rule.words)}" if rule.words else ""
    by = f" by {'/'.join(rule.channels)}" if rule.channels else ""
    return f"{matters}{said}{by}"


def _goal(rule: RoutingRule) -> str:
    return f"the unit {rule.unit}" if rule.unit else f"the duty {rule.duty}"


def _words(rule: ClassificationRule) -> str:
    return f"what says {'/'.join((*rule.words, *rule.patterns))}"


def _value(given: Given) -> str:
    return "a secret" if given.is_secret else str(given.value)


def _by(who: By) -> str:
    return f"{who.name}, {_at(who.at)}"


def _at(at: Millis) -> str:
    return datetime.fromtimestamp(at / 1000).astimezone().strftime("%Y-%m-%d %H:%M")
