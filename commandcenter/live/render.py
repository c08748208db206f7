"""Renders each watched topic once, as often as its pace allows, and publishes what changed."""

from collections.abc import Callable, Iterator, Mapping, Set
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from time import monotonic, time

from commandcenter.domain.clocks import Millis
from commandcenter.domain.viewers import Clearance
from commandcenter.errors import NotFound
from commandcenter.host.guard import Guard, PluginFailed
from commandcenter.host.panel import Panel
from commandcenter.host.plugin import Registered
from commandcenter.host.remote import RemotePanel
from commandcenter.live.calls import Used
from commandcenter.live.dues import LONGEST_WAIT, Dues
from commandcenter.live.frames import CHANNEL, Frame, encode, join
from commandcenter.live.outside import Outside
from commandcenter.live.remote import REMOTE_PACES, Pushes, Showing
from commandcenter.live.render_calls import Rendered
from commandcenter.live.topics import Topic
from commandcenter.live.values import values_of
from commandcenter.live.view import City, ScopeView, Translate
from commandcenter.sandbox.declared import Elsewhere
from commandcenter.store.away import StoreAway
from commandcenter.store.remote import Place
from commandcenter.store.store import Connection

PACES = {"numbers": 0.05, "charts": 0.5}
"""Seconds between two renderings of a topic while its counts change."""
TOGETHER_SECONDS = 0.02
"""What may be rendered this soon is rendered now: screens get one write for all of it.

For the same reason bursts keep the quickest pace between them; the first change goes at once.
"""
FEW_STREAMS, FEW_SECONDS = 50, 0.1
"""All screens share a rendering: for fewer than so many it is done half as often."""
FORCED_SECONDS = 30.0
"""A topic is rendered at least so often: what depends on the time alone changes too."""
FORCED_STEP = 0.25
"""Those that this is due for come together, so that not all are looked at for each of them."""


@dataclass(slots=True)
class Shown:
    """What was last published of a topic."""

    topic: Topic
    panel: Registered[Panel]
    at: int
    parts: dict[str, bytes] = field(default_factory=dict)
    state: str = ""
    reason: str = ""
    beat: int = -1
    rendered: float = 0.0
    pushed: Showing | None = None
    """Of a remote panel, what is shown of what was pushed to it."""
    is_owed: bool = True
    """Whether screens are still to get it in full."""
    is_asked: bool = False
    again_at: float = 0.0
    """Of an isolated plugin's panel: whether its answer is awaited; when to try one that fell."""
    used: Used = field(default_factory=Used)

    @property
    def pause(self) -> float:
        """Seconds that must pass between two renderings."""
        panel = self.panel.item
        if self.pushed is not None:
            return REMOTE_PACES[panel.pace]
        return PACES.get(panel.pace, panel.interval)


@dataclass(frozen=True)
class Means:
    """What rendering needs: the city, panels, the guard, words by language, and a reader."""

    city: City
    panels: Mapping[str, Registered[Panel]]
    guard: Guard
    words: Mapping[str, Translate]
    read: Callable[[], AbstractContextManager[Connection]]
    publish: Callable[[str, bytes], None]
    outside: Outside | None = None
    """Where the panels of isolated plugins are asked; None where there are none."""


