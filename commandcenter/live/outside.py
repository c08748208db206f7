"""What isolated plugins are asked by the live loop: it asks and goes on, answers wake it later."""

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from time import monotonic

from commandcenter.domain.figures import Figure
from commandcenter.domain.viewers import Clearance
from commandcenter.errors import PluginError
from commandcenter.host.guard import Guard
from commandcenter.host.panel import Panel, RiskRule
from commandcenter.host.plugin import Registered
from commandcenter.host.words import SOURCE
from commandcenter.live.calls import Scene, Used
from commandcenter.live.grade_calls import GradeCall, Graded, Levels
from commandcenter.live.render_calls import RenderCall, Rendered
from commandcenter.live.topics import Topic
from commandcenter.sandbox.health import Condition
from commandcenter.sandbox.keeper import Keeper
from commandcenter.sandbox.sandbox import Sandbox
from commandcenter.sandbox.spec import SERVE

REGRADE_SECONDS = 30.0
"""A rule is asked when counts changed, and so often in any case: time alone changes something."""


@dataclass(frozen=True, slots=True)
class Fallen:
    """A process that ended while nobody asked it anything, and when it may be asked again."""

    plugin: str
    reason: str
    again: float


@dataclass(slots=True)
class Asked:
    """What a rule of a plugin was last asked of a scope."""

    plugin: str
    used: Used
    beat: int = -1
    at: float = 0.0
    is_pending: bool = False


class Outside:
    """The keepers of isolated plugins; used by the live loop's thread, which `wake` wakes."""

    def __init__(self, sandbox: Sandbox, scene: Scene, guard: Guard) -> None:
        self.wake: Callable[[], None] = lambda: None
        self._sandbox = sandbox
        self.scene = scene
        self._guard = guard
        self._keepers: dict[str, Keeper] = {}
        self._rendered: deque[Rendered | Fallen] = deque()
        self._graded: deque[Graded] = deque()
        self._asked: dict[tuple[str, str], Asked] = {}

    def render(self, topic: Topic, panel: Registered[Panel], used: Used) -> None:
        """Ask for a panel; `rendered` has the answer some time later, and just one."""
        try:
            seconds = self._sandbox.bounds(panel.plugin).call_seconds
            call = RenderCall(self.scene, topic, panel, seconds, used, self._take_rendered)
        except PluginError as error:
            self._take_rendered(Rendered(topic.key, panel, {}, str(error)))
            return
        self._keeper(panel.plugin).call(call)

    def rendered(self) -> Iterator[Rendered | Fallen]:
        """Give what has come since it was last asked for."""
        while self._rendered:
            yield self._rendered.popleft()

    def grade(
        self, key: tuple[str, str], rule: Registered[RiskRule], last: Levels
    ) -> None:
        """Ask a rule for its levels in a scope unless nothing can have changed there."""
        asked = self._asked.setdefault(key, Asked(rule.plugin, Used()))
        beat, now = self.scene.city.rollup.beat, monotonic()
        is_old = beat != asked.beat or now - asked.at >= REGRADE_SECONDS
        if asked.is_pending or not is_old:
            return
        topic = Topic.of(f"{rule.plugin}.rule", key[1], Clearance.STAFF, SOURCE, {})
        seconds = self._sandbox.bounds(rule.plugin).grade_seconds
        call = GradeCall(self.scene, topic, rule, seconds, asked.used)
        call.key, call.last, call.tell = key, last, self._take_graded
        asked.is_pending, asked.beat, asked.at = True, beat, now
        self._keeper(rule.plugin).call(call)

    @property
    def has_graded(self) -> bool:
        """Whether a rule has answered."""
        return bool(self._graded)

    def graded(self) -> Iterator[Graded]:
        """Give what rules have answered since it was last asked for."""
        while self._graded:
            found = self._graded.popleft()
            asked = self._asked.get(found.key)
            if asked is None:
                continue  # the rule is another one by now
            asked.is_pending = False
            if found.levels is None:
                asked.beat = -1  # it is asked again with the next grading
            yield found

    def renew(self, plugin: str) -> None:
        """Have a plugin answer the next call with the code and the settings it has now."""
        self._asked = {key: a for key, a in self._asked.items() if a.plugin != plugin}
        if plugin in self._keepers:
            self._keepers[plugin].renew()

    def stand_by(self) -> None:
        """End all processes, and be ready to start them: this worker asks nothing for a while."""
        self.close()
        self._sandbox.stand_by()

    def close(self) -> None:
        """End all processes and threads."""
        keepers, self._keepers = self._keepers, {}
        for keeper in keepers.values():
            keeper.close()
        for asked in self._asked.values():
            asked.is_pending = False

    def conditions(self) -> Mapping[str, tuple[Condition, str]]:
        """Return how each plugin is that was asked something, and why."""
        return {name: (k.condition, k.reason) for name, k in self._keepers.copy().items()}

    def figures(self) -> Iterator[Figure]:
        """Yield memory, restarts and condition of each plugin's process."""
        for name, keeper in self._keepers.copy().items():
            of = {"plugin": name}
            yield Figure("commandcenter_plugin_memory_bytes", keeper.memory, of)
            yield Figure("commandcenter_plugin_restarts_total", max(0, keeper.starts - 1), of)
            yield Figure("commandcenter_plugin_condition", int(keeper.condition), of)

    def _keeper(self, plugin: str) -> Keeper:
        if plugin not in self._keepers:
            self._keepers[plugin] = Keeper(
                plugin, lambda: self._sandbox.start(plugin, SERVE), self._guard,
                lambda reason, again: self._take_rendered(Fallen(plugin, reason, again)),
            )  # fmt: skip
        return self._keepers[plugin]

    def _take_rendered(self, found: Rendered | Fallen) -> None:
        self._rendered.append(found)
        self.wake()

    def _take_graded(self, found: Graded) -> None:
        self._graded.append(found)
        self.wake()
