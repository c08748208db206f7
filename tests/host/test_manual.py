"""The manual is held against the code: each hook, each part and each sample in it."""

import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import pytest

from commandcenter import api
from commandcenter.host.hookspecs import Hooks
from commandcenter.host.kit import AnyPart, Board, Tone
from commandcenter.host.manifest import PROVIDES, Manifest
from commandcenter.host.panel import View
from commandcenter.host.source import SourceContext
from commandcenter.settings import ROOT
from commandcenter.testing import check_values, plugin
from commandcenter.testing.conformance.findings import CHECKS
from tests.host.folders import load_small, write_plugin

MANUAL = (ROOT / "plugins" / "README.md").read_text("utf-8")
HOOKS = dict(inspect.getmembers(Hooks, inspect.isfunction))
PARTS = {part.__name__: part for part in get_args(AnyPart)}


@dataclass(frozen=True)
class Block:
    language: str
    info: str
    code: str


def blocks(text: str) -> Iterator[Block]:
    for found in re.finditer(r"^```(\w+) ?(\S*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        yield Block(*found.groups())


def section(heading: str) -> str:
    """Return what stands under a heading that begins so, up to the next of its rank."""
    rank = heading.partition(" ")[0]
    pattern = rf"^{re.escape(heading)}\b[^\n]*\n(.*?)(?=^#{{1,{len(rank)}}} |\Z)"
    found = re.search(pattern, MANUAL, re.MULTILINE | re.DOTALL)
    assert found, f"plugins/README.md has no section {heading}"
    return found.group(0)


def signature(name: str) -> str:
    """Return a hook as its heading must say it."""
    spec = inspect.signature(HOOKS[name])
    arguments = ", ".join(list(spec.parameters)[1:])
    returns = re.sub(r"\b(?:\w+\.)+", "", inspect.formatannotation(spec.return_annotation))
    return f"### {name}({arguments}) -> {returns}"


@pytest.mark.parametrize("name", HOOKS)
def test_every_hook_has_a_section_with_its_arguments_and_its_result(name):
    assert signature(name) in MANUAL.splitlines()


@pytest.mark.parametrize("name", HOOKS)
@pytest.mark.parametrize("point", ["Called", "Process", "Scope", "Errors"])
def test_every_hook_says_when_where_for_whom_and_what_an_error_does(name, point):
    assert f"- **{point}**: " in section(f"### {name}")


def test_the_manual_describes_no_hook_that_is_not_there():
    assert set(re.findall(r"^### (register_\w+)", MANUAL, re.MULTILINE)) == set(HOOKS)


@pytest.mark.parametrize("provided", PROVIDES)
def test_the_sample_of_every_hook_loads_as_a_plugin(tmp_path, provided):
    samples = [b for b in blocks(section(f"### register_{provided}")) if b.language == "python"]
    assert len(samples) == 1
    place = write_plugin(tmp_path, "sample", "", provides=[provided])
    (place / "__init__.py").write_text(samples[0].code)
    states = {state.name: (state.state, state.reason) for state in load_small(tmp_path).states}
    assert states["sample"] == ("ok", "")


def write_first_plugin(folder: Path) -> Path:
    for block in blocks(section("## The first plugin")):
        file = folder / block.info
        file.parent.mkdir(exist_ok=True)
        file.write_text(block.code)
    return folder / "park"


def test_the_first_plugin_loads_as_it_is_written(tmp_path):
    write_first_plugin(tmp_path)
    registry = load_small(tmp_path)
    assert registry.panels["park.open"].item.parts[0].great is True


def test_the_first_plugins_own_test_passes(tmp_path):
    park = write_first_plugin(tmp_path)
    load_small(tmp_path)
    code = (park / "test_park.py").read_text().replace("from .panel", "from panel")
    scope: dict = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(park))
        exec(code, scope)
    tests = [run for name, run in scope.items() if name.startswith("test_")]
    assert tests
    for run in tests:
        run()


@pytest.mark.parametrize("kind", PARTS)
def test_every_part_of_the_kit_has_a_section_with_a_value_that_passes_the_check(kind):
    samples = [b for b in blocks(section(f"### {kind}")) if b.info == "kit"]
    assert len(samples) == 1
    scope = dict(vars(api))
    exec(samples[0].code, scope)
    part, value = scope["PART"], scope["VALUE"]
    assert type(part) is PARTS[kind]
    panel = api.Panel("sample.part", api.Text("样"), (part,), lambda view: {})
    assert set(check_values(panel, {part.name: value})) == {part.name}


def test_every_form_of_a_column_and_every_tone_is_named():
    forms = get_args(inspect.get_annotations(api.Column)["form"])
    kit = section("## The panel kit")
    assert Board.__name__ in kit
    assert [form for form in (*forms, *get_args(Tone)) if f"`{form}`" not in kit] == []


@pytest.mark.parametrize("key", Manifest.model_fields)
def test_every_key_of_the_manifest_is_described(key):
    assert f"| `{key}` |" in section("## The manifest")


@pytest.mark.parametrize(
    ("kind", "heading"),
    [(View, "## What a panel or a rule sees"), (SourceContext, "## Sources")],
)
def test_every_member_of_a_view_and_of_a_sources_context_is_described(kind, heading):
    text = section(heading)
    members = {name for name in (*vars(kind), *kind.__annotations__) if not name.startswith("_")}
    for name in members:
        function = inspect.isfunction(vars(kind).get(name))
        assert f"`{name}" + ("(" if function else "`") in text, name


@pytest.mark.parametrize("name", [n for n, f in vars(View).items() if inspect.isfunction(f)])
def test_the_arguments_of_a_views_methods_are_those_in_the_manual(name):
    if name.startswith("_"):
        return
    parameters = list(inspect.signature(getattr(View, name)).parameters.values())[1:]
    shown = [
        ("**" if p.kind is p.VAR_KEYWORD else "")
        + p.name
        + ("=None" if p.default is None else "")
        for p in parameters
    ]
    assert f"`{name}({', '.join(shown)})`" in section("## What a panel or a rule sees")


def test_every_fixture_for_authors_is_described_and_every_check():
    testing, checks = section("## Testing a plugin"), section("## Checking a plugin")
    fixtures = [name for name, thing in vars(plugin).items() if "pytest_fixture" in repr(thing)]
    assert len(fixtures) == 8
    assert [name for name in fixtures if f"| `{name}` |" not in testing] == []
    assert [name for name in CHECKS if f"`{name}`" not in checks] == []


def test_the_sample_of_an_authors_test_passes(request):
    (sample,) = [b for b in blocks(section("## Testing a plugin")) if b.info == "test"]
    scope: dict = {}
    exec(sample.code, scope)
    tests = [run for name, run in scope.items() if name.startswith("test_")]
    assert len(tests) == 2
    for run in tests:
        run(**{name: request.getfixturevalue(name) for name in inspect.signature(run).parameters})
