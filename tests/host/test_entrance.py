"""What is asked of a plugin before its code: switch, settings, block list, deprecations."""

import logging

import pytest

from commandcenter.errors import PluginError
from commandcenter.host.blocklist import FILE
from commandcenter.host.catalogue import Catalogue
from commandcenter.host.deprecations import Deprecation
from commandcenter.host.operators import Decisions, Unreadable
from commandcenter.testing import small_data
from commandcenter.testing.conformance.reading import read_plugin
from tests.host.folders import load_small, reason, write_plugin

CODE = """
@hookimpl
def register_channels(settings):
    return [Channel(settings["key"], Text("灯"))]
"""
SETTINGS = (
    '{key = {type = "str", default = "one", choices = ["one", "two"]}, '
    'token = {type = "secret"}, limit = {type = "int", default = 5, min = 1, max = 9}}'
)


@pytest.fixture
def plugins(tmp_path):
    folder = tmp_path / "plugins"
    write_plugin(folder, "lamp", CODE, provides=["channels"], settings=SETTINGS, version="1.2.3")
    return folder


def given(**values: object) -> Decisions:
    return Decisions({"lamp": values})


def test_a_disabled_plugin_is_left_out_and_says_so(plugins):
    registry = load_small(plugins, decisions=Decisions(disabled=frozenset({"lamp"})))
    (state,) = [state for state in registry.states if state.name == "lamp"]
    assert (state.state, state.reason) == ("disabled", "switched off by an operator")
    assert state.version == "1.2.3" and "one" not in registry.channels


def test_the_city_itself_cannot_be_switched_off(plugins):
    assert load_small(plugins, decisions=Decisions(disabled=frozenset({"small"}))).city


def test_operators_win_over_the_file_and_the_environment_over_both(plugins, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "commandcenter.toml").write_text('[plugin.lamp]\nkey = "one"\n')
    assert "two" in load_small(plugins, decisions=given(key="two")).channels
    monkeypatch.setenv("COMMANDCENTER_PLUGIN_LAMP_KEY", "one")
    assert "one" in load_small(plugins, decisions=given(key="two")).channels


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        ({"key": "three"}, "set by an operator: lamp.key = 'three' is none of one, two"),
        ({"limit": 10}, "set by an operator: lamp.limit = 10 is above 9"),
        ({"limit": "5"}, "set by an operator: lamp.limit = '5' is no int"),
        ({"token": Unreadable()}, "set by an operator: lamp.token was sealed with another secret"),
    ],
)
def test_a_setting_that_does_not_fit_refuses_the_plugin_and_names_it(plugins, values, fault):
    assert reason(load_small(plugins, decisions=given(**values)), "lamp").startswith(fault)


def test_a_wrong_secret_is_never_said(plugins, monkeypatch):
    monkeypatch.setenv("COMMANDCENTER_PLUGIN_LAMP_TOKEN", "hush" * 2000)
    assert reason(load_small(plugins), "lamp") == (
        "COMMANDCENTER_PLUGIN_LAMP_TOKEN = *** has 8000 letters, 4000 are allowed"
    )


def test_a_secret_reaches_its_plugin_and_neither_catalogue_nor_words_for_people(plugins):
    registry = load_small(plugins, decisions=given(token="hush hush"))
    (plugin,) = [plugin for plugin in registry.plugins if plugin.name == "lamp"]
    assert plugin.settings["token"] == "hush hush"
    catalogue = Catalogue.of(registry, small_data().units)
    assert b"hush" not in catalogue.to_json() and "hush" not in repr(registry)
    assert catalogue.settings["lamp"]["token"].is_secret


def test_a_required_setting_refuses_the_plugin_until_it_is_given(tmp_path):
    setting = '{key = {type = "str", required = true}}'
    write_plugin(tmp_path, "lamp", CODE, provides=["channels"], settings=setting)
    assert reason(load_small(tmp_path), "lamp").startswith("setting key is required")
    registry = load_small(tmp_path, decisions=given(key="bell"))
    assert "bell" in registry.channels
    assert Catalogue.of(load_small(tmp_path), small_data().units).settings["lamp"]["key"].required


