"""The views over which a plugin's panels and rules are tried: usual, empty, unknown and huge."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from commandcenter.domain.cases import Mark, State
from commandcenter.domain.cells import Cell, Tree
from commandcenter.domain.clocks import HOUR
from commandcenter.domain.colours import Colour
from commandcenter.domain.indices import Index
from commandcenter.domain.text import Text
from commandcenter.host.coordination import PartLine
from commandcenter.host.panel import CaseLine, ColourChange, UnitLoad
from commandcenter.host.plugin import EVERYWHERE
from commandcenter.host.readings import Reading
from commandcenter.sandbox.world import part_of
from commandcenter.testing.city import DISTRICTS, KEY
from commandcenter.testing.conformance.coordination import made_coordination
from commandcenter.testing.plenty import Plenty, metric_names
from commandcenter.testing.ready import ReadyCity
from commandcenter.testing.view import NOW, FakeView

STREETS, COMMUNITIES, GRIDS, MICROS = 14, 16, 5, 3
"""How many cells lie under each of a huge city: with 15 districts it has over 60,000."""
HUGE_DISTRICTS = 15
LONG = "名字很长的一处地方，一行里写不下，大屏上也放不下，所以会被截短"
PARTS = (PartLine("sample-lead", "acting", is_lead=True), PartLine("sample-other", "called"))
INDEX = Index(
    "sample.closed_on_time", Text("按期结案率", "Closed on time"), "closed.on_time.30d",
    "closed.judged.30d", Text("按期结案数 / 结案数", "On time / closed"), 1.0,
)  # fmt: skip


@dataclass(frozen=True)
class Sample:
    """A view to try; `is_plain` for one as a city shows it on a usual day."""

    name: str
    view: FakeView
    is_plain: bool = False


@dataclass(frozen=True)
class Samples:
    """The views for one plugin: its small city, and what its sources say."""

    city: ReadyCity
    said: Sequence[Reading] = ()

    @cached_property
    def homes(self) -> tuple[str, ...]:
        """The cells whose screens show the plugin: its districts, or the city and a district."""
        if EVERYWHERE in self.city.districts:
            return (self.city.tree.cells[0].code, DISTRICTS[0][0])
        return self.city.districts

    def usual(self) -> Iterator[Sample]:
        """Yield the city on a usual day, in both languages, from the district to a micro-grid."""
        for home in self.homes:
            for language in ("zh", "en"):
                view = self.view(home, language=language)
                yield Sample(f"a usual day in {home}, {language}", view, is_plain=True)
        first = self.city.tree.position[self.homes[0]]
        for code in (self.city.tree.cells[first + 1].code, self.leaf):
            yield Sample(f"a usual day in {code}", self.view(code))

    def hard(self) -> Iterator[Sample]:
        """Yield what seldom comes: nothing at all, much that is not known, long names."""
        for home in self.homes:
            yield Sample("a city in which nothing has happened", self.city.view({}, home))
            unknown = self.view(home, cases=[_unknown(case) for case in self.cases(home)])
            nothing = replace(
                unknown, usual=(None,) * 24, ages={}, loads=(), changes=(), trend={}, coloured={},
                just_usual=None, said=(), whistled=(), directed=(),
            )  # fmt: skip
            yield Sample("a city of which much is not known", nothing)
        for clearance in (1, 2):
            view = self.view(self.homes[0], clearance=clearance)
            yield Sample(f"a viewer of clearance {clearance}", view)

    def huge(self) -> Sample:
        """Return a huge city, or a huge district, with a hundred cases and long names."""
        tree = huge_tree(self.city.districts)
        code = tree.cells[0].code if EVERYWHERE in self.city.districts else self.homes[0]
        tree = tree if EVERYWHERE in self.city.districts else part_of(tree, code)
        return Sample("a huge city", self._filled(tree, code, most=400, cases=100))

    @property
    def leaf(self) -> str:
        """The first cell without cells below it in the first district."""
        tree = self.city.tree
        at = tree.position[self.homes[0]]
        while tree.last[at] > at:
            at += 1
        return tree.cells[at].code

    def view(self, at: str, **more: Any) -> FakeView:
        """Return a full view of a cell."""
        tree = self.part(at)
        return self._filled(tree, at, **{**made_coordination(tree, at), **more})

    def part(self, at: str) -> Tree:
        """Return the tree as a plugin's process has it: with its own district alone."""
        tree = self.city.tree
        if EVERYWHERE in self.city.districts:
            return tree
        position = tree.position[at]
        home = next(code for code in self.homes if _holds(tree, code, position))
        return part_of(tree, home)

    def cases(self, at: str) -> Sequence[CaseLine]:
        """Return the cases of a usual view."""
        return made_cases(self.part(at), at, 12)

    def _filled(
        self, tree: Tree, at: str, most: int = 9, cases: Sequence[CaseLine] | int = 12, **more: Any
    ) -> FakeView:
        bare = FakeView(tree=tree, at=at)
        names = metric_names(len(bare.levels), tuple(bare.channels))
        first, last = tree.range_of(at)
        line = list(range(24))
        return self.city_view(
            tree, Plenty(tree, names, most), at,
            **{
                "reports": line, "usual": [float(n) for n in line], "indices": (INDEX,),
                "ages": dict.fromkeys(State, 5400.0), "loads": self._loads(tree),
                "cases": made_cases(tree, at, cases) if isinstance(cases, int) else cases,
                "coloured": _colours(tree), "trend": {"red": line, "yellow": line},
                "changes": [_change(here) for here in range(first, min(last, first + 8) + 1)],
                "just_reported": Plenty(tree, names, 2)["reported"],
                "just_usual": [1.0] * (last - first + 1),
                "said": [reading for reading in self.said if reading.cell in tree],
                **more,
            },
        )  # fmt: skip

    def city_view(self, tree: Tree, given: Mapping[str, Any], at: str, **more: Any) -> FakeView:
        """Return a view of any tree with the plugin's words."""
        words = self.city.words(more.get("language", "zh"))
        return FakeView(given, at, tree, now=NOW, words=words, **more)

    def _loads(self, tree: Tree) -> list[UnitLoad]:
        units = [unit for unit in self.city.data.units if unit.cell in tree]
        return [UnitLoad(unit, 40 - n, 20 - n) for n, unit in enumerate(units[:20])]


