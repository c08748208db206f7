import subprocess
import sys
from pathlib import Path

import pytest

from commandcenter.errors import PluginError
from commandcenter.host.discovery import discover, locale_folders
from commandcenter.host.registry import load
from commandcenter.settings import ROOT, Settings
from tests.host.folders import SAMPLES, load_small, reason, write_plugin

GOOD = """
    from .numbers_of_x import KEY

    @hookimpl
    def register_channels():
        return [Channel(KEY, Text("甲"))]
"""


def write_good(folder: Path, name: str = "x", **keys: object) -> Path:
    place = write_plugin(folder, name, GOOD, provides=["channels"], **keys)
    (place / "numbers_of_x.py").write_text(f'KEY = "{name}-channel"\n')
    return place


def test_the_samples_load_with_their_relative_imports():
    registry = load(Settings(plugins=SAMPLES), "small")
    assert {state.name: state.state for state in registry.states} == {
        "lamp": "ok", "small": "ok", "ticker": "ok",
    }  # fmt: skip
    assert registry.city.key == "small"
    assert list(registry.panels) == ["lamp.open"]


def test_a_plugin_outside_the_checkout_imports_its_own_modules(tmp_path):
    write_good(tmp_path)
    assert "x-channel" in load_small(tmp_path).channels


def test_two_folders_may_hold_plugins_of_one_name(tmp_path):
    for folder, key in (("one", "first"), ("two", "second")):
        place = write_good(tmp_path / folder)
        (place / "numbers_of_x.py").write_text(f'KEY = "{key}"\n')
    assert "first" in load_small(tmp_path / "one").channels
    assert "second" in load_small(tmp_path / "two").channels


def test_folders_that_hold_no_plugin_are_left_alone(tmp_path):
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "notes").mkdir()
    (tmp_path / "README.md").write_text("words")
    write_good(tmp_path)
    assert [c.name for c in discover(tmp_path)] == ["x"]


def test_the_checkouts_plugins_are_imported_as_plugins_dot_name():
    assert all(c.module == f"plugins.{c.name}" for c in discover(ROOT / "plugins"))


def test_a_link_to_a_plugin_of_the_checkout_is_the_same_module(tmp_path):
    (tmp_path / "watch").symlink_to(ROOT / "plugins" / "watch", target_is_directory=True)
    assert {found.module for found in discover(tmp_path) if not found.installed} == {
        "plugins.watch"
    }


def test_a_plugin_for_another_city_is_skipped_and_its_code_not_run(tmp_path):
    write_plugin(tmp_path, "x", "raise RuntimeError('ran')", city="elsewhere")
    registry = load_small(tmp_path)
    state = next(state for state in registry.states if state.name == "x")
    assert (state.state, state.reason) == ("skipped", "for the city elsewhere")


def test_an_installed_package_is_found_by_its_entry_point(tmp_path, monkeypatch):
    write_good(tmp_path / "site", "parks")
    install(tmp_path / "site", "parks = parks")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    (tmp_path / "plugins").mkdir()
    registry = load_small(tmp_path / "plugins")
    assert registry.channels["parks-channel"].plugin == "parks"


def test_an_entry_point_that_leads_nowhere_is_refused(tmp_path, monkeypatch):
    (tmp_path / "site").mkdir()
    install(tmp_path / "site", "ghost = ghost_package")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    (tmp_path / "plugins").mkdir()
    assert "ghost_package/plugin.toml: is missing" in reason(
        load_small(tmp_path / "plugins"), "ghost"
    )


def test_an_installed_package_cannot_be_of_the_core(tmp_path, monkeypatch):
    write_good(tmp_path / "site", "posing", core=True)
    install(tmp_path / "site", "posing = posing")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    (tmp_path / "plugins").mkdir()
    assert "posing/plugin.toml: core = true" in reason(load_small(tmp_path / "plugins"), "posing")


@pytest.mark.parametrize(
    ("code", "line"),
    [
        ("import no_such_module", "x/__init__.py:3: ModuleNotFoundError: No module named"),
        ("def broken(:", "x/__init__.py:3: SyntaxError"),
        ("raise SystemExit(2)", "x/__init__.py:3: SystemExit: 2"),
        ("from .part import nothing", "x/part.py:2: ZeroDivisionError"),
    ],
)
def test_code_that_cannot_be_imported_is_refused_with_file_and_line(tmp_path, code, line):
    place = write_plugin(tmp_path, "x", code)
    (place / "part.py").write_text("nothing = 0\n1 / nothing\n")
    assert line in reason(load_small(tmp_path), "x")


def test_a_core_plugin_that_cannot_be_imported_stops_the_start(tmp_path):
    write_plugin(tmp_path, "x", "import no_such_module", core=True)
    with pytest.raises(PluginError, match=r"x/__init__\.py:3"):
        load_small(tmp_path)


def test_a_mended_plugin_loads_in_the_same_process(tmp_path):
    place = write_good(tmp_path)
    (place / "numbers_of_x.py").write_text("KEY = 1 / 0\n")
    reason(load_small(tmp_path), "x")
    (place / "numbers_of_x.py").write_text('KEY = "a-mended-channel"\n')
    assert "a-mended-channel" in load_small(tmp_path).channels


def test_a_plugins_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(PluginError, match="set COMMANDCENTER_PLUGINS"):
        load(Settings(plugins=tmp_path / "none"), "small")


def test_a_city_that_no_plugin_gives_is_an_error_that_names_the_cities(tmp_path):
    with pytest.raises(PluginError, match="no plugin gives the city atlantis; there are none"):
        load(Settings(plugins=SAMPLES), "atlantis")


def test_looking_for_plugins_imports_none_of_their_code():
    code = f"""
import sys
from pathlib import Path
from commandcenter.host.discovery import discover, manifest_of, prepare
for found in discover(Path({str(SAMPLES)!r})):
    prepare(found, manifest_of(found))
assert not [name for name in sys.modules if "plugins_" in name or name.startswith("plugins")]
"""
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


def test_the_words_of_plugins_lie_in_their_locale_folders(tmp_path):
    (tmp_path / "x" / "locale").mkdir(parents=True)
    assert locale_folders(tmp_path) == [
        ROOT / "commandcenter" / "locale", tmp_path / "x" / "locale",
    ]  # fmt: skip


def install(site: Path, entry: str) -> None:
    """Write what pip writes for an installed package that names an entry point."""
    name = entry.partition(" ")[0]
    info = site / f"{name}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[commandcenter.plugins]\n{entry}\n")
