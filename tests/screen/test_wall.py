"""A wall's page holds its faces, its tiles and the stream that fills them."""

from pathlib import Path
from typing import Any

from commandcenter.host.words import Words
from commandcenter.screen.layouts import Layout
from commandcenter.screen.wall import SCREEN_WORDS, screen_words, wall_page
from commandcenter.settings import ROOT
from tests.screen.kit_panels import VIEWER, catalogue, write_layout


def page(tmp_path: Path) -> list[Any]:
    """Return what stands on the stage."""
    layout = Layout.load(write_layout(tmp_path), catalogue())
    stage = wall_page(layout, VIEWER, catalogue(), "100000", Words("zh", []))
    assert (stage.canvas, stage.faces, stage.seconds) == ([1920, 1080], ["watch", "manage"], 60)
    return list(stage.children)


def test_all_faces_of_a_layout_are_mounted(tmp_path: Path) -> None:
    _, header, watch, manage = page(tmp_path)
    assert header.faces == [{"key": "watch", "title": "观"}, {"key": "manage", "title": "管"}]
    assert [tile.id for tile in watch.children] == ["pulse", "lists"]
    assert [tile.id for tile in manage.children] == ["again"]


def test_panels_that_show_the_same_share_one_topic(tmp_path: Path) -> None:
    stream = page(tmp_path)[0]
    layout = Layout.load(write_layout(tmp_path), catalogue())
    topics = layout.topics(VIEWER, "100000")
    assert stream.slots == {
        topics["pulse"].id: ["pulse", "again"],
        topics["lists"].id: ["lists"],
    }


def test_the_page_names_its_layout_and_cell_and_no_topic(tmp_path: Path) -> None:
    stream = page(tmp_path)[0]
    assert stream.url == "/stream?layout=city&cell=100000&lang=zh"
    assert "sample" not in str(stream.to_plotly_json())


def test_the_scripts_speak_english_in_full() -> None:
    english = screen_words(Words.load("en", [ROOT / "commandcenter" / "locale"]))
    assert [word for word in SCREEN_WORDS if word not in english] == []
