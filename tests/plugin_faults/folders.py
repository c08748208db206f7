"""The folders of a run: plugins that misbehave on demand, two that do not, and the layouts."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import indent

from commandcenter.settings import ROOT
from tests.plugin_faults.table import Misdeed

FLAG = "in_trouble"
"""The file in a plugin's folder by which it misbehaves; without it, it is well."""
PROBE, NEIGHBOUR = "probe", "neighbour"
FACE, COLUMNS = "trouble", 6
CHANNEL, OWN_CHANNEL = "hotline", "iot"
"""The channel that is measured, and the one through which misbehaving sources report."""

MANIFEST = """\
name = "{name}"
version = "1.0.0"
api = 1
title = {{zh = "{name}"}}
owner = "test"
districts = ["*"]
core = {core}
provides = [{provides}]
"""
# Both panels show the same number under the names by which the bench's reader finds a total.
WELL = """\
from commandcenter.api import Number, Panel, Text, hookimpl


def render(view):
    return {{"reported": {{"value": 0}}, "total": {{"value": view.count("channel.{channel}")}}}}


@hookimpl
def register_panels():
    parts = (Number("reported"), Number("total"))
    return [Panel("{name}.count", Text("{name}"), parts, render)]
"""
CODE = '''\
"""A plugin that {what}, while a file says so."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from commandcenter.api import (
    Board, Chart, Column, Note, Number, Panel, Report, RiskRule, Source, Text, hookimpl,
)

IN_TROUBLE = Path(__file__).with_name("{flag}")
{top}

if IN_TROUBLE.exists():
{at_import}


def render(view):
    if IN_TROUBLE.exists():
{at_render}
    return {{
        "number": {{"value": view.count("channel.{channel}")}},
        "words": "well",
        "chart": {{"data": [], "layout": {{}}}},
        "board": {{"rows": []}},
    }}


def grade(view):
    if IN_TROUBLE.exists():
{at_grade}
    return np.zeros(view.last - view.first + 1, np.int8)


def report(key):
    return Report(
        source="{name}.feed", external_id=key, channel="{own}", title="tick", cell=CELL,
        occurred_at=datetime.now(UTC), attachments=[],
    )


def run(context):
    global CELL
    CELL = context.tree.cells[-1].code
    while context.wait(context.now() + 300):
        if IN_TROUBLE.exists():
{at_run}
        yield []


@hookimpl
def register_panels():
    if IN_TROUBLE.exists():
{at_register}
    parts = (
        Number("number"), Note("words"), Chart("chart"),
        Board("board", columns=(Column("a", Text("a")),)),
    )
    return [Panel("{name}.tile", Text("{name}"), parts, render)]


@hookimpl
def register_sources():
    return [Source("{name}.feed", Text("{name}"), run, interval=0.3)] if {is_source} else []


@hookimpl
def register_risk_rules():
    rule = RiskRule("{name}.rule", Text("{name}"), grade, lambda view, at: "because")
    return [rule] if {is_rule} else []
'''
# A process that is well imported once: trouble at import or register shows when it starts anew.
ANEW = "import os\nos._exit(7)"


@dataclass(frozen=True)
class Folders:
    """Where a run's plugins and layouts lie, and who of the plugins is in trouble."""

    plugins: Path
    layouts: Path

    def begin(self, misdeeds: Sequence[Misdeed]) -> None:
        """Have plugins misbehave from now on."""
        for misdeed in misdeeds:
            self._flag(misdeed).touch()

    def mend(self, misdeeds: Sequence[Misdeed]) -> None:
        """Have plugins be well again."""
        for misdeed in misdeeds:
            self._flag(misdeed).unlink(missing_ok=True)

    def _flag(self, misdeed: Misdeed) -> Path:
        return self.plugins / misdeed.plugin / FLAG


def written(folder: Path, misdeeds: Sequence[Misdeed]) -> Folders:
    """Write plugins and layouts into a folder; the plugins of the product lie beside them."""
    made = Folders(folder / "plugins", folder / "layouts")
    made.plugins.mkdir(parents=True)
    for path in (ROOT / "plugins").iterdir():
        if (path / "plugin.toml").exists():
            (made.plugins / path.name).symlink_to(path)
    for name in (PROBE, NEIGHBOUR):
        _write(made.plugins / name, WELL.format(name=name, channel=CHANNEL), ["panels"],
               core=name == PROBE)  # fmt: skip
    for misdeed in misdeeds:
        provides = ["panels", "sources", "risk_rules"]
        _write(made.plugins / misdeed.plugin, code(misdeed), provides)
    shutil.copytree(ROOT / "layouts", made.layouts)
    city = made.layouts / "city.toml"
    city.write_text(city.read_text("utf-8") + _face(misdeeds), "utf-8")
    for name in (PROBE, NEIGHBOUR):
        (made.layouts / f"{name}.toml").write_text(_single(name), "utf-8")
    return made


def code(misdeed: Misdeed) -> str:
    """Return the module of a misbehaving plugin."""
    at = dict.fromkeys(("import", "register", "render", "grade", "run"), "pass")
    if misdeed.where in ("import", "register"):
        at["render"] = ANEW
    at[misdeed.where] = misdeed.code
    deep = {"import": 4, "register": 8, "render": 8, "grade": 8, "run": 12}
    return CODE.format(
        what=misdeed.what, flag=FLAG, top=misdeed.top, channel=CHANNEL, own=OWN_CHANNEL,
        name=misdeed.plugin, is_source=misdeed.where == "run", is_rule=misdeed.where == "grade",
        **{f"at_{name}": indent(words, " " * deep[name]) for name, words in at.items()},
    )  # fmt: skip


def _write(folder: Path, module: str, provides: Sequence[str], core: bool = False) -> None:
    folder.mkdir()
    listed = ", ".join(f'"{name}"' for name in provides)
    manifest = MANIFEST.format(name=folder.name, core=str(core).lower(), provides=listed)
    (folder / "plugin.toml").write_text(manifest, "utf-8")
    (folder / "__init__.py").write_text(module, "utf-8")


def _face(misdeeds: Sequence[Misdeed]) -> str:
    """The face with the tiles of all misbehaving plugins, and two that must stay well."""
    panels = {misdeed.plugin: f"{misdeed.plugin}.tile" for misdeed in misdeeds}
    panels |= {"beside": "watch.channels", PROBE: f"{PROBE}.count", NEIGHBOUR: f"{NEIGHBOUR}.count"}
    rows = -(-len(panels) // COLUMNS)
    words = [f'\n[[faces]]\nkey = "{FACE}"\ntitle = {{zh = "障"}}\n'
             f"columns = {COLUMNS}\nrows = {rows}\n"]  # fmt: skip
    for number, (slot, panel) in enumerate(panels.items()):
        place = [number % COLUMNS, number // COLUMNS, 1, 1]
        words.append(f'\n[[faces.panels]]\nid = "{slot}"\npanel = "{panel}"\nat = {place}\n')
    return "".join(words)


def _single(name: str) -> str:
    """A layout that shows one panel."""
    return (
        f'title = {{zh = "{name}"}}\ncanvas = [1920, 1080]\nscope = "city"\n'
        "[wall]\nwidth_mm = 3000\ndistance_mm = 3000\n"
        f'[[faces]]\nkey = "only"\ntitle = {{zh = "观"}}\n'
        f'[[faces.panels]]\nid = "count"\npanel = "{name}.count"\nat = [0, 0, 24, 12]\n'
    )