@pytest.mark.parametrize(
    ("setting", "fault"),
    [
        ('{type = "secret", default = "abc"}', "default = ***: a secret has none"),
        ('{type = "int"}', "default is missing"),
        ('{type = "int", default = 3, min = 4}', "default = 3 is below 4"),
        ('{type = "str", default = "a", max = 4}', "min and max are for numbers, not for a str"),
        ('{type = "int", default = 1, choices = [1, "2"]}', "choices = '2' is no int"),
    ],
)
def test_a_declaration_that_contradicts_itself_is_refused(tmp_path, setting, fault):
    write_plugin(tmp_path, "lamp", CODE, provides=["channels"], settings=f"{{key = {setting}}}")
    assert f"plugin.toml: settings.key.{fault}" in reason(load_small(tmp_path), "lamp")


@pytest.mark.parametrize(
    ("versions", "is_blocked"),
    [("<1.2.3", False), ("<=1.2.3", True), (">=1,<2", True), ("*", True), ("==1.2.4", False)],
)
def test_a_blocked_version_is_refused_with_the_reason(plugins, versions, is_blocked):
    entry = f'[[blocked]]\nname = "lamp"\nversions = "{versions}"\nreason = "loses reports"\n'
    (plugins / FILE).write_text(entry)
    registry = load_small(plugins)
    assert ("one" in registry.channels) is not is_blocked
    if is_blocked:
        words = "version 1.2.3 is blocked by blocked.toml: loses reports"
        assert reason(registry, "lamp") == words


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("[[block]]\n", "plugins/blocked.toml: block is no key of a block list"),
        ('[[blocked]]\nname = "x"\nversions = "1"\nreason = "y"\n', "versions: .*no range of"),
        ('[[blocked]]\nname = "x"\nversions = "*"\n', "entry 0: reason: Field required"),
    ],
)
def test_a_block_list_that_cannot_be_read_stops_the_start(plugins, text, fault):
    (plugins / FILE).write_text(text)
    with pytest.raises(PluginError, match=fault):
        load_small(plugins)


def test_authors_and_operators_are_warned_of_what_is_deprecated(plugins, caplog):
    deprecated = (
        Deprecation("name", "Channel", "1.4", "2.0", "Way"),
        Deprecation("hook", "register_channels", "1.4", "2.0", "register_ways"),
        Deprecation("key", "settings.*.choices", "1.5", "3.0", "settings.*.one_of"),
        Deprecation("key", "city", "1.5", "3.0", "cities"),
    )
    code = "from commandcenter.api import Channel, Text, hookimpl\n" + CODE
    (plugins / "lamp" / "__init__.py").write_text(code)
    with caplog.at_level(logging.WARNING):
        registry = load_small(plugins, deprecated=deprecated)
    (state,) = [state for state in registry.states if state.name == "lamp"]
    assert state.state == "ok" and "one" in registry.channels
    assert state.warnings == (
        "plugins/lamp/plugin.toml: settings.*.choices is deprecated since 1.5 and goes with 3.0: "
        "use settings.*.one_of",
        "plugins/lamp/__init__.py:1: Channel is deprecated since 1.4 and goes with 2.0: use Way",
        "plugins/lamp/__init__.py:4: register_channels is deprecated since 1.4 and goes with 2.0: "
        "use register_ways",
    )
    assert all(line in caplog.messages for line in state.warnings)
    assert Catalogue.of(registry, small_data().units).plugins[0].warnings == state.warnings
    _, findings = read_plugin(plugins / "lamp", deprecated)
    told = [(f.state, f.where, f.words, f.mend) for f in findings if f.check == "deprecated"]
    assert told[1] == (
        "note", "__init__.py:1", "Channel is deprecated since 1.4 and goes with 2.0", "use Way"
    )  # fmt: skip
    assert len(told) == 3


def test_no_error_of_a_plugin_says_its_secret(tmp_path, caplog):
    code = """
        @hookimpl
        def register_channels(settings):
            raise RuntimeError("401 for https://feed?key=" + settings["token"])
    """
    setting = '{token = {type = "secret"}}'
    write_plugin(tmp_path, "lamp", code, provides=["channels"], settings=setting)
    registry = load_small(tmp_path, decisions=given(token="hush hush"))
    assert "401 for https://feed?key=***" in reason(registry, "lamp")
    assert "hush" not in caplog.text and "key=***" in caplog.text
    registry.guard.record("lamp", "lamp.p", 0.1, "no hush hush", "trace\nhush hush\n")
    assert "hush" not in caplog.text + registry.guard.counts()["lamp"].last_error
