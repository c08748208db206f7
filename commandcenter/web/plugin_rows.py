"""How each plugin is, from the catalogue and from what the workers tell of it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from commandcenter.domain.text import Text
from commandcenter.host.plugin import PluginState
from commandcenter.live.stats import Heard
from commandcenter.web.sums import Sums

PLUGIN_STATES = {
    "ok": "正常", "failing": "异常", "quarantined": "已隔离", "skipped": "不属本市",
    "disabled": "已停用", "failed": "未启用",
}  # fmt: skip
ORDER = ("failed", "quarantined", "failing", "ok", "disabled", "skipped")
QUARANTINED = 2


@dataclass(frozen=True)
class PluginRow:
    """A plugin as operators see it; `mean` is the time of a call, sources left out: they wait."""

    name: str
    title: Text
    version: str
    owner: str
    state: str
    reason: str
    failing: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    provides: tuple[str, ...] = ()
    districts: tuple[str, ...] = ()
    is_core: bool = False
    calls: float = 0
    errors: float = 0
    mean: float | None = None
    memory: float | None = None
    restarts: float | None = None
    age: float | None = None
    """Seconds since a call last succeeded, None if none did."""

    @property
    def is_loud(self) -> bool:
        """Whether somebody should look after it."""
        return self.state in ("failed", "failing", "quarantined")


@dataclass
class Told:
    """What the workers say of one plugin; each has its own view of it."""

    failing: set[str] = field(default_factory=set)
    reason: str = ""


def plugin_rows(
    known: Sequence[PluginState],
    processes: Iterable[Heard],
    sums: Sums,
    sources: Collection[str],
    now: float,
) -> list[PluginRow]:
    """Return every plugin, those first that somebody should look after.

    `sources` are the keys of all sources, `now` is in Unix time.
    """
    told = _told(processes)
    rows = [
        _row(plugin, told.get(plugin.name, Told()), sums, _mean(plugin.name, sums, sources), now)
        for plugin in known
    ]
    return sorted(rows, key=lambda row: (ORDER.index(row.state), row.is_core, row.name))


def _told(processes: Iterable[Heard]) -> dict[str, Told]:
    found: dict[str, Told] = {}
    for heard in processes:
        notes: Iterable[Mapping[str, Any]] = heard.message.get("notes", {}).get("plugins", ())
        for note in notes:
            one = found.setdefault(str(note["plugin"]), Told())
            one.failing.update(note["failing"])
            one.reason = one.reason or str(note["reason"])
    return found


def _row(
    plugin: PluginState, told: Told, sums: Sums, mean: float | None, now: float
) -> PluginRow:
    of = {"plugin": plugin.name}
    last = max((v for labels, v in sums.all("plugin_last_good_time_seconds")
                if labels["plugin"] == plugin.name), default=None)  # fmt: skip
    return PluginRow(
        name=plugin.name,
        title=plugin.title,
        version=plugin.version,
        owner=plugin.owner,
        state=_state(plugin, told, sums),
        reason=plugin.reason or told.reason,
        failing=tuple(sorted(told.failing)),
        warnings=plugin.warnings,
        provides=plugin.provides,
        districts=plugin.districts,
        is_core=plugin.core,
        calls=sums.sum("plugin_calls_total", of) or 0,
        errors=sums.sum("plugin_errors_total", of) or 0,
        mean=mean,
        memory=sums.sum("plugin_memory_bytes", of),
        restarts=sums.sum("plugin_restarts_total", of),
        age=None if last is None else max(0.0, now - last),
    )


def _state(plugin: PluginState, told: Told, sums: Sums) -> str:
    if plugin.state != "ok":
        return plugin.state
    found = sums.all("plugin_condition")
    worst = max((v for labels, v in found if labels["plugin"] == plugin.name), default=0.0)
    if worst >= QUARANTINED:
        return "quarantined"
    return "failing" if told.failing or worst else "ok"


def _mean(plugin: str, sums: Sums, sources: Collection[str]) -> float | None:
    """Return the mean time of a rendering or a grading."""

    def total(name: str) -> float:
        return sum(
            value
            for labels, value in sums.all(f"plugin_call_seconds_{name}")
            if labels["plugin"] == plugin and labels["part"] not in sources
        )

    calls = total("count")
    return total("sum") / calls if calls else None
