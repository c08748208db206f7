"""What the web process works with: made once by the application, handed to every room in it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

from commandcenter.domain.cells import Tree
from commandcenter.domain.clocks import Millis
from commandcenter.host.catalogue import Catalogue
from commandcenter.host.words import Words
from commandcenter.ingest.intake import Intake
from commandcenter.live.bus import Bus
from commandcenter.live.hub import Hub
from commandcenter.live.topics import Topic
from commandcenter.screen.layouts import Layout
from commandcenter.screen.tiles import TileStore
from commandcenter.settings import Settings
from commandcenter.store.store import Store
from commandcenter.web.auditing import Auditing
from commandcenter.web.commander import Commander
from commandcenter.web.doors import Rates as Rates
from commandcenter.web.last_seen import LastSeen


@dataclass
class Services:
    """The parts that requests are answered with; `now` is the city's time.

    Where plugins change, `renew` puts others in the place of catalogue, layouts, words and intake,
    each in one step and without a lock: who needs several reads the hub's build first, so that a
    page made half of each carries the old build and is loaded once more.
    """

    settings: Settings
    store: Store
    tree: Tree
    catalogue: Catalogue
    layouts: Mapping[str, Layout]
    bus: Bus
    hub: Hub
    intake: Intake
    tiles: Callable[[], TileStore]
    words: Mapping[str, Words]
    """By language."""
    now: Callable[[], Millis]
    rates: Rates = field(default_factory=Rates)
    expect: Callable[[Sequence[Topic]], None] = lambda _: None
    """Has topics asked for whose stream is still to come: the stream's own, once there is one."""
    commander: Commander = field(init=False)
    """Carries out commands on cases."""
    auditing: Auditing = field(init=False)
    """Writes down who did what."""
    last_seen: LastSeen = field(init=False)
    """Notes when sessions were used."""

    def __post_init__(self) -> None:
        self.auditing = Auditing(self.store, self.tree, lambda: self.now())
        self.last_seen = LastSeen(self.store)
        self.commander = Commander(self.store, lambda: self.intake.rules, lambda: self.now())

    def renew(self, fresh: "Renewed") -> None:
        """Answer from now on with what plugins have changed; callable from any thread."""
        self.words = fresh.words
        self.layouts = fresh.layouts
        self.catalogue = fresh.catalogue
        self.intake = fresh.intake
        self.hub.build = fresh.build


@dataclass(frozen=True)
class Renewed:
    """What follows from a catalogue."""

    catalogue: Catalogue
    layouts: Mapping[str, Layout]
    words: Mapping[str, Words]
    intake: Intake
    build: str


class Tiles:
    """Opens the map's tiles when they are first asked for, since they may still be being built."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._opening = Lock()
        self._store: TileStore | None = None

    def __call__(self) -> TileStore:
        """Return the open tiles; raises Unavailable while they are not there."""
        with self._opening:
            if self._store is None:
                self._store = TileStore(self._path)
            return self._store
