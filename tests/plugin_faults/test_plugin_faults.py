"""The short form of `make plugin-faults`: some misdeeds in turn, then all of them at once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.e2e.conftest import Prepared
from tests.plugin_faults.folders import written
from tests.plugin_faults.table import misdeeds
from tests.plugin_faults.town import town, variables
from tests.plugin_faults.trial import ALL, LIVE, SHORT, Trial
from tests.waiting import until

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(400)]

TURNS = {each.name: [each] for each in misdeeds() if each.is_short} | {ALL: list(misdeeds())}


@pytest.fixture(scope="module")
def trial(
    prepared: Prepared, chromium: Browser, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Trial]:
    """A city under fifty events a second with an open wall and all the plugins."""
    base = tmp_path_factory.mktemp("plugin-faults")
    folders = written(base / "folders", misdeeds())
    server = prepared.server(base / "city", **variables(folders), **SHORT.limits)
    try:
        with town(server, folders, chromium) as place:
            yield Trial(place, SHORT)
    finally:
        server.stop()


def test_before_anybody_misbehaves_all_is_well(trial: Trial) -> None:
    wall, panels = trial.town.wall, {each.plugin for each in misdeeds() if not each.is_source}
    until(lambda: panels < set(wall.tiles()))
    until(lambda: {state for state, _ in wall.tiles().values()} == {LIVE})


@pytest.mark.alone
@pytest.mark.parametrize("name", TURNS)
def test_a_plugin_that_misbehaves_costs_its_own_tile_or_source_alone(
    trial: Trial, name: str
) -> None:
    row = trial.run(name, TURNS[name])
    assert row.complaints == []


def test_the_names_of_misdeeds_are_unique_and_each_says_what_it_does() -> None:
    names = [each.name for each in misdeeds()]
    assert len(names) == len(set(names)) >= 20
    assert all(each.what and each.code for each in misdeeds())
