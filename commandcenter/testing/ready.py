"""A small city that is ready for one plugin: its districts are there, its settings are given."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from commandcenter.domain.cells import Cell, Tree
from commandcenter.domain.desk import Desk
from commandcenter.domain.viewers import Clearance, Viewer
from commandcenter.host.city import CityData
from commandcenter.host.discovery import locale_folders
from commandcenter.host.manifest import FILE, Manifest, read_manifest
from commandcenter.host.plugin import EVERYWHERE, Registered
from commandcenter.host.reports import Filing, Report, Update
from commandcenter.host.source import Source
from commandcenter.host.words import Words
from commandcenter.ingest.bounds import Bounds
from commandcenter.ingest.intake import Intake, Rules
from commandcenter.ingest.locator import Locator
from commandcenter.settings import ROOT
from commandcenter.store.store import Store
from commandcenter.testing.city import (
    CHANNELS,
    LEVELS,
    MATTERS,
    small_city,
    small_data,
    with_districts,
)
from commandcenter.testing.view import NOW, FakeView


@dataclass(frozen=True)
class ReadyCity:
    """The small city with the districts that a plugin's manifest names; `data` is what it is of."""

    data: CityData
    manifest: Manifest | None = None
    folder: Path | None = None

    @classmethod
    def of(cls, folder: Path | None) -> "ReadyCity":
        """Return the city for the plugin in a folder; raises PluginError for a wrong manifest."""
        if folder is None:
            return cls(small_data())
        manifest = read_manifest(folder / FILE, folder.name)
        return cls(small_data(with_districts(manifest.districts)), manifest, folder)

    @classmethod
    def around(cls, file: Path) -> "ReadyCity":
        """Return the city for the plugin in whose folder a file lies, or for none."""
        above = (place for place in file.resolve().parents if (place / FILE).exists())
        return cls.of(next(above, None))

    @cached_property
    def tree(self) -> Tree:
        """The cells."""
        return Tree.of(self.data.cells)

    @property
    def districts(self) -> tuple[str, ...]:
        """The codes of the plugin's districts, ("*",) for the whole city."""
        return self.manifest.districts if self.manifest else (EVERYWHERE,)

    @property
    def home(self) -> Cell:
        """The plugin's first district, the city itself for a plugin that serves all."""
        first = self.districts[0]
        return self.tree.cells[0] if first == EVERYWHERE else self.tree[first]

    @property
    def settings(self) -> dict[str, Any]:
        """The plugin's settings with their defaults."""
        declared = self.manifest.settings if self.manifest else {}
        return {key: setting.initial for key, setting in declared.items()}

    def below(self, code: str = "") -> list[Cell]:
        """Return the cells right below a cell, by default below the plugin's district."""
        at = self.tree.position[code or self.home.code]
        return [self.tree.cells[child] for child in self.tree.children(at)]

    def view(
        self, given: Mapping[str, Any] | None = None, at: str = "", **more: Any
    ) -> FakeView:
        """Return a view of a cell over given counts, by default of the plugin's district."""
        language = more.pop("language", "zh")
        shown = FakeView(
            given or {}, at or self.home.code, self.tree, language=language,
            words=self.words(language), **{"now": NOW, **more},
        )  # fmt: skip
        return shown

    def words(self, language: str) -> Words:
        """Return the words of the product and of the plugin in a language."""
        folders = locale_folders(ROOT / "plugins")
        own = [self.folder / "locale"] if self.folder else []
        return Words.load(language, [*own, *folders])

    def refusals(self, deliveries: Sequence[object], plugin: str = "") -> list[str]:
        """Return what intake would reject of a source's reports, and why, nothing for all well."""
        name = plugin or (self.manifest.name if self.manifest else "test")
        bounds = Bounds.of(Registered(_any_source(), name, self.districts), self.tree)
        reports = [item for item in deliveries if not isinstance(item, Update)]
        found = self._intake.within(bounds).refusals(self._viewer, reports)
        return [
            f"{_name(report)}: {why.field or 'report'} {why.message}"
            for report, why in zip(reports, found, strict=True)
            if why is not None
        ]

    @cached_property
    def _intake(self) -> Intake:
        places = Locator(self.tree, self.data.outlines)
        desk = Desk(self.tree, LEVELS, small_city().calendar, self.data.units)
        channels = {channel.key: channel for channel in CHANNELS}
        matters = {matter.code: matter for matter in MATTERS}
        rules = Rules(self.tree, places, desk, channels, matters)
        return Intake(Store("sqlite://"), rules, lambda: NOW)

    @property
    def _viewer(self) -> Viewer:
        last = len(self.tree) - 1
        return Viewer("test", self.tree.cells[0].code, 0, last, Clearance.STAFF, kind="source")


def _any_source() -> Source:
    return Source("test", small_city().title, lambda context: iter(()))


def _name(item: object) -> str:
    report = item.report if isinstance(item, Filing) else item
    return f"report {report.external_id}" if isinstance(report, Report) else repr(item)[:60]
