"""One nursery for all tests of a module: starting it is most of what a plugin process costs."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from commandcenter.sandbox import health, process
from commandcenter.sandbox.nursery import Nursery
from commandcenter.testing.stored import StoredCity
from tests.sandbox.towns import Town


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    made = Nursery()
    yield made
    made.close()


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rests between tries, and looks at memory, are as short as a test can bear."""
    monkeypatch.setattr(process, "LOOK_SECONDS", 0.1)
    monkeypatch.setattr(health, "FIRST_PAUSE", 0.02)
    monkeypatch.setattr(health, "FIRST_QUARANTINE", 0.3)


@pytest.fixture
def town(
    small: StoredCity, tmp_path: Path, nursery: Nursery, quick: None
) -> Iterator[Callable[..., Town]]:
    """Makes towns of plugins that the test writes, over the small city."""
    made: list[Town] = []

    def make(**settings: object) -> Town:
        made.append(Town(small, tmp_path / f"plugins{len(made)}", nursery, settings))
        return made[-1]

    yield make
    for one in made:
        one.close()
