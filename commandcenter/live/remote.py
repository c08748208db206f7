"""Remote panels as the live worker shows them: what was pushed, with the age of the push."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from threading import Lock
from time import time

import orjson

from commandcenter.domain.cells import Tree
from commandcenter.errors import PluginError
from commandcenter.host.guard import SHORT
from commandcenter.host.panel import Panel
from commandcenter.host.values import check_values
from commandcenter.live.bus import Bus
from commandcenter.live.frames import Frame
from commandcenter.store import remote
from commandcenter.store.remote import Place, Pushed
from commandcenter.store.store import Connection

CHANNEL = "remote"
"""Says that something was pushed."""
REMOTE_PACES: Mapping[str, float] = {"numbers": 0.05, "charts": 0.5, "slow": 1.0}
"""Seconds between two pushes that are shown; a push is news, so that slow ones do not wait long."""
NOTHING = b"null"
NEVER = Pushed(None, 0)


def tell(bus: Bus, place: Place) -> None:
    """Say that something was pushed to a panel at a cell."""
    bus.publish(CHANNEL, orjson.dumps({"panel": place.panel, "cell": place.cell}))


@dataclass(slots=True)
class Showing:
    """What screens show of a remote panel; a version of -1 is owed to them in full.

    `heard` is how often it had been told that there are news when they were last read.
    """

    place: Place
    version: int = -1
    heard: int = 0
    parts: dict[str, bytes] = field(default_factory=dict)


class Pushes:
    """Knows which remote panels have news; `told` may be called from any thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._news: Counter[Place] = Counter()
        self.heard = 0
        """How often there was something new, anywhere."""

    def told(self, message: bytes) -> None:
        """Take a message of CHANNEL."""
        body = orjson.loads(message)
        with self._lock:
            self._news[Place(str(body["panel"]), int(body["cell"]))] += 1
            self.heard += 1

    def owes(self, showing: Showing) -> bool:
        """Tell whether screens are to get something."""
        return showing.version < 0 or self._news[showing.place] != showing.heard

    def look(self, connection: Connection, shown: Collection[Showing]) -> None:
        """Take note of what the store has in another version than is shown."""
        places = {showing.place for showing in shown}
        found = remote.versions(connection, places)
        missed = {one.place for one in shown if found.get(one.place, 0) > max(one.version, 0)}
        with self._lock:
            self._news = Counter({place: self._news[place] for place in places})
            self._news.update(missed)
            self.heard += bool(missed)

    def frame(
        self, showing: Showing, panel: Panel, topic: str, within: tuple[Connection, Tree]
    ) -> Frame | None:
        """Return what screens are to get of a panel, None where it is what they have."""
        connection, tree = within
        showing.heard = self._news[showing.place]
        pushed = remote.read(connection, showing.place) or NEVER
        if pushed.version == showing.version:
            return None
        parts = {part.name: _fitting(panel, part.name, pushed, tree) for part in panel.parts}
        sent = {name: value for name, value in parts.items() if showing.parts.get(name) != value}
        is_full = showing.version < 0
        showing.version, showing.parts = pushed.version, parts
        state = "failed" if pushed.refusal else "ok"
        now, at = round(time() * 1000), pushed.at or 0
        return Frame(topic, now, sent, is_full, state, pushed.refusal[:SHORT], at)


def _fitting(panel: Panel, part: str, pushed: Pushed, tree: Tree) -> bytes:
    """Return the value of a part; not known is one that fits an older manifest only."""
    if part not in pushed.parts:
        return NOTHING
    try:
        return check_values(panel, {part: orjson.loads(pushed.parts[part].value)}, tree)[part]
    except PluginError:
        return NOTHING
