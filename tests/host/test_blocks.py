"""A panel says of which kind its data are: checked, kept on every way, and true of the built-in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from commandcenter.api import Block, Number, Panel, Text, hookimpl
from commandcenter.host.catalogue import Catalogue
from commandcenter.host.discovery import discover, import_code, manifest_of, prepare
from commandcenter.host.plugin import Plugin
from commandcenter.host.registry import Registry
from commandcenter.host.remote import panels_of
from commandcenter.sandbox.declared import hooks, plain
from commandcenter.settings import ROOT
from commandcenter.testing import small_catalogue
from tests.host.folders import load_small, reason, write_plugin

PARTS = (Number("n"),)
CODE = """
    @hookimpl
    def register_panels():
        return [Panel("x.p", Text("表"), (Number("n"),), lambda view: {{}}, block={block})]
"""
REMOTE = """
[[remote_panels]]
key = "x.p"
title = {{zh = "表"}}
block = "{block}"
parts = [{{kind = "Number", name = "n"}}]
"""
PLUGINS = ROOT / "plugins"


class Demo:
    """A plugin with a panel in each block."""

    @hookimpl
    def register_panels(self) -> list[Panel]:
        return [
            Panel(f"demo.{block}", Text(block), PARTS, lambda view: {}, block=block)
            for block in Block
        ]


def remote(folder: Path, block: str) -> Registry:
    """Load a plugin that is a manifest with one remote panel."""
    place = write_plugin(folder, "x", "", provides=None, districts=["990105"])
    (place / "__init__.py").unlink()
    manifest = place / "plugin.toml"
    manifest.write_text(manifest.read_text() + REMOTE.format(block=block))
    return load_small(folder)


def test_a_panel_of_code_has_the_block_that_it_names(tmp_path: Path) -> None:
    write_plugin(tmp_path, "x", CODE.format(block="Block.DEVICES"))
    assert load_small(tmp_path).panels["x.p"].item.block is Block.DEVICES


@pytest.mark.parametrize("block", ["'devices'", "'gossip'", "None"])
def test_what_is_no_block_is_refused(tmp_path: Path, block: str) -> None:
    write_plugin(tmp_path, "x", CODE.format(block=block))
    assert "block = " in reason(load_small(tmp_path), "x")


def test_a_remote_panel_names_its_block_in_the_manifest(tmp_path: Path) -> None:
    assert remote(tmp_path, "organisations").panels["x.p"].item.block is Block.ORGANISATIONS


def test_a_manifest_with_no_such_block_is_refused(tmp_path: Path) -> None:
    assert "remote_panels.0.block = 'gossip'" in reason(remote(tmp_path, "gossip"), "x")


def test_a_block_comes_through_the_process_of_its_plugin_and_through_the_catalogue() -> None:
    catalogue = small_catalogue(Plugin.of(Demo(), "demo", ("panels",)))
    back = Catalogue.from_json(catalogue.to_json())
    assert {spec.block for spec in back.panels.values()} >= set(Block)
    sent = orjson.loads(orjson.dumps(plain({"panels": {
        panel.key: type("Registered", (), {"item": panel})() for panel in Demo().register_panels()
    }})))  # type: ignore[dict-item]  # fmt: skip
    answered: list[Panel] = hooks(sent).register_panels()  # type: ignore[attr-defined]
    assert {panel.block for panel in answered} == set(Block)


def test_a_catalogue_shows_no_panel_of_another_block() -> None:
    catalogue = small_catalogue(Plugin.of(Demo(), "demo", ("panels",)))
    mine = frozenset({Block.CASES, Block.PLACES})
    shown = catalogue.shown_in(mine)
    assert {spec.block for spec in shown.panels.values()} == mine
    assert (shown.build, shown.units) == (catalogue.build, catalogue.units)
    assert catalogue.shown_in(frozenset(Block)) is catalogue


def built_in() -> dict[str, Block]:
    """The blocks of all panels that come with the product."""
    found: dict[str, Block] = {}
    for candidate in discover(PLUGINS):
        manifest = manifest_of(candidate)
        plugin = prepare(candidate, manifest)
        found |= {panel.key: panel.block for panel in panels_of(manifest.remote_panels)}
        if "panels" in manifest.provides:
            code: Any = import_code(plugin, candidate).code
            found |= {panel.key: panel.block for panel in code.register_panels()}
    return found


def test_the_built_in_panels_say_what_they_show() -> None:
    found = built_in()
    of = {block: {key for key, each in found.items() if each is block} for block in Block}
    assert of[Block.PEOPLE] == {"tablet.chief", "tablet.team"}
    assert of[Block.APPRAISAL] >= {key for key in found if key.startswith("evaluate.")}
    assert of[Block.PLACES] >= {key for key in found if key.startswith("prevent.")}
    assert of[Block.DEVICES] >= {"jinshui_flood.levels", "jinshui_flood.stations", "tablet.devices"}
    districts = {"xinzheng_market", "dengfeng_mine_safety", "airport_zone"}
    named = {key for key in found if key.partition(".")[0] in districts}
    assert named and named <= of[Block.ORGANISATIONS]
    assert {key for key in found if key.startswith(("watch.", "manage."))} <= of[Block.CASES]
