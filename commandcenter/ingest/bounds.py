"""Where a source may report from: the districts that its plugin's manifest names."""

from dataclasses import dataclass

from commandcenter.domain.cells import Tree
from commandcenter.host.plugin import EVERYWHERE, Registered
from commandcenter.host.source import Source


@dataclass(frozen=True, slots=True)
class Bounds:
    """The districts of a plugin: their codes, and their ranges of positions."""

    plugin: str
    districts: tuple[str, ...]
    ranges: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, source: Registered[Source], tree: Tree) -> "Bounds | None":
        """Return the bounds of a source, None where its plugin serves the whole city."""
        return cls.of_plugin(source.plugin, source.districts, tree)

    @classmethod
    def of_plugin(cls, plugin: str, districts: tuple[str, ...], tree: Tree) -> "Bounds | None":
        """Return the bounds of a plugin, None where it serves the whole city."""
        if EVERYWHERE in districts:
            return None
        known = tuple(code for code in districts if code in tree)
        return cls(plugin, districts, tuple(tree.range_of(code) for code in known))

    @property
    def hull(self) -> tuple[int, int]:
        """The first and the last position of all districts together; none of them: no cell."""
        firsts, lasts = zip(*self.ranges, strict=True) if self.ranges else ((0,), (-1,))
        return min(firsts), max(lasts)

    def hold(self, position: int) -> bool:
        """Tell whether a cell lies in one of the districts."""
        return any(first <= position <= last for first, last in self.ranges)

    @property
    def fault(self) -> str:
        """What is said of a report that comes from elsewhere."""
        names = ", ".join(self.districts)
        return f"lies outside the districts that plugin {self.plugin} serves: {names}"
