"""Wires the workers together: plugins, city, live counts and sources; never a web request.

Long: it is the one place that knows all of a worker's parts, and makes each in a few lines.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import partial

import orjson

from commandcenter.cases import matter_versions, simultaneous
from commandcenter.cases.escalations import Escalations
from commandcenter.domain.cells import Tree
from commandcenter.domain.clocks import CityClock, Millis
from commandcenter.domain.desk import Desk
from commandcenter.domain.matters import Channel, Matter, Unit
from commandcenter.domain.roles import Role
from commandcenter.domain.viewers import Clearance, Viewer
from commandcenter.errors import PluginError
from commandcenter.host import registry as host
from commandcenter.host.catalogue import Catalogue
from commandcenter.host.city import Progress
from commandcenter.host.discovery import locale_folders
from commandcenter.host.plugin import Registered
from commandcenter.host.source import Source
from commandcenter.host.words import Words
from commandcenter.ingest.backfill import Backfill
from commandcenter.ingest.bounds import Bounds
from commandcenter.ingest.comparing import likeness
from commandcenter.ingest.context import Context, numbers
from commandcenter.ingest.indexing import Indexer
from commandcenter.ingest.intake import Answered, Intake, Rules
from commandcenter.ingest.isolated import Isolated
from commandcenter.ingest.locator import Locator
from commandcenter.ingest.meeting import Meeting
from commandcenter.ingest.readings import Shelf
from commandcenter.ingest.runner import Runner, SourceState
from commandcenter.ingest.shares import Share, Shares
from commandcenter.ingest.timekeeper import DUTIES, TIMEKEEPER, Duty, Timekeeper
from commandcenter.live import checkpoint
from commandcenter.live.bus import Bus
from commandcenter.live.calls import Scene
from commandcenter.live.colours import Colours
from commandcenter.live.live import Live
from commandcenter.live.outside import Outside
from commandcenter.live.render import Means, Renderer, real_now
from commandcenter.live.risk import Grading
from commandcenter.live.rollup import Frame, Rollup
from commandcenter.live.topics import Topic
from commandcenter.live.view import City, ScopeView
from commandcenter.live.voice import Voice
from commandcenter.live.word import tell_catalogue
from commandcenter.sandbox.sandbox import Sandbox
from commandcenter.screen.tiling import build_tiles, tiles_path
from commandcenter.settings import Settings
from commandcenter.store import cities
from commandcenter.store.city_install import installed
from commandcenter.store.engines import Limits
from commandcenter.store.leases import LIVE, Lease, Table, Term, source_lease
from commandcenter.store.log import take_append_lock
from commandcenter.store.periodic import Periodic
from commandcenter.store.plugins import decisions
from commandcenter.store.schema import upgrade
from commandcenter.store.seal import Seal
from commandcenter.store.settings import (
    CATALOGUE,
    city_clock,
    set_city_clock,
    set_setting,
    setting,
)
from commandcenter.store.store import Connection, Store

LANGUAGES = ("zh", "en")


def say_nothing(what: str, done: int, total: int) -> None:
    """Report progress to nobody."""


@dataclass
class Worker:
    """A worker's parts; `registry` holds the plugins' code, and is another one when they change."""

    settings: Settings
    store: Store
    leases: Table
    bus: Bus
    registry: host.Registry
    tree: Tree
    units: tuple[Unit, ...]
    clock: CityClock
    sandbox: Sandbox
    """Where the plugins run whose code is not in this process."""
    answered: Answered = field(default_factory=Counter)
    """How many items intake has answered, by status and code."""
    told: dict[str, SourceState] = field(default_factory=dict)
    """What each source that runs here last told of itself."""

    def now(self) -> Millis:
        """Return the city's time."""
        return self.clock.now(real_now())

    @property
    def channels(self) -> dict[str, Channel]:
        """All channels by key."""
        return {key: found.item for key, found in self.registry.channels.items()}

    @property
    def matters(self) -> dict[str, Matter]:
        """All matters by code."""
        return {key: found.item for key, found in self.registry.matters.items()}

    def desk(self) -> Desk:
        """Return the desk of the city."""
        city = self.registry.city
        routes = self.registry.routes(self.tree)
        return Desk(
            self.tree, city.levels, city.calendar, self.units, routes, self.versions()
        )

    def versions(self) -> matter_versions.Versions:
        """Return the versions of the matters, kept in the store before a case is filed by them."""
        matters = self.matters.values()
        with self.store.read() as connection:
            found = matter_versions.known(connection, matters)
        if len(found) == len(self.matters):
            return found
        with self.store.write() as connection:
            return matter_versions.keep(connection, matters, self.now())

    def intake(self) -> Intake:
        """Return the intake of the city."""
        with self.store.read() as connection:
            places = Locator.of_stored(self.tree, cities.load_outlines(connection))
        levels, matters = self.registry.city.levels, self.matters
        alike = likeness(self.settings, self.tree, levels, matters)
        signs = self.registry.signs(self.tree)
        rules = Rules(self.tree, places, self.desk(), self.channels, matters, alike, signs)
        return Intake(self.store, rules, self.now, self.answered)

    def rollup(self) -> Rollup:
        """Return empty counts over the city."""
        city = self.registry.city
        frame = Frame(self.tree, len(city.levels), city.calendar, tuple(self.channels))
        return Rollup(frame, self.store)

    def live(self) -> Live:
        """Return the live loop, its counts made ready."""
        self.sandbox.stand_by()
        rollup = self.rollup()
        checkpoint.start(rollup, self.now())
        colours = Colours(self.tree)
        city = self._city(rollup, colours)
        words, guard = self._words(), self.registry.guard
        outside = self._outside(city, words)
        grading = Grading(
            self.registry.rules, guard, colours, self.store,
            lambda scope, plugin: self._system_view(city, words["zh"], scope, plugin), outside,
        )  # fmt: skip
        voice = Voice(self.bus, self._lease(LIVE), self.catalogue().build)
        means = Means(
            city, self.registry.panels, guard, words, self.store.read, voice.publish, outside
        )
        introduce = partial(publish_catalogue, self)
        return Live(rollup, grading, Renderer(means), voice, introduce)

    def shares(self) -> Shares:
        """Return this worker's shares in the sources and in the timekeeper; none runs yet."""
        intake = self.intake()
        if any(self.sandbox.holds(source.plugin) for source in self.registry.sources):
            self.sandbox.stand_by()
        else:
            self.sandbox.rest()
        timekeeper = Share(self._lease(TIMEKEEPER), self.timekeeper)
        sources = [self.share(source, intake) for source in self.registry.sources]
        return Shares([*sources, timekeeper])

    def timekeeper(self) -> Timekeeper:
        """Return a timekeeper, not yet started."""
        found = Escalations(self.tree, self.desk(), self.matters)
        escalating = Duty("escalations", found.next_due, found.escalate_overdue)
        return Timekeeper(self.store, self.clock, (*DUTIES, escalating))

    def followers(self) -> list[Periodic]:
        """Return what follows the log beside the sources; none runs yet."""
        levels, matters = self.registry.city.levels, self.matters
        alike = likeness(self.settings, self.tree, levels, matters)
        found = [Indexer(self.store, self.tree).following()]
        if alike is not None:
            compared_by = simultaneous.Rules(alike, self.desk(), matters)
            found.append(Meeting(self.store, compared_by, self.now).following())
        return found

    def share(self, source: Registered[Source], intake: Intake) -> Share:
        """Return this worker's share in a source."""
        lease = self._lease(source_lease(source.item.key))
        return Share(lease, partial(self.runner, source, intake))

    def runner(self, source: Registered[Source], intake: Intake) -> Runner:
        """Return a runner of a source, not yet started."""
        bounded = intake.within(Bounds.of(source, self.tree))
        shelf = Shelf(source, self.store, self.tree, intake.places, self.bus.publish)
        context = self.context(source)
        return Runner(
            source, context, bounded, self.registry.guard, self._tell, shelf.keep,
            Isolated.of(source, context, self.sandbox),
        )  # fmt: skip

    def close(self) -> None:
        """Give back all that the worker holds."""
        self.sandbox.close()
        self.bus.close()
        self.leases.close()
        self.store.close()

    def context(self, source: Registered[Source]) -> Context:
        """Return what a source sees."""
        bounds = Bounds.of(source, self.tree)
        first, last = bounds.hull if bounds else (0, len(self.tree) - 1)
        scope = self.tree.cells[0].code
        viewer = Viewer(
            source.item.key, scope, first, last, Clearance.STAFF, kind="source", role=Role.SOURCE
        )
        return Context(
            self.store, viewer, self.tree, self.registry.city.calendar, self.clock, self.matters,
            self.channels, self.units, numbers(self.settings.options),
        )  # fmt: skip

    def backfill(self, source: Registered[Source]) -> Backfill:
        """Return what writes the history of a source."""
        bounds = Bounds.of(source, self.tree)
        return Backfill(source.item, self.context(source), self.intake(), self.desk(), bounds)

    def catalogue(self) -> Catalogue:
        """Return what the web processes need to know."""
        return Catalogue.of(self.registry, self.units)

    def _lease(self, name: str) -> Lease:
        return Lease(self.leases, name)

    def _city(self, rollup: Rollup, colours: Colours) -> City:
        indices = [found.item for found in self.registry.indices]
        levels = self.registry.city.levels
        return City(
            rollup, colours, levels, self.channels, self.matters, self.units, indices,
            staff=self.registry.city.staff,
        )  # fmt: skip

    def _outside(self, city: City, words: Mapping[str, Words]) -> Outside:
        catalogues = {name: found.table for name, found in words.items() if found.table}
        scene = Scene(replace(city), words, catalogues, self.store.read)
        return Outside(self.sandbox, scene, self.registry.guard)

    def _system_view(self, city: City, words: Words, scope: str, plugin: str) -> ScopeView:
        def closed() -> Connection:
            raise PluginError("a rule asked for cases: rules grade by counts alone")

        topic = Topic.of(f"{plugin}.rule", scope, Clearance.STAFF, "zh", {})
        return ScopeView(city, topic, words, closed)

    def _words(self) -> dict[str, Words]:
        return {language: load_words(self.settings, language) for language in LANGUAGES}

    def _tell(self, state: SourceState) -> None:
        self.told[state.key] = state
        self.bus.publish("sources", orjson.dumps(asdict(state)))


