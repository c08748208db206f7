"""The commands of the catalogue: the three lists, and the check of an edited table."""

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from commandcenter.cli.main import app
from commandcenter.settings import Settings
from plugins.zhengzhou.city import DATA
from tests.host.folders import SAMPLES, write_plugin

EXTRA = """
@hookimpl
def register_matters(settings):
    looks = Text("市容环境")
    return [Matter("X1", Text("池塘" + settings["word"]), Text("事件"), looks,
                   Limit.urgent_hours(1), "市政", 1, evidence=Evidence.PHOTO)]

@hookimpl
def register_routing_rules():
    return [RoutingRule("pond.fish", Text("鱼"), Text("鱼归环卫"), matters=("X1",), duty="环卫")]
"""


def run(*words: str) -> Result:
    return CliRunner().invoke(app, ["matters", *words], env={"COLUMNS": "200"})


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """A copy of the table, without the duties beside it."""
    return Path(shutil.copy(DATA / "matters.csv", tmp_path))


def test_a_good_table_is_said_to_be_good(table: Path) -> None:
    found = run("check", str(table))
    assert found.exit_code == 0, found.output
    assert "504 matters, 145 dispatch by themselves, 0 faults" in found.stdout


def test_everything_wrong_is_said_at_once_by_line_and_column(table: Path) -> None:
    words = table.read_text("utf8")
    words = words.replace("1,工作日,环卫站", "0,工作日,环卫站", 1)
    table.write_text(words.replace("SJ0103", "SJ0102", 1), "utf8")
    found = run("check", str(table))
    assert found.exit_code == 1
    assert "matters.csv:2: 时限 = '0' must be a number above 0" in found.stderr
    assert "matters.csv:4: 编码 SJ0102 is given twice" in found.stderr
    assert "502 matters" in found.stdout and "2 faults" in found.stdout


def test_the_three_lists_are_chosen_by_level_and_duty() -> None:
    community = run("list", "--level", "社区", "--city", "zhengzhou")
    assert "物业服务投诉" in community.stdout and "违法搭建" not in community.stdout
    kept_out = run("list", "--forbidden", "community")
    assert "违法搭建" in kept_out.stdout and "物业服务投诉" not in kept_out.stdout
    duty = run("list", "--duty", "gas")
    assert "燃气泄漏" in duty.stdout and "停水" not in duty.stdout


def test_the_list_is_what_is_in_force_by_plugins_districts_and_operators(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "plugins"
    said = '{word = {type = "str", default = "无水"}}'
    gives, where = ["matters", "routing_rules"], ["990102"]
    write_plugin(folder, "pond", EXTRA, provides=gives, districts=where, settings=said)
    (folder / "small").symlink_to(SAMPLES / "small", target_is_directory=True)
    Settings(data=tmp_path, plugins=folder).secret()
    for name, value in (("DATA", tmp_path), ("PLUGINS", folder), ("CITY", "small")):
        monkeypatch.setenv(f"COMMANDCENTER_{name}", str(value))

    def typed(*words: str) -> str:
        done = CliRunner().invoke(app, words, env={"COLUMNS": "240"})
        assert done.exit_code == 0, done.output + repr(done.exception)
        return done.stdout

    before = typed("matters", "list")
    assert "池塘无水" in before and "照片" in before and "set by" not in before
    assert "pond@990102 + pond.fish@990102" in before
    assert "pond.fish@990102: X1 to the duty 环卫" in before
    typed("plugin", "settings", "pond", "word=有鱼")
    changed = typed("matters", "list")
    assert "池塘有鱼" in changed and "pond: word = 有鱼, set by" in changed
    typed("plugin", "disable", "pond")
    without = typed("matters", "list")
    assert "X1" not in without and "暴露垃圾" in without
    assert "pond: disabled by" in without and "its matters and rules are not in force" in without
