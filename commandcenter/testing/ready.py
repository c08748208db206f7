"""A small city that is ready for one plugin: its districts are there, its settings are given."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from commandcenter.domain.cells import Cell, Tree
from commandcenter.domain.desk import Desk
from commandcenter.domain.matters import Channel, Matter
from commandcenter.domain.roles import Role
from commandcenter.domain.viewers import Clearance, Viewer
from commandcenter.host.city import City, CityData
from commandcenter.host.discovery import locale_folders
from commandcenter.host.manifest import FILE, Manifest, read_manifest
from commandcenter.host.plugin import EVERYWHERE, Registered
from commandcenter.host.readings import Reading
from commandcenter.host.reports import Filing, Report
from commandcenter.host.source import Source
from commandcenter.host.words import Words
from commandcenter.ingest.bounds import Bounds
from commandcenter.ingest.intake import Intake, Rules
from commandcenter.ingest.locator import Locator
from commandcenter.settings import ROOT
from commandcenter.store.store import Store
from commandcenter.testing.city import (
    CHANNELS,
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
    spec: City = field(default_factory=small_city)
    channels: Sequence[Channel] = CHANNELS
    matters: Sequence[Matter] = MATTERS

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
        """Return what the server would reject of a source's reports and readings, and why."""
        name = plugin or (self.manifest.name if self.manifest else "test")
        bounds = Bounds.of(Registered(_any_source(), name, self.districts), self.tree)
        reports = [item for item in deliveries if isinstance(item, (Report, Filing))]
        found = self._intake.within(bounds).refusals(self._viewer, reports)
        said = [
            f"{_name(report)}: {why.field or 'report'} {why.message}"
            for report, why in zip(reports, found, strict=True)
            if why is not None
        ]
        readings = [item for item in deliveries if isinstance(item, Reading)]
        outside = bounds.fault if bounds else "lies outside the city"
        return said + [
            f"reading {reading.key}: {outside}"
            for reading in readings
            if not self._holds(reading, bounds)
        ]

    def _holds(self, reading: Reading, bounds: Bounds | None) -> bool:
        at: int | None = 0
        if reading.cell is not None:
            at = self.tree.position.get(reading.cell)
        elif reading.lng is not None and reading.lat is not None:
            at = self._places.locate(reading.lng, reading.lat)
        else:
            return True
        return at is not None and (bounds is None or bounds.hold(at))

    @cached_property
    def _places(self) -> Locator:
        return Locator(self.tree, self.data.outlines)

    @cached_property
    def _intake(self) -> Intake:
        desk = Desk(self.tree, self.spec.levels, self.spec.calendar, self.data.units)
        channels = {channel.key: channel for channel in self.channels}
        matters = {matter.code: matter for matter in self.matters}
        rules = Rules(self.tree, self._places, desk, channels, matters)
        return Intake(Store("sqlite://"), rules, lambda: NOW)

    @property
    def _viewer(self) -> Viewer:
        last = len(self.tree) - 1
        city = self.tree.cells[0].code
        return Viewer(
            "test", city, 0, last, Clearance.STAFF, kind="source", role=Role.SOURCE
        )  # fmt: skip


def _any_source() -> Source:
    return Source("test", small_city().title, lambda context: iter(()))


def _name(item: object) -> str:
    report = item.report if isinstance(item, Filing) else item
    return f"report {report.external_id}" if isinstance(report, Report) else repr(item)[:60]
