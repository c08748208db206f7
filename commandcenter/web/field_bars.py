"""What a viewer may do on a page, as its bar is told: by the rules that decide it once more."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from commandcenter.cases import commands, matter_versions, photos
from commandcenter.cases.queries import Case
from commandcenter.domain import directives, whistles
from commandcenter.domain.cases import OPEN, Command
from commandcenter.domain.evidence import Evidence
from commandcenter.domain.matters import Unit
from commandcenter.domain.rights import Block, Right
from commandcenter.domain.viewers import Viewer
from commandcenter.host.catalogue import Catalogue
from commandcenter.host.words import Words
from commandcenter.screen import field_bar
from commandcenter.screen.field_bar import Act, FieldBar, special
from commandcenter.web.field import field_channel
from commandcenter.web.services import Services

UNITS = frozenset({Command.DISPATCH, Command.ENGAGE})
MOST_DIRECT = 5
"""So many levels below can be ordered."""


class FieldBars:
    """Makes the bars; where units sit is worked out once for each catalogue."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._seated: tuple[Catalogue, dict[str, list[Unit]]] | None = None

    def of_case(self, viewer: Viewer, case: Case) -> FieldBar:
        """Return the bar of a case as it stands; raises NotFound."""
        words = self._services.words[viewer.language]
        return field_bar.bar(words, self.about_case(case), self.acts_on_case(viewer, case))

    def about_case(self, case: Case) -> dict[str, Any]:
        """Return what a bar acts on: the case in the version that its page shows."""
        about = {"case": case.line.id, "version": case.version, "lng": case.lng, "lat": case.lat}
        return about | self._cell(case.line.cell)

    def acts_on_case(self, viewer: Viewer, case: Case) -> list[Act]:
        """Return what may be done to a case as it stands; raises NotFound."""
        services, words = self._services, self._services.words[viewer.language]
        line = case.line
        legal: tuple[Command, ...] = ()
        asked: set[Evidence] = set()
        if viewer.may(Right.COMMAND):
            desk, now = services.intake.rules.desk, services.now()
            with services.store.read() as connection:
                legal = commands.legal(connection, viewer, desk, line.id, now)
                current = services.intake.rules.matters, desk.versions
                asked = matter_versions.evidence_of(connection, current, [line.id])
        units = self._units(viewer, line.cell) if UNITS & set(legal) else []
        options = {"unit": units, "units": units, "evidence": Evidence.all_of(asked)}
        acts = field_bar.command_acts(words, legal, line.supervised, options)
        if Command.NOTE in legal and viewer.may(Right.ACT_IN_FIELD) and photos.sees_photos(viewer):
            acts.append(special(words, field_bar.PHOTO))
        if line.state in OPEN:
            acts += self._whistle(viewer, words, line.cell)
        return field_bar.in_order(acts)

    def of_cell(self, viewer: Viewer, code: str) -> FieldBar:
        """Return the bar of a cell."""
        services, words = self._services, self._services.words[viewer.language]
        at = services.tree.position[code]
        acts: list[Act] = []
        if viewer.may(Right.ACT_IN_FIELD):
            if Block.CASES in viewer.blocks and field_channel(services.catalogue):
                acts.append(special(words, field_bar.START, here=self._is_spot(at),
                                    photos=photos.sees_photos(viewer)))  # fmt: skip
            acts.append(special(words, field_bar.CHECK, findings=field_bar.findings(words),
                                photos=photos.sees_photos(viewer)))  # fmt: skip
        acts += self._whistle(viewer, words, at)
        acts += self._direct(viewer, words, at)
        return field_bar.bar(words, self._cell(at), acts)

    def _cell(self, at: int) -> dict[str, Any]:
        cell = self._services.tree.cells[at]
        return {"cell": cell.code, "name": cell.name}

    def _is_spot(self, at: int) -> bool:
        """Tell whether a cell is small enough to be named as the place of a case."""
        tree, ground = self._services.tree, self._services.intake.rules.desk.ground
        return int(tree.depth[at]) >= ground.lowest or int(tree.last[at]) == at

    def _whistle(self, viewer: Viewer, words: Words, at: int) -> Iterable[Act]:
        """Yield the whistle where a level that the viewer may whistle for has units to call."""
        services, ground = self._services, self._services.intake.rules.desk.ground
        if not viewer.may(Right.WHISTLE) or Block.CASES not in viewer.blocks:
            return
        tree = services.tree
        lowest = min(int(tree.depth[at]), ground.lowest)
        depths = range(max(1, ground.depth_of(viewer)), lowest + 1)
        units = [
            [unit.code, unit.title.in_language(viewer.language), depth]
            for unit, depth in self._responsible(at)
            if depth <= lowest
        ]
        if len(depths) and units:
            yield special(words, field_bar.WHISTLE, levels=self._levels(viewer, depths),
                          units=units, limit=whistles.REPORT_IN_LIMIT)  # fmt: skip

    def _direct(self, viewer: Viewer, words: Words, at: int) -> Iterable[Act]:
        services = self._services
        if not viewer.may(Right.DIRECT) or Block.CASES not in viewer.blocks:
            return
        tree, own = services.tree, int(services.tree.depth[services.tree.position[viewer.scope]])
        first = max(1, int(tree.depth[at]) + 1, own + 1)
        counts = {
            depth: len(directives.cells_of(tree, at, depth))
            for depth in range(first, tree.deepest + 1)[:MOST_DIRECT]
        }
        depths = [depth for depth, count in counts.items() if count]
        if depths:
            levels = self._levels(viewer, depths)
            for level, depth in zip(levels, depths, strict=True):
                level.append(counts[depth])
            yield special(words, field_bar.DIRECT, levels=levels, limit=directives.LIMIT)

    def _levels(self, viewer: Viewer, depths: Iterable[int]) -> list[list[Any]]:
        """Return key, title and depth of levels."""
        levels = self._services.catalogue.levels
        return [[levels[d].key, levels[d].title.in_language(viewer.language), d] for d in depths]

    def _units(self, viewer: Viewer, at: int) -> list[list[str]]:
        found = self._responsible(at)
        return [[unit.code, unit.title.in_language(viewer.language)] for unit, _ in found]

    def _responsible(self, at: int) -> list[tuple[Unit, int]]:
        """Return the units that are seated in a cell or above it, the nearest first."""
        tree = self._services.tree
        line = [tree.cells[each] for each in reversed(tree.ancestors(at))]
        seated = self._by_seat()
        return [(unit, cell.depth) for cell in line for unit in seated.get(cell.code, ())]

    def _by_seat(self) -> dict[str, list[Unit]]:
        catalogue = self._services.catalogue
        if self._seated is None or self._seated[0] is not catalogue:
            found: dict[str, list[Unit]] = defaultdict(list)
            for unit in catalogue.units:
                found[unit.cell].append(unit)
            self._seated = catalogue, dict(found)
        return self._seated[1]
