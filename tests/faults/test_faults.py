"""The short form of `make faults`: the faults of most value, one after the other on one cluster."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.e2e.conftest import Prepared
from tests.faults.cluster import Size, cluster, environment
from tests.faults.scenario import SHORT, Scenario
from tests.faults.table import Fault, faults, lacks

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.redis,
    pytest.mark.slow,
    pytest.mark.timeout(400),
]


@pytest.fixture(scope="module")
def scenario(prepared: Prepared) -> Iterator[Scenario]:
    """Production's shape with its clients."""
    with cluster(Size(history=500, plugins=prepared.plugins), prepared.cache) as made:
        found = Scenario(made, SHORT)
        found.warm_up(2.0)
        yield found
        found.close()


@pytest.mark.parametrize(
    "fault", [fault for fault in faults() if fault.short is not None], ids=lambda fault: fault.name
)
def test_nothing_accepted_is_lost_and_every_screen_is_right_after(
    scenario: Scenario, fault: Fault
) -> None:
    if lacks(scenario.cluster, fault):
        pytest.skip("only root can cause it")
    try:
        row = scenario.run(fault)
    finally:
        scenario.cluster.heal()
    assert row.complaints == []
    assert row.accepted > 0


def test_after_all_faults_the_counts_that_were_kept_are_proved(scenario: Scenario) -> None:
    made = scenario.cluster
    variables = os.environ | environment(made.settings)
    variables["COMMANDCENTER_DATABASE_URL"] = made.store.url
    done = subprocess.run(
        [sys.executable, "-m", "commandcenter", "db", "verify"],
        cwd=made.folder, env=variables, capture_output=True, text=True, check=False,
    )  # fmt: skip
    proof = r"counts over [1-9][\d,]* cases and [1-9][\d,]* moves: 0 differ"
    assert re.search(proof, done.stdout), done.stdout + done.stderr
