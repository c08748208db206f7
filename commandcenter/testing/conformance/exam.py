"""The examination of one plugin, in a process of its own: whatever it does, it does to that one."""

import os
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from commandcenter.errors import PluginError
from commandcenter.host.admission import Admission
from commandcenter.host.discovery import (
    Candidate,
    discover,
    import_code,
    manifest_of,
    prepare,
)
from commandcenter.host.guard import Guard
from commandcenter.host.manifest import Manifest
from commandcenter.host.plugin import EVERYWHERE, Plugin, Registered
from commandcenter.host.readings import Reading
from commandcenter.host.remote import RemotePanel
from commandcenter.sandbox import limits
from commandcenter.sandbox.declared import plain
from commandcenter.testing.city import DISTRICTS, small_plugin
from commandcenter.testing.conformance.bounds import Bounds
from commandcenter.testing.conformance.findings import Finding
from commandcenter.testing.conformance.panels import PanelCheck
from commandcenter.testing.conformance.realcity import real_city
from commandcenter.testing.conformance.replay import FEED, SAMPLE, SourceCheck
from commandcenter.testing.conformance.rules import RuleCheck
from commandcenter.testing.conformance.samples import Samples
from commandcenter.testing.conformance.telling import Teller, split
from commandcenter.testing.ready import ReadyCity

SCOPED = Finding("scope", "ok", "counts elsewhere change nothing")
Items = Mapping[str, Mapping[str, Registered[Any]]]


@dataclass(frozen=True)
class Job:
    """Which plugin to examine; `again` only renders, in a process of another hash seed, with the
    readings `said` before.

    `plugins` and `city` say where the real city may be found, `cache` where it is built.
    """

    folder: Path
    again: bool
    said: tuple[dict[str, Any], ...]
    plugins: Path
    city: str
    cache: Path
    render_seconds: float
    grade_seconds: float
    describe_seconds: float
    memory_mb: int


