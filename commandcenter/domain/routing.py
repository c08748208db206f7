"""Routing rules: who handles a case, as data; a district's rule wins over the city's."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from commandcenter.domain.cells import Tree
from commandcenter.domain.matters import Matter, Unit
from commandcenter.domain.text import Text

Range = tuple[int, int]


@dataclass(frozen=True, slots=True)
class RoutingRule:
    """Sends cases to a unit, by its code, or to the nearest unit of a duty at or above the case.

    A case fits where each condition that is given holds: its matter's code is or begins with one of
    `matters`, one of `words` stands in its title or description, its channel is one of `channels`,
    its cell lies in one of `cells` (codes). `reason` is kept with the dispatch.
    """

    key: str
    title: Text
    reason: Text
    matters: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    cells: tuple[str, ...] = ()
    unit: str | None = None
    duty: str | None = None

    @property
    def note(self) -> str:
        """What is written beside a dispatch: the rule's key and the reason."""
        return f"{self.key}: {self.reason.zh}"


def joined(note: str, said: str) -> str:
    """Return a rule's note with what was said beside it."""
    return " · ".join(filter(None, (note, said)))


class Asked(NamedTuple):
    """A case for which a unit is to be found; one without a matter has none yet."""

    matter: Matter | None
    cell: int
    channel: str
    title: str = ""
    description: str = ""


NEAREST = "duty: 按事项职责就近派遣"
"""The note of the rule that is built in: the nearest unit of the matter's duty."""


class Decision(NamedTuple):
    """Who is responsible, and by which rule; the note is empty where no rule decided."""

    unit: Unit | None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Route:
    """A rule with the ranges of cells in which it counts: its plugin's districts, its own cells."""

    rule: RoutingRule
    ranges: tuple[Range, ...]
    words: tuple[str, ...]

    @classmethod
    def of(cls, rule: RoutingRule, districts: Sequence[str] | None, tree: Tree) -> "Route":
        """Return the route of a rule; no districts are the whole city."""
        words = tuple(word.lower() for word in rule.words)
        return cls(rule, ranges_of(rule.cells, districts, tree), words)

    def fits(self, case: Asked) -> bool:
        """Tell whether a case, whose matter is known to fit, is one of the rule's."""
        rule = self.rule
        if rule.channels and case.channel not in rule.channels:
            return False
        cell = case.cell
        for first, last in self.ranges:
            if first <= cell <= last:
                break
        else:
            return False
        if not self.words:
            return True
        said = f"{case.title} {case.description}".lower()
        return any(word in said for word in self.words)


class Routes:
    """All routes in the order in which they are asked, found by the code of a matter."""

    def __init__(self, routes: Iterable[Route] = ()) -> None:
        self._routes = tuple(routes)
        self._by_matter: dict[str, tuple[Route, ...]] = {}
        self.reads_words = any(route.words for route in self._routes)

    def __bool__(self) -> bool:
        return bool(self._routes)

    def for_matter(self, code: str) -> tuple[Route, ...]:
        """Return the routes that may take cases of a matter, the first to be asked first."""
        found = self._by_matter.get(code)
        if found is None:
            found = self._by_matter[code] = tuple(
                route
                for route in self._routes
                if not route.rule.matters or code.startswith(route.rule.matters)
            )
        return found


NO_ROUTES = Routes()


def ranges_of(
    cells: Sequence[str], districts: Sequence[str] | None, tree: Tree
) -> tuple[Range, ...]:
    """Return where a rule counts: in its plugin's districts and, if it names some, its cells."""
    around = [(0, len(tree) - 1)] if districts is None else _ranges(districts, tree)
    inside = _ranges(cells, tree) if cells else around
    return tuple(
        (max(first, low), min(last, high))
        for first, last in around
        for low, high in inside
        if max(first, low) <= min(last, high)
    )


def _ranges(codes: Iterable[str], tree: Tree) -> list[Range]:
    return [tree.range_of(code) for code in codes if code in tree]
