"""Which cells, channels and matters a plugin is tried with."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from commandcenter.domain.matters import Channel, Matter
from commandcenter.domain.text import Text
from commandcenter.host.admission import Admission
from commandcenter.host.city import City, CityData, Progress
from commandcenter.host.guard import Guard
from commandcenter.host.manifest import FILE, Manifest, read_manifest
from commandcenter.store.city_cache import is_cached
from commandcenter.testing.city import CHANNELS, MATTERS, small_city
from commandcenter.testing.conformance.realcity import admitted, part_of
from commandcenter.testing.ready import ReadyCity

ANY = "dev"
"""The key of the city where a plugin is for no certain one."""


@dataclass(frozen=True)
class Town:
    """The part of the real city that a plugin serves where that is built here, else a small one.

    A recorded sample says real places: in the small city they lie outside. Channels and matters
    are the real city's in any case.
    """

    plugin: Path
    cache: Path
    manifest: Manifest
    real: Admission

    @classmethod
    def of(cls, plugin: Path, plugins: Path, cache: Path) -> "Town":
        """Return the town for the plugin in a folder; raises PluginError for a wrong manifest."""
        manifest = read_manifest(plugin / FILE, plugin.name)
        key = manifest.city
        return cls(plugin, cache, manifest, admitted(plugins, key) if key else Admission(Guard()))

    @property
    def channels(self) -> Sequence[Channel]:
        """All channels."""
        return tuple(found.item for found in self.real.items["channels"].values()) or CHANNELS

    @property
    def matters(self) -> Sequence[Matter]:
        """All matters."""
        return tuple(found.item for found in self.real.items["matters"].values()) or MATTERS

    def city(self) -> City:
        """Return the city; other districts make another, with another digest."""
        whole = self._whole()
        spec = whole or small_city()
        named = f"{whole.digest if whole else 'small'} {sorted(self.manifest.districts)}"
        return replace(
            spec, key=self.manifest.city or ANY, build=self._build,
            digest=f"dev-{hashlib.sha256(named.encode()).hexdigest()[:16]}",
            title=self.manifest.title, notes=(*spec.notes, Text("插件开发", "Plugin development")),
        )  # fmt: skip

    def _whole(self) -> City | None:
        """Return the real city if some districts of it are wanted, and it is built here."""
        found = next(iter(self.real.items["city"].values()), None)
        if found is None or "*" in self.manifest.districts:
            return None
        city: City = found.item
        return city if is_cached(city, self.cache) else None

    def _build(self, progress: Progress) -> CityData:
        whole = self._whole()
        data = part_of(whole, self.cache, self.manifest) if whole else None
        data = data or ReadyCity.of(self.plugin).data
        progress("cells", len(data.cells), len(data.cells))
        return data
