"""Wires the web process together; no plugin's code is loaded here."""

import logging
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from threading import Event, Thread

import orjson

from commandcenter.cases import matter_versions
from commandcenter.domain.cells import Tree
from commandcenter.domain.desk import Desk
from commandcenter.errors import CommandCenterError
from commandcenter.host.catalogue import Catalogue
from commandcenter.host.discovery import locale_folders
from commandcenter.host.words import Words
from commandcenter.ingest.comparing import likeness
from commandcenter.ingest.intake import Intake, Places, Rules
from commandcenter.ingest.locator import Locator
from commandcenter.live.bus import Bus, connect
from commandcenter.live.hub import RENEWED, Hub
from commandcenter.live.hub_facts import Facts
from commandcenter.live.word import CATALOGUE as CATALOGUE_WORD
from commandcenter.screen.layouts import load_layouts
from commandcenter.screen.tiling import tiles_path
from commandcenter.settings import Settings
from commandcenter.store import cities
from commandcenter.store.city_facts import city_now, load_catalogue
from commandcenter.store.engines import Limits
from commandcenter.store.schema import upgrade
from commandcenter.store.settings import city_clock
from commandcenter.store.store import Store
from commandcenter.web.plain_wsgi import PlainWsgi
from commandcenter.web.services import Rates, Renewed, Services, Tiles

LANGUAGES = ("zh", "en")
log = logging.getLogger(__name__)


def page_build(catalogue: Catalogue, folder: Path) -> str:
    """Return what changes whenever a page must be loaded anew: catalogue, layouts, assets."""
    return sha256(f"{catalogue.build} {files_build(folder)}".encode()).hexdigest()[:12]


def files_build(folder: Path) -> str:
    """Return what changes whenever a layout or an asset does."""
    digest = sha256()
    for path in sorted([*folder.glob("*.toml"), *(folder.parent / "assets").glob("*.[cj]s*")]):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:12]


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
    now = city_now(clock)
    build = page_build(catalogue, settings.layouts)
    return Services(
        settings=settings,
        store=store,
        tree=tree,
        catalogue=catalogue,
        layouts=load_layouts(settings.layouts, catalogue),
        bus=bus,
        hub=Hub(Facts(str(catalogue.calendar.zone), build, clock), settings.max_streams),
        intake=Intake(store, _rules(settings, tree, places, catalogue, store), now),
        tiles=Tiles(tiles_path(settings.cache_folder, catalogue.city.digest)),
        words=_words(settings),
        now=now,
        rates=Rates.of(settings.rates),
    )


def renewed(services: Services, catalogue: Catalogue) -> Renewed:
    """Return what the web process works with under another catalogue of the same city.

    Raises LayoutError or PluginError for a layout or words that cannot be used with it.
    """
    settings, intake = services.settings, services.intake
    rules = _rules(settings, services.tree, intake.places, catalogue, services.store)
    return Renewed(
        catalogue,
        load_layouts(settings.layouts, catalogue),
        _words(settings),
        Intake(services.store, rules, services.now, intake.answered),
        page_build(catalogue, settings.layouts),
    )


def _rules(
    settings: Settings, tree: Tree, places: Places, catalogue: Catalogue, store: Store
) -> Rules:
    with store.read() as connection:
        versions = matter_versions.known(connection, catalogue.matters.values())
    routes, signs = catalogue.routes(tree), catalogue.signs(tree)
    desk = Desk(tree, catalogue.levels, catalogue.calendar, catalogue.units, routes, versions)
    alike = likeness(settings, tree, catalogue.levels, catalogue.matters)
    return Rules(tree, places, desk, catalogue.channels, catalogue.matters, alike, signs)


def _words(settings: Settings) -> dict[str, Words]:
    folders = locale_folders(settings.plugins)
    return {language: Words.load(language, folders) for language in LANGUAGES}


def create_app(settings: Settings) -> PlainWsgi:
    """Make the server for plain WSGI; its streams hold a thread each."""
    services = create_services(settings, connect(settings))
    Refresher(services)
    return PlainWsgi(services)


class Refresher:
    """Follows the workers' catalogue: what plugins have changed is shown without a restart.

    `give_up` is called where that is not enough: for another version of the product, or a city
    that was changed itself.
    """

    def __init__(self, services: Services, give_up: Callable[[], None] = lambda: None) -> None:
        self._services = services
        self._give_up = give_up
        self._wake = Event()
        self._closed = False
        self._complaint = ""
        self._subscription = services.bus.subscribe([CATALOGUE_WORD, "pulse"], self._heard)
        Thread(target=self._run, name="refresher", daemon=True).start()

    def close(self) -> None:
        """Follow no longer."""
        self._closed = True
        self._subscription.close()
        self._wake.set()

    def _heard(self, _channel: str, payload: bytes) -> None:
        if orjson.loads(payload)["build"] != self._services.catalogue.build:
            self._wake.set()

    def _run(self) -> None:
        while not self._closed:
            self._wake.wait()
            self._wake.clear()
            try:
                self._refresh()
                self._complaint = ""
            except CommandCenterError as error:
                if str(error) != self._complaint:  # the next pulse tries again
                    log.error("kept the catalogue as it was: %s", error)
                self._complaint = str(error)

    def _refresh(self) -> None:
        services = self._services
        found, shown = load_catalogue(services.store), services.catalogue
        if self._closed or found.build == shown.build:
            return
        if is_same_city(found, shown):
            services.renew(renewed(services, found))
            services.bus.publish(RENEWED, b"")
            log.info("the workers' catalogue changed: pages are of build %s", services.hub.build)
        else:
            self._give_up()


def is_same_city(one: Catalogue, two: Catalogue) -> bool:
    """Tell whether two catalogues differ by nothing but what plugins may change at any time."""
    return all(
        getattr(one, name) == getattr(two, name)
        for name in ("version", "city", "levels", "calendar", "units")
    )
