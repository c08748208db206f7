"""The check refuses what is wrong, each with its line, and takes what is right."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from commandcenter.cli.main import app
from commandcenter.cli.plugins import checking as command
from commandcenter.cli.plugins.scaffold import Wanted, write_plugin
from commandcenter.host.discovery import discover
from commandcenter.settings import ROOT, Settings
from commandcenter.testing.conformance.check import Check, Wishes, checking
from commandcenter.testing.conformance.examiners import Examined
from commandcenter.testing.conformance.findings import CHECKS, Finding, Report
from commandcenter.testing.conformance.looks import Looker
from commandcenter.testing.conformance.reading import read_plugin
from commandcenter.testing.ready import ReadyCity

WRONG = Path(__file__).parent.parent / "plugins" / "wrong"
EXPECTED = {
    "core_imports": ("imports", "__init__.py:6", "imports commandcenter.web.metric_names"),
    "empty_part": ("panels", "__init__.py:8", "part closed is declared and never gets a value"),
    "endless": ("limits", "__init__.py:9", "takes over 2 s"),
    "exits": ("limits", "__init__.py:9", "ended the process with code 0"),
    "fails_on_import": ("hooks", "__init__.py:5", "ValueError: invalid literal for int()"),
    "fails_on_nothing": ("panels", "__init__.py:10", "raised ZeroDivisionError"),
    "fails_on_unknown": ("panels", "__init__.py:10", "raised TypeError"),
    "foreign_key": ("hooks", "__init__.py", 'key "watch.panel" must start with "foreign_key."'),
    "hungry": ("limits", "__init__.py:11", "needs more memory than it gets"),
    "keeps_count": ("determinism", "__init__.py:10", "differs when the same view is rendered"),
    "manifest_key": ("manifest", "plugin.toml", "titel is not a key of a manifest; did you mean"),
    "not_finite": ("panels", "__init__.py:8", "part open (Number): value.value = nan is not"),
    "order_of_a_set": ("determinism", "", "words differs between two processes"),
    "other_plugin": ("imports", "__init__.py:6", "imports plugins.watch.pulse, another plugin"),
    "outside": ("scope", "__init__.py:9", "lies outside the scope"),
    "own_clock": ("determinism", "__init__.py:10", "asks for the machine's clock (datetime.now)"),
    "own_colours": ("panels", "__init__.py:8", 'marker.color = "#ff0000" is a colour of its own'),
    "own_file": ("determinism", "__init__.py:9", "render asks for a file (open)"),
    "own_test": ("tests", "test_own_test.py:5", "assert 1 == 2"),
    "rule_of_cases": ("rules", "__init__.py:10", "a rule grades by counts alone"),
    "rule_of_the_city": ("rules", "__init__.py:9", "grade gave int8 (32,), whole numbers (31,)"),
    "rule_without_reason": ("rules", "__init__.py:13", "explain gave '', 1 to 500 characters"),
    "sample_channel": ("sample", "sample.json", "report 1: channel is not a channel; known:"),
    "sample_elsewhere": ("sample", "sample.json", "report 1: cell lies outside the districts"),
    "sample_empty": ("sample", "sample.json", "delivers nothing of it"),
    "sample_without_time": ("sample", "__init__.py:14", "Report.occurred_at = 'yesterday'"),
    "starts_another": ("panels", "__init__.py:10", "PermissionError"),
    "too_long": ("look", "__init__.py:11", "is cut off"),
    "unknown_hook": ("hooks", "__init__.py", "register_panel is no hook; there are register_ch"),
    "unknown_metric": ("panels", "__init__.py:9", "no metric 'opened' is counted"),
    "unknown_part": ("panels", "__init__.py:8", "no part 'closed'; there are open"),
    "unscoped": ("scope", "__init__.py:8", "open changes with what happens outside 990102"),
    "wrong_arguments": ("hooks", "__init__.py", "does not fit: it may take settings"),
    "wrong_type": ("hooks", "__init__.py", "returned a Panel, but a list or tuple of Panel"),
}
BY_HAND = {"own_test", "too_long"}
"""What needs a run of pytest or a browser is checked apart from the others."""
OURS = [found.folder for found in discover(ROOT / "plugins")]


@pytest.fixture(scope="module")
def quick() -> Iterator[Check]:
    """The check without what takes long."""
    with checking(Settings(), Wishes(browser=False, tests=False)) as check:
        yield check


def assert_refused(report: Report) -> None:
    check, where, words = EXPECTED[report.plugin]
    fault = next((fault for fault in report.faults if words in fault.words), None)
    assert fault is not None, [finding.line for finding in report.findings]
    # A process that waited for its turn may be stopped before its first line.
    lines = (where, "__init__.py:8") if report.plugin == "endless" else (where,)
    assert fault.check == check and fault.where in lines
    assert fault.mend or check in ("manifest",), "it says how to mend it"


def test_there_is_an_expectation_for_each_wrong_plugin():
    assert {path.parent.name for path in WRONG.glob("*/plugin.toml")} == set(EXPECTED)


@pytest.mark.parametrize("name", sorted(set(EXPECTED) - BY_HAND))
def test_a_wrong_plugin_is_refused_with_its_line(quick, name):
    report = quick.report(WRONG / name)
    assert_refused(report)
    assert report.plain()["ok"] is False


@pytest.mark.browser
@pytest.mark.timeout(300)  # two plugins on several pages, two with a run of pytest
def test_a_new_plugin_passes_and_one_that_looks_wrong_does_not(tmp_path):
    write_plugin(Wanted("park", True, True, True, ["990102"]), tmp_path / "park")
    with checking(Settings(), Wishes()) as check:
        park = check.report(tmp_path / "park")
        own_test = replace(check, wishes=Wishes(browser=False)).report(WRONG / "own_test")
        too_long = replace(check, wishes=Wishes(tests=False)).report(WRONG / "too_long")
    assert [(f.check, f.state) for f in park.findings] == [(check, "ok") for check in CHECKS]
    assert "8 passed" in park.findings[-1].words
    assert_refused(own_test)
    assert_refused(too_long)
    assert any("is the least" in fault.words for fault in too_long.faults)


@pytest.mark.parametrize("folder", OURS, ids=lambda folder: folder.name)
def test_every_plugin_of_the_product_passes(quick, folder):
    assert [fault.line for fault in quick.report(folder).faults] == []


@pytest.mark.browser
@pytest.mark.timeout(300)
def test_what_a_district_brings_looks_well_on_a_wall_and_on_a_tablet():
    with checking(Settings(), Wishes(tests=False)) as check:
        report = check.report(ROOT / "plugins" / "jinshui_flood")
    assert [fault.line for fault in report.faults] == []
    assert ("look", "ok") in {(found.check, found.state) for found in report.findings}


def test_without_chromium_the_look_is_left_and_that_is_said(tmp_path, monkeypatch):
    monkeypatch.setenv("COMMANDCENTER_CHROMIUM", str(tmp_path / "no-chromium"))
    manifest, _ = read_plugin(ROOT / "plugins" / "watch")
    assert manifest is not None
    (found,) = Looker(tmp_path).look(Examined(()), ReadyCity.of(None), manifest)
    assert (found.check, found.state) == ("look", "left")
    assert "not checked: no Chromium was found: install one" in found.words


@pytest.mark.parametrize(
    ("state", "code", "said"),
    [
        ("ok", 0, "1 plugin: ok"),
        ("note", 0, "1 plugin: ok"),
        ("left", 3, "1 plugin: no faults, but not all was checked: it was so"),
        ("wrong", 1, "1 plugin: 1 refused, 1 faults"),
    ],
)
def test_the_command_ends_with_a_code_of_its_own(tmp_path, monkeypatch, state, code, said):
    write_plugin(Wanted("park"), tmp_path / "park")
    finding = Finding("look", state, "it was so", "panel.py:3", "do otherwise")
    found = [Report("park", str(tmp_path / "park"), (finding,))]
    monkeypatch.setattr(command, "check_plugins", lambda *_: iter(found))
    done = CliRunner().invoke(app, ["plugin", "check", str(tmp_path / "park")])
    assert done.exit_code == code
    assert said in done.output
    assert "panel.py:3: it was so" in done.output
    assert ("-> do otherwise" in done.output) == (state != "ok")
    plain = CliRunner().invoke(app, ["plugin", "check", "--json", str(tmp_path / "park")])
    (data,) = json.loads(plain.output)
    assert (data["plugin"], data["ok"]) == ("park", state != "wrong")
    assert data["findings"][0]["where"] == "panel.py:3"


@pytest.mark.parametrize("arguments", [[], ["park", "--all"], ["nowhere/park"], ["nobody"]])
def test_it_must_be_clear_which_plugins_are_meant(arguments):
    done = CliRunner().invoke(app, ["plugin", "check", *arguments])
    assert done.exit_code == 1
    assert done.exception is not None and str(done.exception)


@pytest.mark.parametrize(
    ("code", "where", "words"),
    [
        ("def x(:\n", "park/a.py:1", "is no Python"),
        ("import commandcenter.store as s\n", "park/a.py:1", "imports commandcenter.store"),
        ("from commandcenter import api, cases\n", "park/a.py:1", "imports commandcenter.cases"),
        ("from ..watch import pulse\n", "park/a.py:1", "imports plugins.watch"),
        ("x = __import__('commandcenter.web')\n", "park/a.py:1", "imports commandcenter.web"),
        ("from commandcenter.testing import FakeView\n", "park/a.py:1", "imports commandcenter.t"),
    ],
)
def test_what_is_imported_is_read_without_running_it(tmp_path, code, where, words):
    write_plugin(Wanted("park"), tmp_path / "park")
    (tmp_path / "park" / "a.py").write_text(code)
    (found,) = [f for f in read_plugin(tmp_path / "park")[1] if f.state == "wrong"]
    assert (f"park/{found.where}", found.check) == (where, "imports")
    assert words in found.words


def test_a_string_without_its_english_is_a_note(tmp_path):
    write_plugin(Wanted("park"), tmp_path / "park")
    panel = tmp_path / "park" / "panel.py"
    panel.write_text(panel.read_text("utf-8").replace("其中超时", "里面超时"), "utf-8")
    (found,) = [f for f in read_plugin(tmp_path / "park")[1] if f.state == "note"]
    assert (found.check, found.words) == ("words", '"里面超时 {n} 件" has no English')
