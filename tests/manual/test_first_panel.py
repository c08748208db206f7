"""The first panel in fifteen minutes, from the first line to the last, in a fresh clone."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from time import monotonic

import pytest

from tests.manual.pages import MANUAL, Block, section
from tests.manual.reader import Reader, cloned, steps
from tests.services.chromium import Pages

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(600)]

SECTION = section(MANUAL, "## The first panel in fifteen minutes")
(FAILURE,) = re.findall(r"and where: `([^`]+)`", SECTION)
MISSPELT = FAILURE.rpartition(" ")[2].strip("'")
NEW, OWN = "今日上报", "各处未结"


@pytest.fixture
def reader(tmp_path: Path, page: Pages) -> Iterator[Reader]:
    """Somebody with a clone and a browser."""
    made = Reader(cloned(tmp_path / "clone"), tmp_path / "logs", page())
    made.logs.mkdir()
    yield made
    made.stop()


def test_who_follows_the_manual_sees_a_panel_on_the_wall(
    reader: Reader, tmp_path: Path, record_property: pytest.RecordProperty
) -> None:
    begun = monotonic()
    for step in steps(SECTION):
        said = reader.do(step)
        match step:
            case str() if " plugin new " in step:
                assert str(reader.clone / "plugins" / "park_cases" / "panel.py") in said
            case str() if " plugin dev " in step:
                reader.sees(OWN)
            case Block("python", info) if info.endswith("/panel.py"):
                reader.sees(NEW)
            case Block("diff", _, code):
                becomes_wrong = MISSPELT in code.partition("\n+")[2]
                reader.sees(FAILURE) if becomes_wrong else reader.sees_no_more(FAILURE)
            case str() if " plugin check " in step:
                assert said.rstrip().endswith("1 plugin: ok"), said
    seconds = round(monotonic() - begun, 1)
    record_property("seconds", seconds)
    print(f"followed in {seconds} s", json.dumps(reader.seconds, indent=1, ensure_ascii=False))
    the_operator_installs_it(reader, tmp_path)


def the_operator_installs_it(reader: Reader, tmp_path: Path) -> None:
    """The file that was packed is what another city takes."""
    (tmp_path / "plugins").mkdir()
    (words,) = re.findall(r"types `commandcenter (plugin install [^`]+)`", SECTION)
    done = subprocess.run(
        [sys.executable, "-m", "commandcenter", *words.split()], cwd=reader.clone,
        env=os.environ | {
            "COMMANDCENTER_PLUGINS": str(tmp_path / "plugins"),
            "COMMANDCENTER_DATA": str(tmp_path / "data"),
        },
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert NEW in (tmp_path / "plugins" / "park_cases" / "panel.py").read_text("utf-8")
