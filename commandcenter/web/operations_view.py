"""What the operators' page shows, reckoned from what the processes tell."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from time import time
from typing import Any

from commandcenter import __version__
from commandcenter.host.plugin import PluginState
from commandcenter.host.words import Words
from commandcenter.live.stats import Heard
from commandcenter.web.amounts import Amounts
from commandcenter.web.plugin_rows import PLUGIN_STATES, PluginRow, plugin_rows
from commandcenter.web.pushes import Push, State
from commandcenter.web.requests import PROBES
from commandcenter.web.sightings import Sighting
from commandcenter.web.sums import Sums, TimedRow

LAG_MOVES = 5000
LAG_SECONDS = 5.0
ROLES = {"web": "网页与接口", "live": "统计与画面", "ingest": "数据接入"}
SOURCE_STATES = {
    "running": "运行中", "waiting": "等待重试", "failed": "失败", "ended": "已结束",
    "unheard": "无人运行",
}  # fmt: skip
PUSH_STATES: Mapping[State, str] = {
    "never": "从未推送", "live": "实时", "late": "延迟", "stale": "停滞", "refused": "上次被拒",
}  # fmt: skip
PARTS = {"database": "数据库", "catalogue": "目录", "bus": "消息总线", "live": "统计进程"}
ANSWERS = {"accepted": "受理", "duplicate": "重复", "rejected": "拒收"}
FILES = ("/assets/", "/static/", "/_dash-component-suites/", "/_favicon.ico")
SHOWN_ROUTES = 8
SHOWN_PARTS = 8
SHOWN_ERRORS = 12


@dataclass(frozen=True)
class ProcessRow:
    """One process; `cpu` is a share of one core, None before its second message."""

    name: str
    role: str
    up: float
    cpu: float | None
    memory: float
    files: int
    threads: int
    age: float
    leases: str


class Overview(Amounts):
    """All that is shown at one moment; every number comes from the processes themselves."""

    def __init__(
        self,
        processes: Sequence[Heard],
        sources: Sequence[Sighting],
        parts: Mapping[str, bool],
        words: Words,
        known: Sequence[PluginState] = (),
        pushes: Sequence[Push] = (),
    ) -> None:
        self._known = known
        self.pushes = pushes
        self.sources = sources
        self.parts = parts
        self.version = __version__
        self.at = time()
        self._heard = processes
        super().__init__(words)
        self._sums = Sums(processes)

    @cached_property
    def processes(self) -> list[ProcessRow]:
        """All processes that are heard, by role."""
        return [self._process(heard) for heard in self._heard]

    @cached_property
    def problems(self) -> list[str]:
        """What somebody should look after, in words; the worst first."""
        say, found = self._words, []
        for name, is_there in self.parts.items():
            if not is_there:
                found.append(say("{part}没有回应", part=say(PARTS[name])))
        running = {heard.role for heard in self._heard}
        if "ingest" not in running:
            found.append(say("没有数据接入进程"))
        found += [
            say("数据源 {name} 没有数据:{age}", name=one.source.title.in_language(say.language),
                age=self.long(one.age))
            for one in self.sources if one.is_silent
        ]  # fmt: skip
        found += [
            say("远程面板 {name}:{state}", name=self.push_name(one), state=self.push_word(one))
            for one in self.pushes if one.is_bad
        ]  # fmt: skip
        if (moves := self.lag_moves) is not None and moves > LAG_MOVES:
            found.append(say("统计落后 {n} 条", n=self.count(moves)))
        elif (seconds := self.lag_seconds) is not None and seconds > LAG_SECONDS:
            found.append(say("统计落后 {n} 秒", n=f"{seconds:.0f}"))
        found += [
            say("插件 {name} 失败:{reason}", name=row.name, reason=row.reason)
            for row in self.plugins if row.is_loud
        ]  # fmt: skip
        return found

    @property
    def lamps(self) -> list[tuple[str, bool]]:
        """Each part that serving needs, and whether it is there."""
        return [(self._words(PARTS[name]), is_there) for name, is_there in self.parts.items()]

    @property
    def lag_moves(self) -> float | None:
        """How many moves the counts are behind; None where nobody counts."""
        return self._sums.greatest("rollup_lag_moves")

    @property
    def lag_seconds(self) -> float | None:
        """How old the oldest move is that is not counted."""
        return self._sums.greatest("rollup_lag_seconds")

    @property
    def streams(self) -> float:
        """How many screens are connected."""
        return self._sums.sum("streams") or 0

    @property
    def blocked(self) -> float:
        """How many screens take nothing."""
        return self._sums.sum("streams_blocked") or 0

    @property
    def frame_age(self) -> float | None:
        """Seconds since the newest frame was made."""
        ages = self._sums.values_of("frame_age_seconds")
        return min(ages) if ages else None

    @property
    def transit(self) -> str:
        """How long nineteen of twenty frames were under way."""
        return self._sums.p95("frame_transit_seconds", {})

    @cached_property
    def answers(self) -> list[tuple[str, str, float, float | None]]:
        """Reports by way and answer: how many, and how many a second now."""
        found: dict[tuple[str, str], float] = defaultdict(float)
        for labels, value in self._sums.all("intake_reports_total"):
            found[labels["way"], labels["answer"]] += value
        return [
            (way, ANSWERS[answer], count,
             self._sums.rate("intake_reports_total", {"way": way, "answer": answer}))
            for (way, answer), count in sorted(found.items())
        ]  # fmt: skip

    @property
    def accepted(self) -> float | None:
        """How many reports are accepted a second now."""
        return self._sums.rate("intake_reports_total", {"answer": "accepted"})

    @property
    def requests(self) -> float | None:
        """How many requests are answered a second now."""
        return self._sums.rate("http_requests_total", {})

    @property
    def failures(self) -> float:
        """How many requests failed by our own fault since the web processes began."""
        counts = self._sums.all("http_requests_total")
        return sum(
            value
            for labels, value in counts
            if labels["status"].startswith("5") and labels["route"] not in PROBES
        )

    @property
    def letters(self) -> float | None:
        """How many dead letters wait."""
        live = [self._sums.one(heard, "letters_waiting") for heard in self._heard]
        return max((count for count in live if count is not None), default=None)

    @property
    def queues(self) -> list[tuple[str, str]]:
        """What waits somewhere, and what was lost."""
        say = self._words
        return [
            (say("总线待处理"), self.count(self._sums.sum("bus_backlog_messages"))),
            (say("总线待发送"), self.count(self._sums.sum("bus_unsent_messages"))),
            (say("总线丢失"), self.count(self._sums.sum("bus_lost_total"))),
            (say("每秒画面"), self.count(self._sums.rate("frames_published_total", {}))),
            (say("丢弃的画面"), self.count(self._dropped())),
            (say("每秒写出"), self.size(self._sums.rate("stream_bytes_total", {}))),
            (say("屏幕分组"), self.count(self._sums.sum("stream_groups"))),
            (say("数据库连接"), self.count(self._sums.sum("database_connections_in_use"))),
            (say("数据库应答"), self.seconds(self._sums.greatest("database_look_seconds"))),
        ]

    @cached_property
    def plugins(self) -> list[PluginRow]:
        """All plugins, the failing ones first."""
        sources = {one.source.key for one in self.sources}
        return plugin_rows(self._known, self._heard, self._sums, sources, self.at)

    def plugin_word(self, row: PluginRow) -> str:
        """Return a plugin's state in words."""
        return self._words(PLUGIN_STATES.get(row.state, row.state))

    @cached_property
    def parts_by_time(self) -> list[TimedRow]:
        """Panels and rules that took the most time; a source's time is mostly waiting."""
        sources = {one.source.key for one in self.sources}
        rows = self._sums.timed("plugin_call_seconds", "part")
        shown = [r for r in rows if r.name not in sources and not r.name.startswith("register_")]
        return shown[:SHOWN_PARTS]

    @cached_property
    def routes(self) -> list[TimedRow]:
        """Routes that took the most time, but for the files of the screens."""
        rows = self._sums.timed("http_request_seconds", "route")
        return [row for row in rows if not row.name.startswith(FILES)][:SHOWN_ROUTES]

    @cached_property
    def errors(self) -> list[dict[str, Any]]:
        """The last warnings and errors of all processes, the newest first."""
        found = [line for heard in self._heard for line in heard.message["notes"].get("errors", ())]
        return sorted(found, key=lambda line: str(line["time"]), reverse=True)[:SHOWN_ERRORS]

    def push_word(self, one: Push) -> str:
        """Return in words how a remote panel stands."""
        return self._words(PUSH_STATES[one.state])

    def push_name(self, one: Push) -> str:
        """Return the title of a remote panel, with the cell it was pushed for."""
        return f"{one.panel.title.in_language(self._words.language)} {one.cell}".rstrip()

    def state_word(self, one: Sighting) -> str:
        """Return a source's state in words."""
        return self._words(SOURCE_STATES.get(one.state, one.state))

    def _process(self, heard: Heard) -> ProcessRow:
        began = self._sums.one(heard, "process_start_time_seconds") or self.at
        leases = [
            f"{labels['lease']} #{int(value)}"
            for labels, value in self._sums.of(heard, "lease_token")
        ]
        return ProcessRow(
            name=heard.process,
            role=self._words(ROLES.get(heard.role, heard.role)),
            up=max(0.0, self.at - began),
            cpu=self._sums.rate_of(heard, "process_cpu_seconds_total", {}),
            memory=self._sums.one(heard, "process_resident_memory_bytes") or 0,
            files=int(self._sums.one(heard, "process_open_fds") or 0),
            threads=int(self._sums.one(heard, "process_threads") or 0),
            age=heard.age,
            leases=" ".join(leases),
        )

    def _dropped(self) -> float:
        counts = self._sums.all("frames_dropped_total")
        return sum(value for labels, value in counts if labels["reason"] != "unwatched")
