"""Servers on the real city, which is built and given a history once for the whole test run."""

from __future__ import annotations

import fcntl
import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from commandcenter.host.manifest import FILE, claims_core
from commandcenter.settings import ROOT
from tests.e2e.servers import Server, copied, made

# A case a day: what a test counts moves by what the test itself reports.
HISTORY = ("--history", "2000", "--rate", "1")


@dataclass(frozen=True)
class Prepared:
    """What all servers begin with: the city's cells and tiles, and a data folder to copy.

    `plugins` has those of the core alone: districts' own bring cases that no test has reported.
    """

    cache: Path
    data: Path
    plugins: Path

    def server(self, folder: Path, **variables: object) -> Server:
        """A server, not yet started, on a copy of the data."""
        return copied(self.data, folder, self.cache, **{"plugins": self.plugins, **variables})


def link_core(folder: Path) -> None:
    """Make a folder of plugins with those of the core."""
    folder.mkdir()
    for manifest in sorted((ROOT / "plugins").glob(f"*/{FILE}")):
        if claims_core(manifest):
            (folder / manifest.parent.name).symlink_to(manifest.parent)


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all processes of this test run share."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "e2e"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def prepared(run_folder: Path) -> Prepared:
    """Zhengzhou with a short history, made by whoever comes first."""
    plugins = run_folder / "plugins"
    found = Prepared(run_folder / "cache", run_folder / "first" / "data", plugins)
    with (run_folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = run_folder / "done"
        if not done.exists():
            link_core(plugins)
            first = made(run_folder / "first", found.cache, plugins=plugins)
            first.demo(*HISTORY)
            first.stop()
            done.touch()
    return found
