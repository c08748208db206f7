"""`plugin show`: all that can be said of one plugin, without its secrets."""

import json
from collections.abc import Mapping
from contextlib import closing
from dataclasses import asdict
from typing import Any

import typer
from rich.console import Console
from rich.table import Table

from commandcenter.cli.plugins.deciding import TOLD, decided, found, settings_told
from commandcenter.errors import PluginError
from commandcenter.host.admission import unknown_state
from commandcenter.host.discovery import OPTIONS, manifest_of
from commandcenter.host.manifest import Manifest
from commandcenter.host.plugin import PluginState
from commandcenter.host.registry import Registry, load
from commandcenter.sandbox.bounds import bounds_of
from commandcenter.sandbox.sandbox import Sandbox
from commandcenter.settings import Settings

LISTS: Mapping[str, str] = {
    "panels": "panels", "sources": "sources", "rules": "rules", "channels": "channels",
    "matters": "matters", "indices": "indices",
}  # fmt: skip
"""What a registry holds of a plugin."""
MOST = 12


def show(settings: Settings, name: str, as_json: bool) -> None:
    """Print what a plugin is, in which state, what it gives and its settings."""
    candidate = found(settings, name)
    try:
        manifest = manifest_of(candidate)
    except PluginError:
        manifest = None  # its state says what is wrong with it
    with closing(Sandbox(settings)) as sandbox:
        registry = load(settings, settings.city, decided(settings), isolation=sandbox)
        runs = _runs(sandbox, manifest) if manifest else ""
    state = next((s for s in registry.states if s.name == name), unknown_state(name, "not found"))
    facts: dict[str, Any] = {**asdict(state), "folder": str(candidate.folder)}
    facts |= {"gives": _given(registry, name), "runs": runs}
    if manifest is not None:
        facts |= _of_manifest(settings, manifest)
    if as_json:
        typer.echo(json.dumps(facts, ensure_ascii=False))
    else:
        _print(state, facts)


def _given(registry: Registry, name: str) -> dict[str, list[str]]:
    given: dict[str, list[str]] = {}
    for what, attribute in LISTS.items():
        held = getattr(registry, attribute)
        items = held.values() if isinstance(held, Mapping) else held
        keys = [_key(item.item) for item in items if getattr(item, "plugin", "") == name]
        given |= {what: keys} if keys else {}
    return given


def _key(item: Any) -> str:
    return str(getattr(item, "key", None) or getattr(item, "code", ""))


def _of_manifest(settings: Settings, manifest: Manifest) -> dict[str, Any]:
    told = settings_told(settings, manifest)
    return {
        "city": manifest.city,
        "limits": bounds_of(settings, manifest.name, OPTIONS).model_dump(),
        "settings": [dict(zip(TOLD, row, strict=True)) for row in told],
    }


def _runs(sandbox: Sandbox, manifest: Manifest) -> str:
    if sandbox.trusts(manifest):
        return "inside the workers"
    return "in processes of its own" if manifest.provides else "elsewhere: it pushes"


def _print(state: PluginState, facts: Mapping[str, Any]) -> None:
    console = Console()
    lines = {
        "plugin": f"{state.name} {state.version}",
        "title": " / ".join(word for word in (state.title.zh, state.title.en) if word),
        "owner": state.owner,
        "state": f"{state.state}: {state.reason}" if state.reason else state.state,
        "districts": ", ".join(state.districts),
        "city": facts.get("city") or "any",
        "folder": facts["folder"],
        "runs": facts.get("runs", ""),
        **{what: _listed(keys) for what, keys in facts["gives"].items()},
        "limits": ", ".join(f"{key} {value:g}" for key, value in facts.get("limits", {}).items()),
        "deprecated": "; ".join(state.warnings),
    }
    for label, words in lines.items():
        if words:
            console.print(f"{label:11}{words}", markup=False, highlight=False, soft_wrap=True)
    if facts.get("settings"):
        table = Table(*TOLD)
        for row in facts["settings"]:
            table.add_row(*(row[column] for column in TOLD))
        console.print(table)


def _listed(keys: list[str]) -> str:
    more = f" and {len(keys) - MOST} more" if len(keys) > MOST else ""
    return ", ".join(keys[:MOST]) + more
