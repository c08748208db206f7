"""Plugins as files: packed, checked before they are unpacked, installed in one step, signed."""

import stat
import sys
import zipfile
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from commandcenter.errors import PluginError
from commandcenter.host import installing, package, signature
from commandcenter.settings import Settings
from tests.host.folders import SAMPLES, load_small, reason, write_plugin

PANEL = """
@hookimpl
def register_panels():
    return [Panel("lamp.p", Text("灯"), (Number("n", Text("数")),), lambda view: {"n": 1})]
"""
MANIFEST = (
    'name = "lamp"\nversion = "1.0.0"\napi = 1\ntitle = {zh = "灯"}\nowner = "o"\n'
    'districts = ["*"]\nprovides = ["panels"]\n'
)


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """Where an author works, and the plugins folder of a server."""
    made = tmp_path / "author", tmp_path / "plugins"
    for folder in made:
        folder.mkdir()
    return made


def lamp(author: Path, version: str = "1.0.0") -> Path:
    return write_plugin(author / version, "lamp", PANEL, version=version)


def packed(author: Path, version: str = "1.0.0") -> Path:
    place = author / version / "lamp"
    return package.pack(place if place.exists() else lamp(author, version), author)


def wrong(path: Path, *entries: tuple[str | zipfile.ZipInfo, bytes]) -> Path:
    """Write a zip with a good manifest and the given entries."""
    with zipfile.ZipFile(path / "wrong.zip", "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("lamp/plugin.toml", MANIFEST)
        for entry, content in entries:
            made.writestr(entry, content)
    return path / "wrong.zip"


def test_a_packed_plugin_is_installed_and_loads(folders):
    author, plugins = folders
    done = installing.install(packed(author), Settings(plugins=plugins))
    assert str(done) == "installed lamp 1.0.0"
    assert load_small(plugins).panels["lamp.p"].plugin == "lamp"
    assert sorted(path.name for path in plugins.iterdir()) == ["lamp", "small"]


def test_the_same_folder_always_makes_the_same_file(folders):
    author, _ = folders
    place = lamp(author)
    (place / "__pycache__").mkdir()
    (place / "__pycache__" / "x.pyc").write_bytes(b"x")
    first = package.pack(place, author).read_bytes()
    (place / "plugin.toml").touch()
    assert package.pack(place, author).read_bytes() == first
    names = zipfile.ZipFile(author / "lamp-1.0.0.zip").namelist()
    assert names == ["lamp/__init__.py", "lamp/plugin.toml"]


def test_another_version_says_in_which_direction_it_goes(folders):
    author, plugins = folders
    settings = Settings(plugins=plugins)
    said = [
        str(installing.install(packed(author, version), settings))
        for version in ("1.0.0", "1.10.0", "1.9.0", "1.9.0")
    ]
    assert said == [
        "installed lamp 1.0.0", "upgraded lamp from 1.0.0 to 1.10.0",
        "downgraded lamp from 1.10.0 to 1.9.0", "replaced lamp from 1.9.0 to 1.9.0",
    ]  # fmt: skip
    assert [path.name for path in plugins.iterdir()] == ["lamp"]


def link(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name)
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    return entry


@pytest.mark.parametrize(
    ("entry", "content", "fault"),
    [
        ("lamp/../../evil.py", b"x", "leads out of the folder"),
        ("/etc/evil.py", b"x", "is no name inside a folder"),
        ("lamp\\..\\evil.py", b"x", "is no name inside a folder"),
        ("C:/evil.py", b"x", "is no name inside a folder"),
        (link("lamp/data"), b"/etc/passwd", "is a link or a device"),
        ("other/x.py", b"x", "must hold one folder"),
        ("lamp/PLUGIN.toml", b"x", "is in it twice"),
        ("lamp/zeros", b"\0" * (package.LARGEST_FILE + 1), "bytes, 52,428,800 are allowed"),
    ],
)  # fmt: skip
def test_a_zip_that_reaches_out_or_lies_is_refused_before_anything_is_written(
    folders, entry, content, fault
):
    author, plugins = folders
    with pytest.raises(PluginError, match=fault):
        installing.install(wrong(author, (entry, content)), Settings(plugins=plugins))
    assert list(plugins.iterdir()) == []


@pytest.mark.parametrize(
    ("manifest", "fault"),
    [
        (MANIFEST.replace("api = 1", "api = 7"), "api = 7, this server speaks 1"),
        (MANIFEST.replace('"lamp"', '"lump"'), 'name = "lump", but the plugin is found as "lamp"'),
        (MANIFEST + "core = true\n", "only what comes with the product"),
        ("", "is missing"),
    ],
)
def test_a_zip_whose_manifest_cannot_be_used_is_refused(folders, manifest, fault):
    author, plugins = folders
    with zipfile.ZipFile(author / "x.zip", "w") as made:
        made.writestr("lamp/plugin.toml", manifest)
    with pytest.raises(PluginError, match=fault):
        installing.install(author / "x.zip", Settings(plugins=plugins))
    assert list(plugins.iterdir()) == []


def test_what_cannot_be_unpacked_leaves_the_old_version_in_place(folders):
    author, plugins = folders
    settings = Settings(plugins=plugins)
    installing.install(packed(author), settings)
    content = packed(author, "2.0.0").read_bytes()
    broken = author / "broken.zip"
    at = content.index(b"lamp/__init__.py") + len("lamp/__init__.py")
    broken.write_bytes(content[:at] + bytes(8) + content[at + 8 :])
    with pytest.raises(PluginError, match=r"lamp/__init__\.py cannot be unpacked"):
        installing.install(broken, settings)
    assert 'version = "1.0.0"' in (plugins / "lamp" / "plugin.toml").read_text()
    assert [path.name for path in plugins.iterdir()] == ["lamp"]


def test_no_zip_takes_the_place_of_a_plugin_of_the_product(folders):
    author, plugins = folders
    write_plugin(plugins, "lamp", PANEL, core=True)
    with pytest.raises(PluginError, match="is a plugin of the product"):
        installing.install(packed(author), Settings(plugins=plugins))


def test_a_signed_plugin_is_as_it_was_signed_until_any_file_changes(folders):
    place = lamp(folders[0])
    key = Ed25519PrivateKey.generate()
    public = signature.sign(place, key)
    assert signature.verify(place, [public]) == public
    (place / "__pycache__").mkdir()
    (place / "__pycache__" / "x.pyc").write_bytes(b"what Python would run")
    with pytest.raises(PluginError, match=r"lamp/__pycache__/x\.pyc: is compiled"):
        signature.verify(place, [public])
    (place / "__pycache__" / "x.pyc").unlink()
    assert signature.verify(place, [public]) == public
    (place / "more.py").write_text("")
    with pytest.raises(PluginError, match="was changed after signing, or added or removed"):
        signature.verify(place, [public])
    (place / "more.py").unlink()
    assert signature.verify(place, [public]) == public
    with pytest.raises(PluginError, match="which is none of plugin_keys"):
        signature.verify(place, [signature.public_words(Ed25519PrivateKey.generate().public_key())])
    (place / "more.py").symlink_to("/etc/hostname")
    with pytest.raises(PluginError, match="is a link or a device"):
        signature.verify(place, [public])


def test_where_signatures_are_required_an_unsigned_plugin_is_refused_at_load(folders, monkeypatch):
    monkeypatch.setattr(sys, "dont_write_bytecode", False)  # as without PYTHONDONTWRITEBYTECODE
    author, plugins = folders
    key = Ed25519PrivateKey.generate()
    good, bad = lamp(author), write_plugin(plugins, "bad", PANEL.replace("lamp.", "bad."))
    public = signature.sign(good, key)
    required = Settings(plugins=plugins, plugins_signed="required", plugin_keys=(public,))
    installing.install(package.pack(good, author), required)
    unsigned = packed(author, "2.0.0")
    with pytest.raises(PluginError, match="plugins_signed = required"):
        installing.install(unsigned, required)
    # The city itself comes with this test: where it is not of the product it is signed too.
    city = plugins / "small"
    city.mkdir()
    for file in (SAMPLES / "small").glob("*.*"):
        (city / file.name).write_bytes(file.read_bytes())
    signature.sign(city, key)
    registry = load_small(plugins, required)
    assert "lamp.p" in registry.panels and "bad.p" not in registry.panels
    assert reason(registry, "bad").startswith("plugins/bad/plugin.sig: is missing")
    signature.sign(bad, key)
    assert "bad.p" in load_small(plugins, required).panels