@dataclass(frozen=True)
class Exam:
    """Examines the plugin of a job and tells all that it finds."""

    job: Job
    teller: Teller

    def run(self) -> None:
        """Go through everything; stops where nothing more can be said."""
        plugin = self._prepared()
        if plugin is None:
            return
        city = self._city_of(plugin.manifest)
        if not plugin.manifest.core:
            limits.apply(self.job.memory_mb)
        items = self._declared(plugin)
        if items is None:
            return
        said = self._said(items, *city)
        samples = Samples(self._small, said)
        self._panels(items, samples)
        self._rules(items, samples)

    @cached_property
    def _small(self) -> ReadyCity:
        return ReadyCity.of(self.job.folder)

    @cached_property
    def _candidate(self) -> Candidate:
        found = discover(self.job.folder.parent)
        return next(c for c in found if c.folder == self.job.folder)

    def _prepared(self) -> Plugin | None:
        """Return the plugin with its settings: its feed is the sample, if it has one."""
        manifest = manifest_of(self._candidate)
        try:
            plugin = prepare(self._candidate, manifest)
        except PluginError as error:
            self.teller.wrong("manifest", str(error), "plugin.toml: settings")
            return None
        has_sample = (self.job.folder / SAMPLE).exists()
        if FEED in manifest.settings and has_sample:
            return replace(plugin, settings={**plugin.settings, FEED: SAMPLE})
        return plugin

    def _declared(self, plugin: Plugin) -> Items | None:
        seconds = self.job.describe_seconds
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always", DeprecationWarning)
            loaded = self.teller.attempt(
                "hooks", "its import", seconds, lambda: import_code(plugin, self._candidate)
            )
            if loaded is None:
                return None
            with self.teller.doing("hooks", "its hooks", seconds):
                items = self._admitted(loaded)
        self._tell_deprecated(warned)
        if items is not None:
            counted = ", ".join(f"{len(found)} {what}" for what, found in items.items() if found)
            self.teller.tell(Finding("hooks", "ok", counted or "nothing is declared"))
        return items

    def _admitted(self, plugin: Plugin) -> Items | None:
        """Return what the plugin declares, checked as at the start of a server."""
        admission = Admission(Guard())
        try:
            if "city" not in plugin.manifest.provides:
                admission.admit(small_plugin())
            admission.admit(plugin)
        except PluginError as error:
            self._refused(str(error))
            return None
        state = admission.states[-1]
        if state.state != "ok":
            self._refused(state.reason)
            return None
        return {
            what: {key: item for key, item in found.items() if item.plugin == plugin.name}
            for what, found in admission.items.items()
        }

    def _refused(self, reason: str) -> None:
        where, words = split(reason)
        mend = "plugins/README.md, The hooks, says what each may take and give"
        self.teller.wrong("hooks", words, where, mend)

    def _tell_deprecated(self, warned: Sequence[warnings.WarningMessage]) -> None:
        for warning in warned:
            file = Path(warning.filename)
            if file.is_relative_to(self.job.folder):
                where = f"{file.relative_to(self.job.folder).as_posix()}:{warning.lineno}"
                words = f"uses what will go away: {warning.message}"
                self.teller.tell(Finding("hooks", "note", words, where))

    def _said(self, items: Items, city: ReadyCity, is_real: bool) -> list[Reading]:
        """Return what the sources say now: in the second process, what they said in the first."""
        if self.job.again:
            return [Reading(**reading) for reading in self.job.said]
        found = self._sources(items, city, is_real)
        self.teller.say("said", readings=[asdict(reading) for reading in found])
        return found

    def _sources(self, items: Items, city: ReadyCity, is_real: bool) -> list[Reading]:
        has_sample = (self.job.folder / SAMPLE).exists()
        own = tuple(item.item for item in items["channels"].values())
        city = replace(city, channels=(*city.channels, *own))
        matters = tuple(item.item for item in items["matters"].values())
        city = replace(city, matters=(*city.matters, *matters))
        return [
            reading
            for registered in items["sources"].values()
            if has_sample or not registered.item.simulated
            for reading in SourceCheck(
                registered.item, city, self._small, is_real, self.teller
            ).run()
        ]

    def _city_of(self, manifest: Manifest) -> tuple[ReadyCity, bool]:
        """Return the city in which the sample is judged, and whether it is the real one."""
        codes = {code for code, _, _ in DISTRICTS}
        if self.job.again or "sources" not in manifest.provides:
            return self._small, False
        if set(manifest.districts) <= codes or EVERYWHERE in manifest.districts:
            return self._small, True
        real = real_city(self.job.plugins, manifest.city or self.job.city, self.job.cache, manifest)
        return (replace(real, folder=self.job.folder), True) if real else (self._small, False)

    def _panels(self, items: Items, samples: Samples) -> None:
        bounds = self._bounds(samples)
        panels = [found.item for found in items["panels"].values()]
        checks = [
            PanelCheck(panel, samples, self.teller, bounds)
            for panel in panels
            if not isinstance(panel, RemotePanel)
        ]
        if self.job.again:
            for check in checks:
                check.only_render()
            return
        homes = {check.panel.key: check.home for check in checks}
        own = {key: found for key, found in items["panels"].items() if key in homes}
        self.teller.say("panels", panels=plain({"panels": own})["panels"], homes=homes)
        if checks and all([check.run() for check in checks]):
            self.teller.say("well", check="panels", count=len(checks))
            self.teller.tell(SCOPED)

    def _rules(self, items: Items, samples: Samples) -> None:
        bounds = self._bounds(samples)
        rules = [found.item for found in items["risk_rules"].values()]
        checks = [RuleCheck(rule, samples, self.teller, bounds) for rule in rules]
        if self.job.again:
            for check in checks:
                check.only_render()
            return
        if checks and all([check.run() for check in checks]):
            self.teller.say("well", check="rules", count=len(checks))
            self.teller.tell(SCOPED)

    def _bounds(self, samples: Samples) -> Bounds:
        job = self.job
        return Bounds(
            samples, job.render_seconds, job.grade_seconds, job.describe_seconds, job.memory_mb
        )


def peak_mb() -> float:
    """Return the most memory that this process has had, in megabytes."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0


def forget_peak() -> None:
    """Begin anew to note the most memory; where that is refused the parent's counts too."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return


def examine(job: Job, teller: Teller) -> None:
    """Examine a plugin and say at the end that it was gone through."""
    os.environ.pop("PYTEST_CURRENT_TEST", None)
    forget_peak()
    before = peak_mb()
    Exam(job, teller).run()
    teller.say("done", slowest=teller.slowest, memory_mb=max(0.0, peak_mb() - before))