class Renderer:
    """Holds what was published of every watched topic; used by one thread."""

    def __init__(self, means: Means) -> None:
        self.means = means
        self.streams = 0
        self.pushes = Pushes()
        self._shown: dict[str, Shown] = {}
        self._dues = Dues(self._shown)
        self._refused: set[str] = set()
        self._burst: list[bytes] = []
        self._burst_at = 0.0
        self.rendered = self.published = 0
        self.as_of: Callable[[], Millis] = real_now

    def renew(self, panels: Mapping[str, Registered[Panel]]) -> None:
        """Render other panels from now on; what is shown of those that changed is owed in full."""
        self.means = replace(self.means, panels=panels)
        self._refused.clear()
        for key, shown in list(self._shown.items()):
            if panels.get(shown.topic.panel) is not shown.panel:
                del self._shown[key]

    @property
    def topics(self) -> int:
        """How many topics are watched and can be rendered."""
        return len(self._shown)

    def watch(self, watched: frozenset[str], new: set[str]) -> None:
        """Take up topics that are watched, drop the others, and owe the full panel to `new`."""
        for key in self._shown.keys() - watched:
            del self._shown[key]
        self._refused &= watched
        self.watch_more((watched - self._shown.keys() - self._refused) | (new & watched))

    def watch_more(self, new: Set[str]) -> None:
        """Take up topics, and owe the full panel to them."""
        for key in new:
            shown = self._open(key)
            if shown is None:
                self._refused.add(key)
            else:
                self._shown[key] = shown
                self._dues.again(key)
        self._flush()

    def render_due(self) -> float:
        """Render what changed and may be rendered; returns the seconds until more may be due."""
        self._take_outside()
        now = monotonic()
        if (held := self._burst_at + self.hold - now) > 0:
            return held
        looked = self._dues.look(now, self.means.city.rollup, self.pushes.heard)
        left = {key: self._left(shown, now) for key, shown in looked.items()}
        is_due = min(left.values(), default=LONGEST_WAIT) <= 0
        due = [looked[key] for key, wait in left.items() if is_due and wait <= TOGETHER_SECONDS]
        with self._reading() as connection:
            for shown in due:
                if shown.pushed is None:
                    self._render(shown, connection)
                else:
                    self._show(shown, shown.pushed, connection())
                left[shown.topic.key] = self._left(shown, now)
        self._dues.due_at(now + min(left.values(), default=LONGEST_WAIT))
        if not due:
            return max(0.0, self._dues.until - now)
        if self._burst:
            self._burst_at = now
        self._flush()
        return self.hold

    def look_for_pushes(self) -> None:
        """Find what was pushed to watched panels and not told, since messages may be lost."""
        pushed = [shown.pushed for shown in self._shown.values() if shown.pushed is not None]
        if pushed:
            with self.means.read() as connection:
                self.pushes.look(connection, pushed)

    @property
    def hold(self) -> float:
        """Seconds between two bursts."""
        return FEW_SECONDS if self.streams < FEW_STREAMS else PACES["numbers"]

    def _left(self, shown: Shown, now: float) -> float:
        """Return the seconds until a topic is to be rendered."""
        if shown.pushed is not None:
            is_due = self.pushes.owes(shown.pushed)
            return shown.rendered + shown.pause - now if is_due else LONGEST_WAIT
        if shown.is_asked:
            return LONGEST_WAIT
        if shown.again_at > 0:
            return max(0.0, shown.again_at - now)
        forced = (shown.rendered + FORCED_SECONDS) // FORCED_STEP * FORCED_STEP - now
        has_changed = self.means.city.rollup.touched[shown.at] > shown.beat
        return min(forced, shown.rendered + shown.pause - now) if has_changed else forced

    def _flush(self) -> None:
        if self._burst:
            self.means.publish(CHANNEL, join(self._burst))
            self._burst = []

    def _open(self, key: str) -> Shown | None:
        found = self._find(key)
        if isinstance(found, Shown):
            return found
        self._publish(Frame(key, real_now(), {}, True, "failed", found))
        return None

    def _find(self, key: str) -> Shown | str:
        """Return a topic ready to be rendered, or why it cannot be."""
        tree = self.means.city.rollup.tree
        try:
            topic = Topic.parse(key)
        except ValueError:  # from a hub of another version
            return "no such topic"
        panel = self.means.panels.get(topic.panel)
        known = topic.language in self.means.words and topic.clearance in tuple(Clearance)
        at = tree.position.get(topic.scope)
        if panel is None or at is None or not known or not panel.serves(tree, at):
            return f"no panel {topic.panel} for this place"
        pushed = Showing(Place(topic.panel, at)) if isinstance(panel.item, RemotePanel) else None
        return Shown(topic, panel, at, pushed=pushed)

    def _render(self, shown: Shown, connection: Callable[[], Connection]) -> None:
        before = shown.beat, shown.rendered
        shown.beat, shown.rendered = self.means.city.rollup.beat, monotonic()
        panel, outside = shown.panel, self.means.outside
        if outside is not None and isinstance(panel.item.render, Elsewhere):
            shown.is_asked, shown.again_at = True, 0.0
            outside.render(shown.topic, panel, shown.used)
            return
        try:
            parts = self._values(shown, connection)
            state, reason = "ok", ""
        except PluginFailed as failed:
            parts, state, reason = {}, "failed", failed.reason
        except StoreAway:
            shown.beat, shown.rendered = before
            raise
        self._tell(shown, parts, state, reason)

    def _take_outside(self) -> None:
        """Publish at once what isolated plugins have answered: it was due some time ago."""
        if self.means.outside is None:
            return
        for found in self.means.outside.rendered():
            if isinstance(found, Rendered):
                shown = self._shown.get(found.topic)
                if shown is not None and shown.is_asked and shown.panel is found.panel:
                    shown.is_asked = False
                    self._take(shown, found.parts, found.reason, found.again)
                continue
            for shown in self._shown.values():
                if shown.panel.plugin == found.plugin and shown.pushed is None:
                    self._take(shown, {}, found.reason, found.again)
        self._flush()

    def _take(self, shown: Shown, parts: Mapping[str, bytes], reason: str, again: float) -> None:
        shown.again_at = monotonic() + again if again else 0.0
        self._dues.again(shown.topic.key)
        self._tell(shown, parts, "failed" if reason else "ok", reason)

    def _tell(self, shown: Shown, parts: Mapping[str, bytes], state: str, reason: str) -> None:
        """Publish what screens do not have yet of a panel."""
        self.rendered += 1
        first_time, shown.is_owed = shown.is_owed, False
        changed = {name: v for name, v in parts.items() if shown.parts.get(name) != v}
        if not (changed or first_time or (state, reason) != (shown.state, shown.reason)):
            return
        shown.parts |= parts
        shown.state, shown.reason = state, reason
        sent = dict(shown.parts) if first_time else changed
        self._publish(Frame(shown.topic.key, self.as_of(), sent, first_time, state, reason))

    def _show(self, shown: Shown, showing: Showing, connection: Connection) -> None:
        """Publish what was pushed to a remote panel since it was last shown."""
        tree = self.means.city.rollup.tree
        frame = self.pushes.frame(showing, shown.panel.item, shown.topic.key, (connection, tree))
        shown.rendered = monotonic()
        if frame is not None:
            self._publish(frame)

    def _values(self, shown: Shown, connection: Callable[[], Connection]) -> dict[str, bytes]:
        panel = shown.panel.item
        translate = self.means.words[shown.topic.language]
        try:
            view = ScopeView(self.means.city, shown.topic, translate, connection)
        except NotFound as error:
            raise PluginFailed(shown.panel.plugin, panel.key, str(error)) from error

        return values_of(self.means.guard, shown.panel, view)

    @contextmanager
    def _reading(self) -> Iterator[Callable[[], Connection]]:
        """Give a connection that is opened when the first panel asks for cases."""
        with ExitStack() as stack:
            opened: list[Connection] = []

            def connection() -> Connection:
                if not opened:
                    opened.append(stack.enter_context(self.means.read()))
                return opened[0]

            yield connection

    def _publish(self, frame: Frame) -> None:
        self.published += 1
        self._burst.append(encode(frame))


def real_now() -> Millis:
    """Return the real time."""
    return round(time() * 1000)