def load_words(settings: Settings, language: str) -> Words:
    """Return the words of the product and of all plugins in a language."""
    return Words.load(language, locale_folders(settings.plugins))


def create_worker(
    settings: Settings, connect: Callable[[Settings], Bus], progress: Progress = say_nothing
) -> Worker:
    """Load the plugins, bring the store up to them, and connect to the bus.

    Raises PluginError, CityError or StoreError for what cannot be used as it is.
    """
    settings.data.mkdir(parents=True, exist_ok=True)
    bus = connect(settings)
    store = Store(
        settings.database, lambda: bus.publish("moves", b"{}"), Limits.of_worker(settings)
    )
    upgrade(store)
    with store.read() as connection:
        decided = decisions(connection, Seal(settings.secret()))
    sandbox = Sandbox(settings)
    registry = host.load(settings, settings.city, decided, isolation=sandbox)
    tree = installed(store, registry.city, settings.cache_folder, progress)
    with store.read() as connection:
        units = tuple(cities.load_units(connection, tree))
        clock = city_clock(connection)
        is_first = setting(connection, CATALOGUE) is None
    leases = Table(settings.database)
    placed = registry.placed_in(tree, units)
    worker = Worker(settings, store, leases, bus, placed, tree, units, clock, sandbox)
    if is_first:
        publish_catalogue(worker)
    return worker


