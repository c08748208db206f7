import pytest

from commandcenter.errors import PluginError
from commandcenter.host.manifest import Manifest, Setting
from commandcenter.host.options import read_options
from tests.host.folders import load_small, reason, write_plugin

PANEL = """
    @hookimpl
    def register_panels():
        return []
"""


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        ({"api": 3}, "x/plugin.toml: api = 3, this server speaks 1"),
        ({"version": None}, "x/plugin.toml: version is missing"),
        ({"districts": None}, "x/plugin.toml: districts is missing"),
        ({"districts": []}, "x/plugin.toml: districts = []: "),
        ({"distrits": ["*"]}, "distrits is not a key of a manifest; did you mean districts?"),
        ({"name": "y"}, 'x/plugin.toml: name = "y", but the plugin is found as "x"'),
        ({"name": "Lamp-1"}, "x/plugin.toml: name = 'Lamp-1': "),
        ({"title": "x"}, "x/plugin.toml: title = 'x': "),
        ({"provides": ["panles"]}, 'provides = "panles", a plugin can provide channels, city, '),
        ({"owner": 5}, "x/plugin.toml: owner = 5: "),
        ({"settings": '{n = {type = "int", default = "many"}}'}, "settings.n.default = 'many'"),
        ({"settings": '{n = {type = "int", default = true}}'}, "settings.n.default = True"),
    ],
)
def test_a_faulty_manifest_is_refused_with_file_and_key(tmp_path, keys, line):
    write_plugin(tmp_path, "x", PANEL, **keys)
    assert line in reason(load_small(tmp_path), "x")


def test_a_refusal_is_one_line_that_begins_with_the_file(tmp_path):
    write_plugin(tmp_path / "plugins", "x", PANEL, api=3)
    refused = reason(load_small(tmp_path / "plugins"), "x")
    assert refused == "plugins/x/plugin.toml: api = 3, this server speaks 1"


def test_a_faulty_manifest_of_the_core_stops_the_start(tmp_path):
    write_plugin(tmp_path, "x", PANEL, core=True, version=None)
    with pytest.raises(PluginError, match=r"x/plugin\.toml: version is missing"):
        load_small(tmp_path)


def test_a_core_manifest_that_is_no_toml_stops_the_start_too(tmp_path):
    folder = write_plugin(tmp_path, "x", PANEL)
    (folder / "plugin.toml").write_text("core = true\nname = \n")
    with pytest.raises(PluginError, match=r"x/plugin\.toml: cannot be read"):
        load_small(tmp_path)


def test_code_without_a_manifest_is_refused_and_never_run(tmp_path):
    folder = write_plugin(tmp_path, "x", "raise SystemExit(3)")
    (folder / "plugin.toml").unlink()
    assert "x/plugin.toml: is missing" in reason(load_small(tmp_path), "x")


def manifest(**settings: Setting) -> Manifest:
    return Manifest(
        name="lamp", version="1", api=1, title={"zh": "灯"}, owner="o", districts=("*",),
        provides=(), settings=settings,
    )  # fmt: skip


SETTINGS = {
    "limit": Setting(type="int", default=5),
    "share": Setting(type="float", default=0.5),
    "loud": Setting(type="bool", default=False),
    "place": Setting(type="str", default="here"),
}


def test_settings_have_their_defaults_when_nothing_is_given(tmp_path):
    found = read_options(manifest(**SETTINGS), {}, tmp_path / "none.toml")
    assert found == {"limit": 5, "share": 0.5, "loud": False, "place": "here"}


def test_the_environment_wins_over_the_file_and_both_over_the_default(tmp_path):
    file = tmp_path / "commandcenter.toml"
    file.write_text("[plugin.lamp]\nlimit = 7\nshare = 1\n[plugin.other]\nx = 1\n")
    environment = {"COMMANDCENTER_PLUGIN_LAMP_LIMIT": "9", "COMMANDCENTER_PLUGIN_LAMP_LOUD": "true"}
    found = read_options(manifest(**SETTINGS), environment, file)
    assert found == {"limit": 9, "share": 1, "loud": True, "place": "here"}


@pytest.mark.parametrize(("key", "words"), [("LIMIT", "many"), ("SHARE", "x"), ("LOUD", "maybe")])
def test_a_setting_of_the_wrong_type_in_the_environment_is_named(tmp_path, key, words):
    variable = f"COMMANDCENTER_PLUGIN_LAMP_{key}"
    with pytest.raises(PluginError, match=f"{variable} = '{words}' is no "):
        read_options(manifest(**SETTINGS), {variable: words}, tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ('limit = "7"', "plugin.lamp.limit = '7' is no int"),
        ("limit = true", "plugin.lamp.limit = True is no int"),
        ("limt = 7", "plugin.lamp.limt is no setting of the plugin; it has limit"),
    ],
)
def test_a_wrong_setting_in_the_file_is_named(tmp_path, line, fault):
    file = tmp_path / "commandcenter.toml"
    file.write_text(f"[plugin.lamp]\n{line}\n")
    with pytest.raises(PluginError, match=fault.replace(".", r"\.")):
        read_options(manifest(**SETTINGS), {}, file)


def test_a_plugin_gets_its_own_settings_and_no_others(tmp_path, monkeypatch):
    code = """
        @hookimpl
        def register_channels(settings):
            return [Channel(settings["key"], Text("甲"))]
    """
    for name in ("a", "b"):
        setting = f'{{key = {{type = "str", default = "{name}-default"}}}}'
        write_plugin(tmp_path, name, code, provides=["channels"], settings=setting)
    monkeypatch.setenv("COMMANDCENTER_PLUGIN_B_KEY", "b-given")
    registry = load_small(tmp_path)
    found = {key: channel.plugin for key, channel in registry.channels.items()}
    assert found["a-default"] == "a"
    assert found["b-given"] == "b"
