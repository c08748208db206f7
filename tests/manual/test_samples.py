"""What else stands in the manual is tried: samples without a place of their own, and commands."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from commandcenter.api import Source, Text
from commandcenter.cli.main import app
from commandcenter.host.discovery import GROUP
from commandcenter.host.words import read_catalogue
from commandcenter.testing import FakeContext, FakeView, ReadyCity
from tests.host.folders import SAMPLES, write_plugin
from tests.manual.pages import MANUAL, Block, blocks, section

ROW = re.compile(r"^\| `commandcenter (plugin [^`]+)`(?:, `(\w+)`)? \|", re.MULTILINE)


def only(heading: str) -> Block:
    """Return the one sample of a section."""
    (sample,) = blocks(section(MANUAL, heading))
    return sample


def test_the_sample_of_readings_is_a_source_and_a_look_at_what_it_said() -> None:
    scope: dict = {}
    exec(only("### Readings").code, scope)
    context = FakeContext(ReadyCity.of(None), waits=2)
    said = context.collect(Source("sample.levels", Text("水位"), scope["run"]))
    assert [reading.key for reading in said] == ["P-03"] * 3
    assert scope["highest"](FakeView(said=said)) == 0.42
    assert scope["highest"](FakeView()) is None


def test_the_sample_of_words_is_a_catalogue(tmp_path: Path) -> None:
    file = tmp_path / "locale" / "en.po"
    file.parent.mkdir()
    file.write_text(only("## Words in two languages").code)
    assert read_catalogue(file) == {"超时 {n} 件": "{n} overdue"}


def test_the_sample_of_a_package_names_the_group_in_which_plugins_are_looked_for() -> None:
    sample = tomllib.loads(only("## The manifest").code)
    assert list(sample["project"]["entry-points"]) == [GROUP]


@pytest.fixture
def city(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a small city's server, in which commands are typed."""
    (tmp_path / "plugins").mkdir()
    small = tmp_path / "plugins" / "small"
    small.symlink_to(SAMPLES / "small", target_is_directory=True)
    for name in ("plugins", "data"):
        monkeypatch.setenv(f"COMMANDCENTER_{name.upper()}", str(tmp_path / name))
    monkeypatch.setenv("COMMANDCENTER_CITY", "small")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def typed(command: str, asked: str = "") -> str:
    """Type a command, and what it asks for; return what it prints."""
    done = CliRunner().invoke(app, command.split(), input=asked)
    assert done.exit_code == 0, f"{command}: {done.output}"
    return done.output


def test_the_commands_of_handing_over_go_one_after_the_other(
    city: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed("plugin new park_cases --folder made/park_cases")
    rows = ROW.findall(section(MANUAL, "## Handing it over"))
    assert len(rows) == 8
    files = {"install": "park_cases-0.1.0.zip", "keygen": "park.key", "sign": "park.key"}
    said = {}
    for command, other in rows:
        words = command.split()
        given = command.replace("FOLDER", "made/park_cases").replace("NAME", "park_cases")
        said[words[1]] = typed(given.replace("FILE", files.get(words[1], "")))
        if words[1] == "keygen":
            monkeypatch.setenv("COMMANDCENTER_PLUGIN_KEYS", json.dumps([said["keygen"].strip()]))
        if other:
            said[other] = typed(f"plugin {other} park_cases")
    assert (city / "plugins" / "park_cases" / "panel.py").exists()
    assert "as it was signed with" in said["verify"]
    assert "park_cases" in said["list"] and "park_cases.standing" in said["show"]
    assert "park_cases is disabled" in said["disable"]


def test_settings_are_given_as_the_manual_says_and_the_strongest_place_wins(
    city: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = section(MANUAL, "## Settings and secrets")
    write_plugin(city / "plugins", "park", "", provides=None)
    manifest = city / "plugins" / "park" / "plugin.toml"
    manifest.write_text(f"{manifest.read_text()}\n{only('## Settings and secrets').code}")
    (command,) = re.findall(r"`commandcenter (plugin settings [^`]+)`", text)
    shown = typed(command, "s3cret\n")
    assert "***" in shown and "s3cret" not in shown
    assert re.search(r"seconds.*30.*operator", shown)
    (variable,) = re.findall(r"`(COMMANDCENTER_PLUGIN_\w+)=30`", text)
    monkeypatch.setenv(variable, "45")
    assert re.search(r"seconds.*45.*environment", typed("plugin settings park"))
