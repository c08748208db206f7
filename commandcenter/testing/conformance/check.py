"""The whole check of plugins: read, examined, looked at, and tested."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from commandcenter.host.discovery import OPTIONS
from commandcenter.host.manifest import Manifest
from commandcenter.sandbox.bounds import bounds_of
from commandcenter.settings import Settings
from commandcenter.testing.conformance.exam import Job
from commandcenter.testing.conformance.examiners import Examined, Examiners
from commandcenter.testing.conformance.findings import Finding, Report, in_order
from commandcenter.testing.conformance.looks import Looker
from commandcenter.testing.conformance.own_tests import run_tests
from commandcenter.testing.conformance.reading import read_plugin
from commandcenter.testing.ready import ReadyCity

LOOK_LEFT = "left out as wished: how its panels look"
TESTS_LEFT = "left out as wished: its own tests"


@dataclass(frozen=True)
class Wishes:
    """What is to be looked at beside the rest."""

    browser: bool = True
    tests: bool = True


@contextmanager
def checking(settings: Settings, wishes: Wishes) -> Iterator["Check"]:
    """Give a check whose processes, and its browser, are there until the block ends."""
    with Examiners() as examiners, ExitStack() as stack:
        yield Check(settings, wishes, examiners, Looker(settings.layouts, stack))


def check_plugins(
    folders: Sequence[Path], settings: Settings, wishes: Wishes
) -> Iterator[Report]:
    """Check plugins one after another, each by its folder."""
    with checking(settings, wishes) as check:
        for folder in folders:
            yield check.report(folder)


@dataclass(frozen=True)
class Check:
    """Checks one plugin after the other, with the same processes and the same browser."""

    settings: Settings
    wishes: Wishes
    examiners: Examiners
    looker: Looker

    def report(self, folder: Path) -> Report:
        """Return all that is found of the plugin in a folder."""
        place = folder.resolve()
        return Report(place.name, str(folder), in_order(list(self._found(place))))

    def _found(self, folder: Path) -> Iterator[Finding]:
        """Yield what is found; what needs a sound plugin is left where it is not."""
        manifest, findings = read_plugin(folder)
        yield from findings
        if manifest is None or _is_wrong(findings):
            return
        examined = self.examiners.examine(_job(folder, manifest, self.settings))
        yield from examined.findings
        if _is_wrong(examined.findings):
            return
        yield from self._looked(folder, manifest, examined)
        yield run_tests(folder) if self.wishes.tests else Finding("tests", "note", TESTS_LEFT)

    def _looked(self, folder: Path, manifest: Manifest, examined: Examined) -> Iterator[Finding]:
        """Draw the panels, if there are any."""
        if not (examined.panels or manifest.remote_panels):
            return
        if not self.wishes.browser:
            yield Finding("look", "note", LOOK_LEFT)
            return
        yield from self.looker.look(examined, ReadyCity.of(folder), manifest)


def _is_wrong(findings: Sequence[Finding]) -> bool:
    return any(finding.state == "wrong" for finding in findings)


def _job(folder: Path, manifest: Manifest, settings: Settings) -> Job:
    bounds = bounds_of(settings, manifest.name, OPTIONS)
    return Job(
        folder=folder, again=False, said=(), plugins=settings.plugins.resolve(), city=settings.city,
        cache=settings.cache, render_seconds=bounds.call_seconds,
        grade_seconds=bounds.grade_seconds, describe_seconds=bounds.describe_seconds,
        memory_mb=bounds.memory_mb,
    )  # fmt: skip
