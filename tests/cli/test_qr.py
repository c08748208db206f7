"""Posters from the command line: for cells, and for all of a level below them."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from commandcenter.cli.main import app
from commandcenter.store import cities
from commandcenter.store.settings import CATALOGUE, set_setting
from commandcenter.store.store import Store
from commandcenter.testing import small_catalogue, small_city, small_data
from tests.web.conftest import EAST, empty_database

URL = "https://city.example"


@pytest.fixture
def data(tmp_path: Path, face: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data folder of a small city, in which the typeface is unpacked already."""
    monkeypatch.setattr("commandcenter.cli.qr.truetype", lambda *_: face)
    (tmp_path / "commandcenter.db").write_bytes(empty_database())
    store = Store(f"sqlite:///{tmp_path / 'commandcenter.db'}")
    with store.write() as connection:
        cities.install(connection, small_city(), small_data())
        set_setting(connection, CATALOGUE, small_catalogue().to_json().decode())
    store.close()
    return tmp_path


def run(data: Path, out: str, *words: str, url: str = URL) -> Result:
    given = ["qr", *words, "--url", url, "--out", str(data / out), "--data", str(data)]
    return CliRunner().invoke(app, given)


def test_one_cell_is_drawn(data: Path) -> None:
    made = run(data, "east.svg", EAST)
    assert made.exit_code == 0, made.output
    assert EAST in (data / "east.svg").read_text("utf-8")


def test_all_cells_of_a_level_below_have_a_page_each(data: Path) -> None:
    made = run(data, "streets.pdf", EAST, "--below", "street")
    assert made.exit_code == 0, made.output
    number = int(made.stdout.split()[0])
    printed = (data / "streets.pdf").read_bytes()
    assert number > 1 and printed.count(b"/Type /Page\n") == number


def test_a_folder_has_a_drawing_of_each_cell(data: Path) -> None:
    assert run(data, "posters", EAST, "990103").exit_code == 0
    drawn = sorted(file.name for file in (data / "posters").iterdir())
    assert drawn == ["990102.svg", "990103.svg"]


@pytest.mark.parametrize(
    ("words", "out", "url", "said"),
    [
        (["999999"], "east.svg", URL, "there is no cell 999999"),
        ([EAST, "--below", "moon"], "east.svg", URL, "no level moon"),
        ([EAST], "east.svg", "city.example", "the address by which the server is reached"),
        ([EAST, "990103"], "both.svg", URL, "a folder for an SVG each"),
    ],
)
def test_what_cannot_be_printed_is_said_and_nothing_is_written(
    data: Path, words: list[str], out: str, url: str, said: str
) -> None:
    refused = run(data, out, *words, url=url)
    assert refused.exit_code != 0 and said in str(refused.exception)
    assert not (data / out).exists()