def publish_catalogue(worker: Worker, term: Term | None = None) -> None:
    """Write the catalogue to the store unless the same is there; raises LeaseLost.

    Of workers with different plugins the one that counts for all says what the city has.
    """
    document = worker.catalogue().to_json().decode()
    worker.versions()  # who reads the catalogue files cases by them
    with worker.store.read() as connection:
        if setting(connection, CATALOGUE) == document:
            return
    with worker.store.write() as connection:
        if term is not None:
            term.fence(connection)
        set_setting(connection, CATALOGUE, document)
    tell_catalogue(worker.bus, worker.catalogue().build)


def start_replay(worker: Worker) -> Worker:
    """Set the city's clock by the source that replays, if one does and none was set before."""
    if worker.clock.is_replay:
        return worker
    for source in worker.registry.sources:
        if source.item.clock is not None:
            clock = source.item.clock(numbers(worker.settings.options), real_now())
            with worker.store.write() as connection:
                take_append_lock(connection)  # of workers that start at once the first one sets it
                if (known := city_clock(connection)).is_replay:
                    clock = known
                else:
                    set_city_clock(connection, clock)
            return replace(worker, clock=clock)
    return worker


def prepare_tiles(worker: Worker, progress: Progress) -> None:
    """Build the map's tiles unless they are there."""
    path = tiles_path(worker.settings.cache_folder, worker.registry.city.digest)
    if path.exists():
        return
    with worker.store.read() as connection:
        outlines = cities.load_outlines(connection)
    if outlines:
        build_tiles(path, worker.tree, outlines, progress)
