"""`plugin new` writes plugins that load, are well formed, and never anything over another."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from commandcenter.cli.main import app
from commandcenter.cli.plugins.scaffold import Wanted, write_plugin
from commandcenter.errors import SettingsError
from commandcenter.host.manifest import read_manifest
from commandcenter.settings import ROOT
from tests.host.folders import load_small

LONG = "a" + "_b2" * 15 + "_c"
FORMS = {
    "jinshui_flood": Wanted(
        "jinshui_flood", True, True, True, ["990102"], title="金水防汛", owner="防汛办"
    ),
    "only_panel": Wanted("only_panel"),
    "only_source": Wanted("only_source", source=True),
    "only_rule": Wanted("only_rule", rule=True),
    "source_and_panel": Wanted("source_and_panel", source=True, panel=True),
    LONG: Wanted(LONG, True, True, True, title="一" * 40, english="W" * 40, owner="三" * 40),
}


@pytest.fixture(scope="module")
def written(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("plugins")
    for name, wanted in FORMS.items():
        write_plugin(wanted, folder / name)
    return folder


def test_each_form_is_taken_by_a_server(written):
    states = {state.name: (state.state, state.reason) for state in load_small(written).states}
    assert {name: states[name] for name in FORMS} == {name: ("ok", "") for name in FORMS}


def test_each_form_has_what_was_asked_for_and_no_more(written):
    manifests = {name: read_manifest(written / name / "plugin.toml", name) for name in FORMS}
    provided = {name: manifest.provides for name, manifest in manifests.items()}
    assert provided["jinshui_flood"] == ("sources", "panels", "risk_rules")
    assert provided["only_panel"] == ("panels",)
    assert provided["only_rule"] == ("risk_rules",)
    found = [file for file in written.rglob("*") if file.is_file() and file.suffix != ".pyc"]
    files = {name: {f.name for f in found if written / name in f.parents} for name in FORMS}
    always = {"README.md", "__init__.py", "en.po", "plugin.toml"}
    assert files["only_panel"] == always | {"panel.py", "test_only_panel.py"}
    assert files["only_source"] == always | {"source.py", "sample.json", "test_only_source.py"}
    assert len(files["jinshui_flood"]) == 9


def test_what_is_written_passes_ruff_and_has_types_throughout(written):
    config = ROOT / "pyproject.toml"
    command = [sys.executable, "-m", "ruff", "check", "--config", str(config), str(written)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    for file in written.glob("*/*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.FunctionDef) and not file.name.startswith("test_"):
                named = [*node.args.args, *node.args.kwonlyargs]
                assert node.returns and all(argument.annotation for argument in named), file


def test_the_readme_speaks_both_languages_and_no_mark_of_the_template_is_left(written):
    for file in written.rglob("*"):
        if file.is_file() and file.suffix != ".pyc":
            assert "%%" not in file.read_text("utf-8"), file
            assert "$" not in file.read_text("utf-8"), file
    readme = (written / "jinshui_flood" / "README.md").read_text("utf-8")
    assert "金水防汛" in readme and "## In English" in readme
    assert "commandcenter plugin check" in readme


def test_the_sample_lies_in_the_district(written):
    assert len(json.loads((written / "jinshui_flood" / "sample.json").read_text("utf-8"))) == 4
    manifest = read_manifest(written / "jinshui_flood" / "plugin.toml", "jinshui_flood")
    assert manifest.settings["cell"].default == "990102"


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (Wanted("Jinshui"), "no name for a plugin"),
        (Wanted("2nd"), "no name for a plugin"),
        (Wanted("a-b"), "no name for a plugin"),
        (Wanted("x" * 49), "no name for a plugin"),
        (Wanted("class"), "no name for a plugin"),
        (Wanted("json"), "Python or the product uses"),
        (Wanted("plugins"), "Python or the product uses"),
        (Wanted("good", districts=["41 01"]), "--district '41 01'"),
        (Wanted("good", title='"; import os'), "--title"),
        (Wanted("good", owner="a\nb"), "--owner"),
    ],
)
def test_what_would_not_work_is_refused_before_anything_is_written(tmp_path, wanted, said):
    with pytest.raises(SettingsError, match=said.replace("'", ".")):
        write_plugin(wanted, tmp_path / wanted.name)
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_written_over(tmp_path):
    (tmp_path / "park").mkdir()
    (tmp_path / "park" / "panel.py").write_text("mine")
    with pytest.raises(SettingsError, match="already there and nothing was written"):
        write_plugin(Wanted("park"), tmp_path / "park")
    assert [p.name for p in (tmp_path / "park").iterdir()] == ["panel.py"]


def test_a_folder_has_the_name_of_its_plugin(tmp_path):
    with pytest.raises(SettingsError, match="a plugin's folder has its name"):
        write_plugin(Wanted("park"), tmp_path / "garden")


def test_the_command_writes_into_the_plugins_folder_and_says_what_comes_next(tmp_path, monkeypatch):
    monkeypatch.setenv("COMMANDCENTER_PLUGINS", str(tmp_path))
    done = CliRunner().invoke(app, ["plugin", "new", "park", "--panel", "--title", "公园"])
    assert done.exit_code == 0, done.output
    assert f"{tmp_path}/park/panel.py" in done.output.replace("\n", "")
    assert "commandcenter plugin check" in done.output
    assert "公园" in (tmp_path / "park" / "plugin.toml").read_text("utf-8")


def test_an_unknown_option_is_refused(tmp_path):
    place = str(tmp_path / "park")
    done = CliRunner().invoke(app, ["plugin", "new", "park", "--sources", "--folder", place])
    assert done.exit_code == 2
    assert "--sources" in done.output