def huge_tree(districts: Sequence[str]) -> Tree:
    """Return a tree with 4,200 cells in each of these districts, over 60,000 for a whole city."""
    codes = [code for code in districts if code != EVERYWHERE]
    codes = codes or [f"9{n:05d}" for n in range(HUGE_DISTRICTS)]
    cells = [Cell(f"{KEY}-huge", "大城市", 0, None, 113.6, 34.7, 2_500_000)]
    parents = [cells[0].code]
    for depth, width in enumerate((len(codes), STREETS, COMMUNITIES, GRIDS, MICROS), start=1):
        below = []
        for parent in parents:
            own = codes if depth == 1 else [f"{parent}{n:02d}" for n in range(width)]
            cells += [Cell(code, LONG, depth, parent, 113.6, 34.7, 60) for code in own]
            below += own
        parents = below
    return Tree.of(cells)


def made_cases(tree: Tree, at: str, number: int) -> list[CaseLine]:
    """Return cases of a cell: late and supervised ones, and some without matter, unit or limit."""
    first, last = tree.range_of(at)
    matters = ("E0101", "E0102", "P0201", None)
    return [
        CaseLine(
            id=1000 + n, title="路边有暴露垃圾" if number < 50 else LONG,
            channel="hotline", matter=matters[n % 4], cell=first + n * 7 % (last - first + 1),
            unit=None, state=tuple(State)[n % 4], reported_at=NOW - n * HOUR, since=NOW - n * HOUR,
            due=None if n % 5 == 4 else NOW + (n % 3 - 1) * HOUR, supervised=n % 4 == 0,
            marks=tuple(Mark)[n % len(Mark)], parts=PARTS if n % len(Mark) == 1 else (),
        )
        for n in range(number)
    ]  # fmt: skip


def _unknown(case: CaseLine) -> CaseLine:
    return replace(case, matter=None, unit=None, due=None, channel="gone")


def _holds(tree: Tree, code: str, position: int) -> bool:
    first, last = tree.range_of(code)
    return first <= position <= last


def _colours(tree: Tree) -> list[int]:
    shades = (Colour.BLUE, Colour.YELLOW, Colour.BLUE, Colour.RED)
    return [int(shades[at % 4]) for at in range(len(tree))]


def _change(position: int) -> ColourChange:
    return ColourChange(
        position, NOW - HOUR, Colour.BLUE, Colour.RED, "sample.rule", "超时 5 件", "", NOW + HOUR
    )
