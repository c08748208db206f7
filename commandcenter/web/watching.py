"""What the web process keeps for those who watch the server: its own figures and all others'."""

from functools import partial
from time import time

from commandcenter.ingest.figures import intake_figures
from commandcenter.live.figures import hub_figures, store_figures
from commandcenter.live.stats import Board, Heard, Stats
from commandcenter.store.settings import CATALOGUE, setting
from commandcenter.web.requests import Meter
from commandcenter.web.services import Services
from commandcenter.web.sightings import Sighting, sightings

BUS_SECONDS = 0.5


class Watching:
    """Own figures, told to all; the figures of all, kept for /metrics and the operators' page."""

    def __init__(self, services: Services) -> None:
        self.meter = Meter()
        self.stats = Stats("web", services.bus, lambda: services.catalogue.build)
        self.board = Board(services.bus, self.stats)
        self._services = services
        self._since = round(time() * 1000)
        self.stats.add(partial(hub_figures, services.hub))
        self.stats.add(partial(store_figures, services.store))
        self.stats.add(lambda: intake_figures(services.intake.answered, "http"))
        self.stats.add(self.meter.figures)

    def start(self) -> None:
        """Begin to tell and to listen; call it in the process that serves, after a fork."""
        self.board.start()
        self.stats.start()

    def close(self) -> None:
        """Tell and listen no longer."""
        self.stats.close()
        self.board.close()

    def processes(self) -> list[Heard]:
        """Return all processes that are heard."""
        return self.board.processes()

    def sources(self, processes: list[Heard]) -> list[Sighting]:
        """Return all sources, the silent ones first."""
        known, now = self._services.catalogue.sources, round(time() * 1000)
        return sightings(known, processes, self._since, now)

    def parts(self) -> dict[str, bool]:
        """Return what this process needs, and whether it is there."""
        services = self._services
        has_database = services.store.answers()
        return {
            "database": has_database,
            "catalogue": has_database and self._has_catalogue(),
            "bus": services.bus.answers(BUS_SECONDS),
            "live": services.hub.counts.silent is None,
        }

    def _has_catalogue(self) -> bool:
        with self._services.store.read() as connection:
            return setting(connection, CATALOGUE) is not None
