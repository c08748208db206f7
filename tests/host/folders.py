"""Plugins written into a folder by a test, as a city's own people would."""

from collections.abc import Sequence
from pathlib import Path
from textwrap import dedent

from commandcenter.host.deprecations import Deprecation
from commandcenter.host.operators import NOTHING, Decisions
from commandcenter.host.registry import Registry, load
from commandcenter.settings import Settings

SAMPLES = Path(__file__).parent.parent / "plugins" / "samples"
HEAD = "from commandcenter.api import *\nfrom commandcenter.api import hookimpl\n"


def write_plugin(folder: Path, name: str, code: str, /, **keys: object) -> Path:
    """Write a plugin with good keys in its manifest, but for those given; None leaves one out."""
    good: dict[str, object] = {
        "name": name,
        "version": "1.0.0",
        "api": 1,
        "title": '{zh = "甲"}',
        "owner": "test",
        "districts": ["*"],
        "provides": ["panels"],
    }
    place = folder / name
    place.mkdir(parents=True)
    given = {key: value for key, value in {**good, **keys}.items() if value is not None}
    (place / "plugin.toml").write_text("\n".join(f"{k} = {_toml(v)}" for k, v in given.items()))
    (place / "__init__.py").write_text(HEAD + dedent(code))
    return place


def load_small(
    folder: Path,
    settings: Settings | None = None,
    decisions: Decisions = NOTHING,
    deprecated: Sequence[Deprecation] = (),
) -> Registry:
    """Load the plugins of a folder for the small city, which is put beside them."""
    if not (folder / "small").exists():
        (folder / "small").symlink_to(SAMPLES / "small", target_is_directory=True)
    return load(settings or Settings(plugins=folder), "small", decisions, deprecated)


def reason(registry: Registry, name: str) -> str:
    """Return why a plugin was not taken."""
    state = next(state for state in registry.states if state.name == name)
    assert state.state == "failed", state
    return state.reason


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return value if value.startswith("{") else f'"{value}"'
    if isinstance(value, list):
        return "[" + ", ".join(_toml(item) for item in value) + "]"
    return str(value)
