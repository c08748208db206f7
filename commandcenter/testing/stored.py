"""The small city in a real database, with a clock that tests turn."""

from dataclasses import dataclass, field, replace

from commandcenter.cases import matter_versions
from commandcenter.domain.cases import Command
from commandcenter.domain.clocks import Millis
from commandcenter.domain.desk import Desk
from commandcenter.domain.roles import Role
from commandcenter.domain.viewers import Clearance, Viewer
from commandcenter.host.registry import Registry
from commandcenter.host.reports import Update
from commandcenter.ingest.intake import Answer, Intake, Rules
from commandcenter.ingest.locator import Locator
from commandcenter.live.rollup import Frame, Rollup
from commandcenter.store import cities
from commandcenter.store.schema import upgrade
from commandcenter.store.store import Store
from commandcenter.testing.city import LEVELS, small_city, small_data
from commandcenter.testing.registry import small_registry

MONDAY: Millis = 1_767_578_400_000
"""Monday, 5 January 2026, 10:00 in Shanghai."""


@dataclass
class TestClock:
    """The city's time in a test."""

    __test__ = False
    now: Millis = MONDAY

    def __call__(self) -> Millis:
        """Return the time."""
        return self.now


@dataclass
class StoredCity:
    """A store with the small city in it, and the rooms around it."""

    store: Store
    clock: TestClock = field(default_factory=TestClock)
    registry: Registry = field(default_factory=small_registry)

    def __post_init__(self) -> None:
        upgrade(self.store)
        data = small_data()
        with self.store.write() as connection:
            self.tree = cities.install(connection, small_city(), data)
        self.channels = {key: found.item for key, found in self.registry.channels.items()}
        self.matters = {key: found.item for key, found in self.registry.matters.items()}
        routes, signs = self.registry.routes(self.tree), self.registry.signs(self.tree)
        with self.store.write() as connection:
            versions = matter_versions.keep(connection, self.matters.values(), self.clock())
        self.desk = Desk(self.tree, LEVELS, small_city().calendar, data.units, routes, versions)
        places = Locator(self.tree, data.outlines)
        rules = Rules(self.tree, places, self.desk, self.channels, self.matters, signs=signs)
        self.intake = Intake(self.store, rules, self.clock)

    def viewer(
        self, scope: str | None = None, clearance: Clearance = Clearance.STAFF, name: str = "test"
    ) -> Viewer:
        """Return a duty officer of a scope, the whole city by default."""
        code = scope or self.tree.cells[0].code
        first, last = self.tree.range_of(code)
        depth = int(self.tree.depth[self.tree.position[code]])
        role = Role.DUTY_OFFICER
        return Viewer(name, code, first, last, clearance, role=role, depth=depth)

    def report(self, external_id: str, **fields: object) -> dict[str, object]:
        """Return a report that is accepted as it is."""
        return {
            "source": "test",
            "external_id": external_id,
            "channel": "app",
            "title": "路边有垃圾",
            "matter": "E0101",
            "cell": self.tree.cells[-1].code,
            "occurred_at": "2026-01-05T10:00:00+08:00",
        } | fields

    def accept(self, *items: object, viewer: Viewer | None = None) -> list[Answer]:
        """Hand reports in."""
        return self.intake.accept(viewer or self.viewer(), list(items))

    def advance(self, external_id: str, command: Command, at: Millis | None = None) -> bool:
        """Give a command to a case; tells whether it was legal."""
        update = Update("test", external_id, command, self.clock.now if at is None else at)
        viewer = replace(self.viewer(), role=Role.SOURCE)
        outcomes = self.intake.advance(viewer, [update])
        return all(outcome.refusal is None for outcome in outcomes)

    def frame(self) -> Frame:
        """Return what rollups count over."""
        return Frame(self.tree, len(LEVELS), small_city().calendar, tuple(self.channels))

    def rollup(self) -> Rollup:
        """Return counts made from the rows."""
        rollup = Rollup(self.frame(), self.store)
        rollup.rebuild(self.clock.now)
        return rollup
