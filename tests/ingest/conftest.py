"""A nursery, and a source of an isolated plugin whose pauses are short."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from commandcenter.ingest import isolated
from commandcenter.ingest import runner as runners
from commandcenter.sandbox.nursery import Nursery
from commandcenter.testing.stored import StoredCity
from tests.ingest.feeders import Feeder


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    """One nursery for all tests of the module."""
    made = Nursery()
    made.start()
    yield made
    made.close()


@pytest.fixture
def feeder(
    small: StoredCity, nursery: Nursery, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Feeder]:
    """Starts sources whose pauses are short; whatever still runs is stopped at the end."""
    monkeypatch.setattr(runners, "FIRST_PAUSE", 0.001)
    monkeypatch.setattr(runners, "TELL_SECONDS", 0.0)
    monkeypatch.setattr(runners, "QUARANTINE_AFTER", 2)
    monkeypatch.setattr(isolated, "STOPPING_SECONDS", 0.5)
    made = Feeder(small, nursery, tmp_path / "feeder")
    yield made
    for watched in made.running:
        watched.runner.stop()
    for watched in made.running:
        assert watched.runner.join(20)
