"""Wires the web process together; no plugin's code is loaded here."""

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from time import time

from commandcenter.domain.clocks import CityClock, Millis
from commandcenter.domain.desk import Desk
from commandcenter.errors import StoreError
from commandcenter.host.catalogue import Catalogue
from commandcenter.host.discovery import locale_folders
from commandcenter.host.words import Words
from commandcenter.ingest.intake import Intake, Rules
from commandcenter.ingest.locator import Locator
from commandcenter.live.bus import Bus, connect
from commandcenter.live.hub import Hub
from commandcenter.live.hub_facts import Facts
from commandcenter.screen.layouts import Layout
from commandcenter.screen.tiling import tiles_path
from commandcenter.settings import Settings
from commandcenter.store import cities
from commandcenter.store.engines import Limits
from commandcenter.store.schema import upgrade
from commandcenter.store.settings import CATALOGUE, city_clock, setting
from commandcenter.store.store import Store
from commandcenter.web.plain_wsgi import PlainWsgi
from commandcenter.web.services import Services, Tiles

LANGUAGES = ("zh", "en")


def load_layouts(folder: Path, catalogue: Catalogue) -> dict[str, Layout]:
    """Return all layouts by the name of their file; raises LayoutError for one that is wrong."""
    return {path.stem: Layout.load(path, catalogue) for path in sorted(folder.glob("*.toml"))}


def page_build(catalogue: Catalogue, folder: Path) -> str:
    """Return what changes whenever a page must be loaded anew: catalogue, layouts, assets."""
    digest = sha256(catalogue.build.encode())
    for path in sorted([*folder.glob("*.toml"), *(folder.parent / "assets").glob("*.[cj]s*")]):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:12]


def load_catalogue(store: Store) -> Catalogue:
    """Return the catalogue that a worker wrote; raises StoreError if none did yet."""
    with store.read() as connection:
        document = setting(connection, CATALOGUE)
    if document is None:
        raise StoreError("the store has no catalogue yet: start `commandcenter worker` once")
    return Catalogue.from_json(document)


def create_services(settings: Settings, bus: Bus) -> Services:
    """Make everything that requests are answered with.

    Raises StoreError before a worker has run once, LayoutError for a layout that is wrong.
    """
    store = Store(
        settings.database, lambda: bus.publish("moves", b"{}"), Limits.of_web(settings)
    )
    upgrade(store)
    catalogue = load_catalogue(store)
    with store.read() as connection:
        tree = cities.load_tree(connection)
        clock = city_clock(connection)
        places = Locator.of_stored(tree, cities.load_outlines(connection))
    desk = Desk(tree, catalogue.levels, catalogue.calendar, catalogue.units)
    rules = Rules(tree, places, desk, catalogue.channels, catalogue.matters)
    now = city_now(clock)
    build = page_build(catalogue, settings.layouts)
    folders = locale_folders(settings.plugins)
    return Services(
        settings=settings,
        store=store,
        tree=tree,
        catalogue=catalogue,
        layouts=load_layouts(settings.layouts, catalogue),
        bus=bus,
        hub=Hub(Facts(str(catalogue.calendar.zone), build, clock), settings.max_streams),
        intake=Intake(store, rules, now),
        tiles=Tiles(tiles_path(settings.cache_folder, catalogue.city.digest)),
        words={language: Words.load(language, folders) for language in LANGUAGES},
        now=now,
    )


def city_now(clock: CityClock) -> Callable[[], Millis]:
    """Return a function that tells the city's time."""
    return lambda: clock.now(round(time() * 1000))


def create_app(settings: Settings) -> PlainWsgi:
    """Make the server for plain WSGI; its streams hold a thread each."""
    return PlainWsgi(create_services(settings, connect(settings)))
