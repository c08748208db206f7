"""Where recipes are tried: a plugin as it is printed, run as the server runs a district's."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from queue import Queue

from commandcenter.host.guard import Guard
from commandcenter.host.panel import Panel
from commandcenter.host.readings import Reading
from commandcenter.host.registry import Registry, load
from commandcenter.ingest.bounds import Bounds
from commandcenter.ingest.isolated import Isolated
from commandcenter.ingest.runner import Runner, SourceState
from commandcenter.sandbox.nursery import Nursery
from commandcenter.sandbox.sandbox import Sandbox
from commandcenter.settings import Settings
from commandcenter.testing.stored import StoredCity
from tests.host.folders import SAMPLES, load_small
from tests.ingest.test_runner import context
from tests.manual.pages import RECIPES, blocks, read

MANIFEST = """\
name = "{name}"
version = "1.0.0"
api = 1
title = {{zh = "{name}"}}
owner = "test"
districts = ["*"]
"""
SECONDS = 20.0


def recipe(name: str) -> dict[str, str]:
    """Return the files of a recipe by their names."""
    found = {block.info: block.code for block in blocks(read(RECIPES))}
    return {
        info.partition("/")[2]: code for info, code in found.items() if info.startswith(f"{name}/")
    }


@dataclass
class Kitchen:
    """Runs sources of recipes; `readings` is what they said, reports go into the city's store."""

    city: StoredCity
    folder: Path
    nursery: Nursery
    told: Queue[SourceState] = field(default_factory=Queue)
    readings: Queue[Reading] = field(default_factory=Queue)
    running: list[Runner] = field(default_factory=list)

    def write(self, name: str, **instead: str) -> Path:
        """Write a recipe as a plugin; `instead` has what the text says to replace."""
        files = recipe(name)
        code = files["__init__.py"]
        for words, others in instead.items():
            assert words in code
            code = code.replace(words, others)
        place = self.folder / name
        place.mkdir()
        (place / "plugin.toml").write_text(MANIFEST.format(name=name) + files["plugin.toml"])
        (place / "__init__.py").write_text(code)
        return place

    def start(self, name: str) -> None:
        """Run the one source of a recipe that was written."""
        small = self.folder / "small"
        small.symlink_to(SAMPLES / "small", target_is_directory=True)
        settings = Settings(plugins=self.folder)
        sandbox = Sandbox(settings, self.nursery)
        registry = load(settings, "small", isolation=sandbox)
        assert {s.name: s.reason for s in registry.states if s.state != "ok"} == {}
        (source,) = [found for found in registry.sources if found.plugin == name]
        given = context(self.city)
        runner = Runner(
            source, given, self.city.intake.within(Bounds.of(source, self.city.tree)), Guard(),
            self.told.put, lambda found, _: [self.readings.put(one) for one in found],
            Isolated.of(source, given, sandbox),
        )  # fmt: skip
        runner.start()
        self.running.append(runner)

    def said(self, count: int) -> list[Reading]:
        """Wait for so many readings."""
        return [self.readings.get(timeout=SECONDS) for _ in range(count)]

    def panel(self, key: str) -> Panel:
        """Return a panel of what was written."""
        registry: Registry = load_small(self.folder)
        return registry.panels[key].item

    def close(self) -> None:
        """End all that runs."""
        for runner in self.running:
            runner.stop()
        for runner in self.running:
            assert runner.join(SECONDS)
