"""In which order a run takes the files: the longest first, so that no process waits at the end.

Files that share a server are taken by one process.
"""

from __future__ import annotations

import gc
from contextlib import ExitStack
from pathlib import Path

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling, Scheduling

from tests import turns
from tests.faults import link

FOLDER = Path(__file__).parent
SELDOM = 50_000, 20, 50
"""How often Python looks for what nobody holds any more, see gc.set_threshold."""
# Files that start servers stand between ones that only calculate: the first of them prepares the
# city on which the others wait, and two of them at once measure each other.
LONGEST = (
    "faults/test_faults.py",
    "testing/test_conformance.py",
    "e2e/test_takeover.py",
    "plugins/test_zhengzhou_city.py",
    "plugin_faults/test_plugin_faults.py",
    "web/test_openapi.py",
    "manual/test_first_panel.py",
    "e2e/quiet/test_wall.py",
    "e2e/quiet/test_visitors.py",
    "screen/test_tablet_browser.py",
    "screen/test_looks_browser.py",
    "screen/test_inspection_browser.py",
    "e2e/test_production.py",
    "screen/test_map.py",
    "e2e/test_processes.py",
    "e2e/test_plugin_dev.py",
    "screen/test_wall_page.py",
    "screen/test_kit_browser.py",
    "screen/test_offline_browser.py",
    "screen/test_field_browser.py",
    "screen/test_desk_browser.py",
    "plugins/test_simulated_store.py",
    "screen/test_tablet_ways_browser.py",
    "e2e/test_watching.py",
    "plugins/test_boston_replay.py",
    "faults/test_embedded.py",
    "web/test_api.py",
    "sandbox/test_processes.py",
    "e2e/test_boston.py",
    "plugins/test_simulated_source.py",
    "plugins/test_simulated_plans.py",
    "live/test_coordination.py",
    "e2e/test_plain_wsgi.py",
    "manual/test_recipes.py",
    "manual/test_samples.py",
    "e2e/test_districts.py",
    "faults/test_harness.py",
    "web/test_provider.py",
    "web/test_signing_in.py",
    "web/test_browser.py",
)
"""Files of more than about ten seconds, in the order in which they are begun."""
TOGETHER = {"tests/e2e/quiet/test_visitors.py": "tests/e2e/quiet/test_wall.py"}
"""Files that use the quiet city of another one."""


class Together(LoadFileScheduling):
    """Gives a process whole files, and with a file those that share its server."""

    def _split_scope(self, nodeid: str) -> str:
        file = super()._split_scope(nodeid)
        return TOGETHER.get(file, file)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Scheduling | None:
    """Keep together what shares a server, where files are given out whole."""
    return Together(config, log) if config.getvalue("dist") == "loadfile" else None


def pytest_configure(config: pytest.Config) -> None:
    """Keep pytest-xdist from putting the files with the fewest tests, here the longest, last.

    The process that hands out the tests lays what those who run them share. Thousands of
    tests and cities stay in memory: looking through them as often as usual was a tenth of the time.
    """
    config.option.loadscopereorder = False
    gc.set_threshold(*SELDOM)
    if config.getoption("numprocesses", None) and not hasattr(config, "workerinput"):
        lasting = ExitStack()
        lasting.enter_context(link.kept())
        lasting.enter_context(turns.kept())
        config.add_cleanup(lasting.close)
    if hasattr(config, "workerinput"):
        turns.take_part(config)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the tests of the longest files first; the others stay in their order."""
    places = {FOLDER / name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.path, len(places)))
