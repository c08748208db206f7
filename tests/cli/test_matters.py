"""The commands of the catalogue: the three lists, and the check of an edited table."""

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from commandcenter.cli.main import app
from plugins.zhengzhou.city import DATA


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
