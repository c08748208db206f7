"""The routing and classification rules of plugins: what they may name, and in which order."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from commandcenter.domain.cells import Tree
from commandcenter.domain.classification import ClassificationRule, Sign
from commandcenter.domain.matters import Channel, Matter, Unit
from commandcenter.domain.routing import Route, Routes, RoutingRule
from commandcenter.host.plugin import EVERYWHERE, Registered, serves


@dataclass(frozen=True)
class Placed:
    """A rule with its plugin, and the districts in which it counts."""

    rule: RoutingRule
    plugin: str
    districts: tuple[str, ...]


@dataclass(frozen=True)
class PlacedSign:
    """A rule of classification with its plugin, and the districts in which it counts."""

    rule: ClassificationRule
    plugin: str
    districts: tuple[str, ...]


@dataclass(frozen=True)
class Known:
    """What the rules of plugins may name."""

    tree: Tree
    units: Sequence[Unit]
    matters: Mapping[str, Matter]
    channels: Mapping[str, Channel]


def placed(found: Registered[RoutingRule]) -> Placed:
    """Return a registered rule with what stands around it."""
    return Placed(found.item, found.plugin, found.districts)


def placed_sign(found: Registered[ClassificationRule]) -> PlacedSign:
    """Return a registered rule of classification with what stands around it."""
    return PlacedSign(found.item, found.plugin, found.districts)


def routes(placed: Iterable[Placed], tree: Tree) -> Routes:
    """Return all routes: those of districts first, then the city's; by plugin, as it lists them."""
    ordered = sorted(placed, key=_rank)
    return Routes(Route.of(found.rule, _districts(found), tree) for found in ordered)


def signs(placed: Iterable[PlacedSign], tree: Tree) -> tuple[Sign, ...]:
    """Return what reports are classified by, in the same order as routes."""
    ordered = sorted(placed, key=_rank)
    return tuple(Sign.of(found.rule, _districts(found), tree) for found in ordered)


def _rank(found: Placed | PlacedSign) -> tuple[bool, str]:
    return EVERYWHERE in found.districts, found.plugin


def _districts(found: Placed | PlacedSign) -> tuple[str, ...] | None:
    return None if EVERYWHERE in found.districts else found.districts


def first_faults(
    routing: Sequence[Registered[RoutingRule]],
    classification: Sequence[Registered[ClassificationRule]],
    known: Known,
) -> dict[str, str]:
    """Return what is wrong with the first wrong rule of each plugin, by its name."""
    found = [(r.plugin, f'routing rule "{r.item.key}"', faults(placed(r), known)) for r in routing]
    found += [
        (r.plugin, f'classification rule "{r.item.key}"', sign_faults(placed_sign(r), known))
        for r in classification
    ]
    wrong = ((plugin, rule, next(said, None)) for plugin, rule, said in reversed(found))
    return {plugin: f"{rule}: {fault}" for plugin, rule, fault in wrong if fault}


def sign_faults(placed: PlacedSign, known: Known) -> Iterator[str]:
    """Yield what a rule names that is not there, or lies outside its plugin's districts."""
    if placed.rule.matter not in known.matters:
        yield f'matter = "{placed.rule.matter}" is not in the catalogue of matters'
    yield from _common_faults(placed, known)


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
    yield from _common_faults(placed, known)


def _common_faults(placed: Placed | PlacedSign, known: Known) -> Iterator[str]:
    tree = known.tree
    for channel in placed.rule.channels:
        if channel not in known.channels:
            yield f'channels: "{channel}" is no channel; there are {", ".join(known.channels)}'
    for code in placed.rule.cells:
        if code not in tree or not serves(placed.districts, tree, tree.position[code]):
            yield f'cells: "{code}" is no cell of the districts that the plugin serves'


def _answers(unit: Unit, districts: Sequence[str], tree: Tree) -> bool:
    """Tell whether a unit is one of the districts or stands above one of them."""
    first, last = tree.range_of(unit.cell)
    if serves(districts, tree, first):
        return True
    return any(first <= tree.position[code] <= last for code in districts if code in tree)
