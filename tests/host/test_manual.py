"""The manual is held against the code: each hook, each part and each sample in it."""

import inspect
import re
import tomllib
from typing import get_args

import pytest

from commandcenter import api
from commandcenter.host.charts import MAX_TRACES, MAX_VALUES
from commandcenter.host.hookspecs import Hooks
from commandcenter.host.kit import AnyPart, Board, Tone
from commandcenter.host.manifest import PROVIDES, Manifest
from commandcenter.host.package import LARGEST, MOST_FILES
from commandcenter.host.panel import View
from commandcenter.host.readings import MAX_BYTES as READING_BYTES
from commandcenter.host.readings import MOST_KEYS
from commandcenter.host.setting import LONGEST, Setting
from commandcenter.host.shapes import MAX_WORDS, MOST_RECORDS
from commandcenter.host.source import SourceContext
from commandcenter.host.values import MAX_BYTES
from commandcenter.sandbox.bounds import Bounds, bounds_of
from commandcenter.sandbox.printed import LINES_PER_SECOND
from commandcenter.settings import Settings
from commandcenter.store.remote import MOST_CELLS
from commandcenter.testing import check_values, plugin
from commandcenter.testing.conformance.findings import CHECKS
from tests.host.folders import load_small, write_plugin
from tests.manual.pages import KIT, MANUAL, blocks, read
from tests.manual.pages import section as section_of

TEXT = read(MANUAL)
HOOKS = dict(inspect.getmembers(Hooks, inspect.isfunction))
PARTS = {part.__name__: part for part in get_args(AnyPart)}


def section(heading: str) -> str:
    """Return a section of the manual."""
    return section_of(MANUAL, heading)


def signature(name: str) -> str:
    """Return a hook as its heading must say it."""
    spec = inspect.signature(HOOKS[name])
    arguments = ", ".join(list(spec.parameters)[1:])
    returns = re.sub(r"\b(?:\w+\.)+", "", inspect.formatannotation(spec.return_annotation))
    return f"### {name}({arguments}) -> {returns}"


@pytest.mark.parametrize("name", HOOKS)
def test_every_hook_has_a_section_with_its_arguments_and_its_result(name):
    assert signature(name) in TEXT.splitlines()


@pytest.mark.parametrize("name", HOOKS)
@pytest.mark.parametrize("point", ["Called", "Process", "Scope", "Errors"])
def test_every_hook_says_when_where_for_whom_and_what_an_error_does(name, point):
    assert f"- **{point}**: " in section(f"### {name}")


def test_the_manual_describes_no_hook_that_is_not_there():
    assert set(re.findall(r"^### (register_\w+)", TEXT, re.MULTILINE)) == set(HOOKS)


@pytest.mark.parametrize("provided", PROVIDES)
def test_the_sample_of_every_hook_loads_as_a_plugin(tmp_path, provided):
    samples = [b for b in blocks(section(f"### register_{provided}")) if b.language == "python"]
    assert len(samples) == 1
    place = write_plugin(tmp_path, "sample", "", provides=[provided])
    (place / "__init__.py").write_text(samples[0].code)
    states = {state.name: (state.state, state.reason) for state in load_small(tmp_path).states}
    assert states["sample"] == ("ok", "")


@pytest.mark.parametrize("kind", PARTS)
def test_every_part_of_the_kit_has_a_section_with_a_value_that_passes_the_check(kind):
    samples = [b for b in blocks(section_of(KIT, f"## {kind}")) if b.info == "kit"]
    assert len(samples) == 1
    scope = dict(vars(api))
    exec(samples[0].code, scope)
    part, value = scope["PART"], scope["VALUE"]
    assert type(part) is PARTS[kind]
    panel = api.Panel("sample.part", api.Text("样"), (part,), lambda view: {})
    assert set(check_values(panel, {part.name: value})) == {part.name}


@pytest.mark.parametrize("kind", PARTS)
def test_the_manual_names_every_part_of_the_kit(kind):
    assert f"| `{kind}` |" in section("## The panel kit")


def test_every_form_of_a_column_and_every_tone_is_named():
    forms = get_args(inspect.get_annotations(api.Column)["form"])
    kit = read(KIT)
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


def test_the_sample_of_settings_is_one_of_a_manifest():
    (sample,) = [b for b in blocks(section("## Settings and secrets")) if b.language == "toml"]
    declared = tomllib.loads(sample.code)["settings"]
    found = {key: Setting.model_validate(setting) for key, setting in declared.items()}
    assert [fault for setting in found.values() for fault in setting.own_faults()] == []
    assert found["token"].is_secret and found["feed"].required


@pytest.mark.parametrize("key", Bounds.model_fields)
def test_every_bound_of_a_plugin_is_in_the_limits_with_its_default(key):
    (line,) = [line for line in section("## Limits").splitlines() if f"(`{key}`)" in line]
    default = Bounds.model_fields[key].default
    assert re.search(rf"(?<![\d,]){default:,.0f}(?![\d,])", line)


@pytest.mark.parametrize(
    ("what", "limit"),
    [
        ("the value of a part", f"{MAX_BYTES // 1024} KB"),
        ("a list in it", f"{MOST_RECORDS:,} entries"),
        ("a string in it", f"{MAX_WORDS:,} characters"),
        ("all lists of a chart", f"{MAX_VALUES:,} values, {MAX_TRACES} traces"),
        ("readings of a source", f"{MOST_KEYS:,} keys of {READING_BYTES // 1024} KB"),
        ("a remote panel", f"{MOST_CELLS:,} cells"),
        ("a value of a setting", f"{LONGEST:,} characters"),
        ("a zip", f"{MOST_FILES:,} files, {LARGEST // 2**20} MB"),
        ("what it prints", f"{LINES_PER_SECOND:g} lines a second"),
    ],
)
def test_every_other_limit_is_that_of_the_code(what, limit):
    assert f"| {what} | {limit} |" in section("## Limits")


def test_the_sample_of_limits_holds_for_the_plugin_it_names(tmp_path):
    (sample,) = [b for b in blocks(section("## Limits")) if b.info == "limits"]
    file = tmp_path / "commandcenter.toml"
    file.write_text(sample.code)
    found = bounds_of(Settings(), "park", file)
    assert (found.memory_mb, found.call_seconds) == (1024, 4.0)
    assert bounds_of(Settings(), "other", file) == Bounds()
