"""Remote panels in a manifest: data alone, checked like a panel of code."""

import json
from pathlib import Path
from textwrap import dedent

import pytest

from commandcenter.api import Board, Number, Text
from commandcenter.host.catalogue import Catalogue
from commandcenter.host.manifest import Manifest, manifest_from
from commandcenter.host.registry import Means, Registry, reread
from commandcenter.host.remote import RemotePanel
from commandcenter.settings import Settings
from commandcenter.testing import small_data
from tests.host.folders import load_small, reason, write_plugin

MANIFEST = """
    name = "air"
    version = "1.0.0"
    api = 1
    title = {zh = "空港", en = "Airport"}
    owner = "test"
    districts = ["990105"]

    [[remote_panels]]
    key = "air.flights"
    title = {zh = "航班", en = "Flights"}
    interval = 30
    columns = 2

    [[remote_panels.parts]]
    kind = "Number"
    name = "landed"
    title = {zh = "已落地", en = "Landed"}
    great = true

    [[remote_panels.parts]]
    kind = "Board"
    name = "next"
    span = 2
    columns = [{key = "flight", title = {zh = "航班"}}, {key = "at", title = {zh = "时刻"}, form = "clock"}]
"""  # noqa: E501


def load(folder: Path, *changes: tuple[str, str]) -> Registry:
    text = dedent(MANIFEST)
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    (folder / "air").mkdir()
    (folder / "air" / "plugin.toml").write_text(text)
    return load_small(folder)


def test_a_manifest_alone_is_a_plugin_with_its_panels(tmp_path: Path) -> None:
    registry = load(tmp_path)
    assert {s.name: s.state for s in registry.states} == {"air": "ok", "small": "ok"}
    found = registry.panels["air.flights"]
    assert (found.plugin, found.districts) == ("air", ("990105",))
    panel = found.item
    assert isinstance(panel, RemotePanel)
    assert (panel.title, panel.interval, panel.columns) == (Text("航班", "Flights"), 30.0, 2)
    landed, board = panel.parts
    assert landed == Number("landed", Text("已落地", "Landed"), great=True)
    assert isinstance(board, Board) and board.columns[1].form == "clock"


def test_the_catalogue_says_that_a_panel_is_remote(tmp_path: Path) -> None:
    catalogue = Catalogue.of(load(tmp_path), small_data().units)
    read = Catalogue.from_json(catalogue.to_json())
    assert read.panels["air.flights"].remote
    assert read == catalogue
    air = next(state for state in read.plugins if state.name == "air")
    assert air.districts == ("990105",)


WRONG = {
    "a part of no kind": (
        ('kind = "Number"', 'kind = "Numbr"'),
        "remote_panels.0.parts.0: kind = 'Numbr' is no part of the kit: Number, Bars, ",
    ),
    "a part without a kind": (('kind = "Board"\n', ""), "remote_panels.0.parts.1: kind = None is"),
    "a field that the part does not have": (
        ("great = true", "graet = true"),
        "remote_panels.0.parts.0.Number.graet is not a key of a manifest",
    ),
    "a field of another type": (
        ("great = true", 'great = "very"'), "remote_panels.0.parts.0.Number.great = 'very': Input",
    ),
    "a misspelt key": (
        ("interval = 30", "intervall = 30"),
        "remote_panels.0.intervall is not a key of a manifest; did you mean interval?",
    ),
    "another plugin's key": (
        ('"air.flights"', '"small.flights"'), 'panel key "small.flights" must start with "air."',
    ),
    "an interval of nothing": (
        ("interval = 30", "interval = 0"),
        "remote_panels: panel 'air.flights': interval = 0.0 must be above 0 seconds",
    ),
    "a part that is wider than its panel": (
        ("span = 2", "span = 3"), "part 'next': span = 3 must be 1 to 2, its columns",
    ),
    "a part twice": (('name = "next"', 'name = "landed"'), "part 'landed' is given twice"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_said_with_file_and_key(tmp_path: Path, case: str) -> None:
    change, words = WRONG[case]
    said = reason(load(tmp_path, change), "air")
    assert said.startswith(f"{tmp_path.name}/air/plugin.toml: "), said
    assert words in said


def test_a_panel_cannot_be_given_by_code_and_by_manifest(tmp_path: Path) -> None:
    code = '''
        @hookimpl
        def register_panels():
            return [Panel("air.flights", Text("航"), (Number("a"),), lambda view: {})]
    '''
    folder = write_plugin(tmp_path, "air", code)
    manifest = folder / "plugin.toml"
    remote = dedent(MANIFEST).partition("[[remote_panels]]")
    manifest.write_text(manifest.read_text() + "\n" + "".join(remote[1:]))
    assert 'key "air.flights" is also given by __init__.py' in reason(load_small(tmp_path), "air")


def test_code_and_remote_panels_go_together(tmp_path: Path) -> None:
    code = '''
        @hookimpl
        def register_panels():
            return [Panel("air.own", Text("航"), (Number("a"),), lambda view: {})]
    '''
    folder = write_plugin(tmp_path, "air", code)
    manifest = folder / "plugin.toml"
    remote = dedent(MANIFEST).partition("[[remote_panels]]")
    manifest.write_text(manifest.read_text() + "\n" + "".join(remote[1:]))
    assert set(load_small(tmp_path).panels) == {"air.own", "air.flights"}


def test_a_manifest_reaches_the_process_of_its_plugin_whole() -> None:
    manifest = manifest_from(dedent(MANIFEST).encode(), "here", "air")
    told = json.loads(json.dumps(manifest.model_dump(mode="json")))
    assert Manifest.model_validate(told) == manifest


def test_a_changed_manifest_is_taken_up_anew_alone(tmp_path: Path) -> None:
    registry = load(tmp_path)
    file = tmp_path / "air" / "plugin.toml"
    file.write_text(file.read_text().replace("interval = 30", "interval = 90"))
    fresh = reread(registry, "air", Means(Settings(plugins=tmp_path)))
    assert fresh.panels["air.flights"].item.interval == 90
    file.write_text(file.read_text().replace('kind = "Number"', 'kind = "Numbr"'))
    wrong = reread(fresh, "air", Means(Settings(plugins=tmp_path)))
    assert "kind = 'Numbr'" in reason(wrong, "air")
