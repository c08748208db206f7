"""The routing rules of plugins: what they may name, and in which order they are asked."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from commandcenter.domain.cells import Tree
from commandcenter.domain.matters import Channel, Matter, Unit
from commandcenter.domain.routing import Route, Routes, RoutingRule
from commandcenter.host.plugin import EVERYWHERE, serves


@dataclass(frozen=True)
class Placed:
    """A rule with its plugin, and the districts in which it counts."""

    rule: RoutingRule
    plugin: str
    districts: tuple[str, ...]


@dataclass(frozen=True)
class Known:
    """What the rules of plugins may name."""

    tree: Tree
    units: Sequence[Unit]
    matters: Mapping[str, Matter]
    channels: Mapping[str, Channel]


def routes(placed: Iterable[Placed], tree: Tree) -> Routes:
    """Return all routes: those of districts first, then the city's; by plugin, as it lists them."""
    ordered = sorted(placed, key=lambda found: (EVERYWHERE in found.districts, found.plugin))
    return Routes(
        Route.of(found.rule, None if EVERYWHERE in found.districts else found.districts, tree)
        for found in ordered
    )


def faults(placed: Placed, known: Known) -> Iterator[str]:
    """Yield what a rule names that is not there, or lies outside its plugin's districts."""
    rule, tree = placed.rule, known.tree
    units = {unit.code: unit for unit in known.units}
    if rule.unit is not None and rule.unit not in units:
        yield f'unit = "{rule.unit}" is no unit of the city'
    elif rule.unit is not None and not _answers(units[rule.unit], placed.districts, tree):
        yield f'unit = "{rule.unit}" belongs to another district'
    if rule.duty is not None and rule.duty not in {unit.duty for unit in known.units}:
        yield f'duty = "{rule.duty}" is the duty of no unit of the city'
    for prefix in rule.matters:
        if not any(code.startswith(prefix) for code in known.matters):
            yield f'matters: "{prefix}" is or begins the code of no matter'
    for channel in rule.channels:
        if channel not in known.channels:
            yield f'channels: "{channel}" is no channel; there are {", ".join(known.channels)}'
    for code in rule.cells:
        if code not in tree or not serves(placed.districts, tree, tree.position[code]):
            yield f'cells: "{code}" is no cell of the districts that the plugin serves'


def _answers(unit: Unit, districts: Sequence[str], tree: Tree) -> bool:
    """Tell whether a unit is one of the districts or stands above one of them."""
    first, last = tree.range_of(unit.cell)
    if serves(districts, tree, first):
        return True
    return any(first <= tree.position[code] <= last for code in districts if code in tree)
