"""Sources of a plugin that is written by the test, run as an ingest worker runs an isolated one."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

from commandcenter.api import Source, Text
from commandcenter.errors import PluginError
from commandcenter.host.discovery import Candidate
from commandcenter.host.guard import Guard
from commandcenter.host.manifest import read_manifest
from commandcenter.host.plugin import Plugin, Registered
from commandcenter.ingest.bounds import Bounds
from commandcenter.ingest.isolated import Isolated, Pace
from commandcenter.ingest.runner import Runner
from commandcenter.sandbox.nursery import Nursery
from commandcenter.sandbox.process import Process
from commandcenter.sandbox.spec import SOURCE, Spec
from commandcenter.testing.stored import StoredCity
from tests.ingest.test_runner import Watched, context

DESCRIBE_SECONDS = 20.0
MANIFEST = """
name = "feeder"
version = "1.0.0"
api = 1
title = {zh = "源"}
owner = "test"
districts = [%s]
provides = ["sources"]
"""
HEAD = """
import os
import signal
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from commandcenter.api import Filing, Report, Source, Text, Update, Command, hookimpl

HERE = Path(__file__).parent


def report(key, **more):
    given = {"cell": "990102002002002002"} | more
    return Report(
        source="feed", external_id=key, channel="app", title="路边有垃圾", matter="E0101",
        occurred_at=datetime.now(UTC), attachments=[], **given,
    )


@hookimpl
def register_sources():
    return [Source("feed", Text("源"), run, interval=0.02)]


"""


class Feeder:
    """Runs a source from a plugin's folder as an ingest worker does."""

    def __init__(self, city: StoredCity, nursery: Nursery, folder: Path) -> None:
        self.city, self.nursery, self.folder = city, nursery, folder
        self.running: list[Watched] = []
        self.pids: list[int] = []

    def start(self, run: str, pace: Pace | None = None, districts: tuple[str, ...] = ("*",),
              memory_mb: int = 512) -> Watched:  # fmt: skip
        self.folder.mkdir(exist_ok=True)
        listed = ", ".join(f'"{code}"' for code in districts)
        (self.folder / "plugin.toml").write_text(MANIFEST % listed, "utf-8")
        (self.folder / "__init__.py").write_text(HEAD + dedent(run), "utf-8")
        candidate = Candidate("feeder", self.folder, "feeder_under_test")
        manifest = read_manifest(self.folder / "plugin.toml", "feeder")
        plugin = Plugin(manifest, None, self.folder)

        def begin(key: str) -> Process:
            spec = Spec(SOURCE, plugin, candidate, memory_mb, {"source": key})
            process = Process(self.nursery, spec)
            self.pids.append(process.pid)
            process.send(spec.head())
            head = process.receive(DESCRIBE_SECONDS).head
            if "refused" in head:
                process.end()
                raise PluginError(head["refused"])
            return process

        source = Registered(
            Source("feed", Text("源"), lambda _: iter(()), interval=0.02), "feeder", districts
        )
        given = context(self.city)
        apart = Isolated(source, given, begin, pace or Pace())
        intake = self.city.intake.within(Bounds.of(source, self.city.tree))
        watched = Watched(None)  # type: ignore[arg-type]
        watched.runner = Runner(
            source, given, intake, Guard(), watched.told.put, isolated=apart
        )
        watched.runner.start()
        self.running.append(watched)
        return watched
