"""`plugin show` says all of a plugin but its secrets."""

import json

from typer.testing import CliRunner

from commandcenter.cli.main import app
from tests.host.folders import SAMPLES, write_plugin

SECRET = "b7-very-secret"


def shown(folder, monkeypatch, *arguments):
    (folder / "small").symlink_to(SAMPLES / "small", target_is_directory=True)
    monkeypatch.setenv("COMMANDCENTER_PLUGINS", str(folder))
    monkeypatch.setenv("COMMANDCENTER_PLUGIN_PARK_TOKEN", SECRET)
    monkeypatch.chdir(folder)
    wanted = ["plugin", "show", *arguments, "--city", "small", "--data", str(folder / "data")]
    done = CliRunner().invoke(app, wanted)
    assert done.exit_code == 0, done.output
    assert SECRET not in done.output
    return done.output


def test_a_plugin_is_shown_with_what_it_gives_and_its_settings_without_secrets(
    tmp_path, monkeypatch
):
    code = """
    from collections.abc import Sequence

    @hookimpl
    def register_panels() -> Sequence[Panel]:
        return [Panel("park.open", Text("x"), (Number("open"),), lambda view: {})]
    """
    place = write_plugin(tmp_path, "park", code, districts=["990102"])
    with (place / "plugin.toml").open("a") as manifest:
        manifest.write('\n[settings.token]\ntype = "secret"\n[settings.n]\ntype="int"\ndefault=3\n')
    data = json.loads(shown(tmp_path, monkeypatch, "park", "--json"))
    assert (data["state"], data["owner"], data["districts"]) == ("ok", "test", ["990102"])
    assert data["gives"] == {"panels": ["park.open"]}
    assert data["runs"] == "in processes of its own"
    told = {row["key"]: (row["value"], row["from"]) for row in data["settings"]}
    assert told == {"token": ("***", "environment"), "n": ("3", "default")}


def test_a_refused_plugin_is_shown_with_its_reason(tmp_path, monkeypatch):
    write_plugin(tmp_path, "park", "", api=3)
    said = shown(tmp_path, monkeypatch, "park")
    assert "failed: " in said and "api = 3, this server speaks 1" in said.replace("\n", " ")


def test_a_plugin_that_is_not_there_is_named_with_those_that_are(tmp_path, monkeypatch):
    monkeypatch.setenv("COMMANDCENTER_PLUGINS", str(SAMPLES))
    done = CliRunner().invoke(app, ["plugin", "show", "lump", "--data", str(tmp_path)])
    assert "no plugin lump" in str(done.exception) and "lamp" in str(done.exception)
