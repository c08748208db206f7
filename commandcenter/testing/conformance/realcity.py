"""The real city, where it is built already: a recorded sample says its real places."""

from pathlib import Path

from commandcenter.domain.cells import Cell
from commandcenter.errors import CommandCenterError
from commandcenter.host.admission import Admission
from commandcenter.host.city import City, CityData
from commandcenter.host.discovery import Candidate, discover, import_code, manifest_of, prepare
from commandcenter.host.guard import Guard
from commandcenter.host.manifest import Manifest
from commandcenter.store.city_cache import cached
from commandcenter.testing.ready import ReadyCity


def real_city(plugins: Path, key: str, cache: Path, manifest: Manifest) -> ReadyCity | None:
    """Return the part of a city that a plugin serves; None where the city is not built here."""
    try:
        admission = admitted(plugins, key)
        found = admission.items["city"].get(key)
        data = part_of(found.item, cache, manifest) if found else None
    except CommandCenterError:
        return None
    if found is None or data is None:
        return None
    return ReadyCity(
        data, manifest, None, found.item,
        tuple(item.item for item in admission.items["channels"].values()),
        tuple(item.item for item in admission.items["matters"].values()),
    )  # fmt: skip


def admitted(plugins: Path, key: str) -> Admission:
    """Return what the product's plugin of a city declares; raises PluginError."""
    admission = Admission(Guard(), key)
    for candidate in discover(plugins):
        if _gives(candidate, key):
            plugin = prepare(candidate, manifest_of(candidate))
            admission.admit(import_code(plugin, candidate))
    return admission


def part_of(city: City, cache: Path, manifest: Manifest) -> CityData | None:
    """Return the cells of a built city that a plugin serves; None where they are not built here."""
    data = cached(city, cache.expanduser())
    codes = {cell.code for cell in data.cells} if data else set()
    if data is None or not codes.issuperset(manifest.districts):
        return None
    return _part(data, manifest.districts)


def _gives(candidate: Candidate, key: str) -> bool:
    try:
        manifest = manifest_of(candidate)
    except CommandCenterError:
        return False
    return manifest.core and "city" in manifest.provides and manifest.city in (None, key)


def _part(data: CityData, districts: tuple[str, ...]) -> CityData:
    """Return the city's root, and these districts with all that lies in them."""
    wanted = set(districts)
    kept: list[Cell] = []
    for cell in data.cells:
        if cell.parent is None or cell.code in wanted or cell.parent in wanted:
            kept.append(cell)
            if cell.parent is not None:
                wanted.add(cell.code)
    codes = {cell.code for cell in kept}
    outlines = {code: wkb for code, wkb in data.outlines.items() if code in codes}
    return CityData(tuple(kept), outlines, tuple(u for u in data.units if u.cell in codes))
