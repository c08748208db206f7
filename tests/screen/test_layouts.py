"""Layouts are read from TOML, and what is wrong in one is named with file and key."""

from pathlib import Path

import pytest

from commandcenter.errors import LayoutError
from commandcenter.screen.layouts import Layout, load_layouts
from commandcenter.screen.theme import Sizes, arcmin, smallest_readable
from tests.screen.kit_panels import VIEWER, catalogue, write_layout

WRONG = {
    "a panel that does not exist": (
        'panel = "sample.lists"', 'panel = "sample.nothing"',
        "panels.lists.panel: no panel sample.nothing; there are sample.lists, sample.pulse",
    ),
    "panels that overlap": (
        "at = [6, 0, 6, 6]", "at = [5, 0, 6, 6]",
        "faces.watch.panels.lists.at: [5, 0, 6, 6] overlaps pulse at [0, 0, 6, 6]",
    ),
    "a panel outside the grid": (
        "at = [6, 0, 6, 6]", "at = [6, 0, 7, 6]",
        "faces.watch.panels.lists.at: [6, 0, 7, 6] does not lie in the grid of 12 x 6",
    ),
    "a panel without a size": (
        "at = [6, 0, 6, 6]", "at = [6, 0, 0, 6]", "does not lie in the grid",
    ),
    "an id on two faces": ('id = "again"', 'id = "pulse"', "panels.pulse: is given twice"),
    "a face given twice": ('key = "manage"', 'key = "watch"', "faces.watch: is given twice"),
    "an id of the page itself": ('id = "again"', 'id = "stage"', "stage is the page's own"),
    "a dash in an id": ('id = "again"', 'id = "a-gain"', "faces.1.panels.0.id = 'a-gain'"),
    "a key nobody knows": ("rotate_seconds = 60", "rotate = 60", "rotate: is no key of a layout"),
    "a missing canvas": ("canvas = [1920, 1080]", "", "canvas: is missing"),
    "a canvas of words": ("[1920, 1080]", '["wide", 1080]', "canvas.0 = 'wide'"),
    "an unknown fit": ("rotate_seconds = 60", 'fit = "cover"', "fit = 'cover'"),
    "an option that would break a topic": ('order = "late"', 'order = "a|b"', "options.order"),
    "text too small to read": (
        "distance_mm = 4000", "distance_mm = 14000",
        "wall: the smallest text is 37.5 mm, 9.2 arcmin from 14000 mm, and has to be 16 arcmin",
    ),
    "a name that is no panel's": (
        'panel = "sample.lists"', 'panel = "lists"', "lists.panel: no panel lists; there are",
    ),
    "a face without panels": (
        'panels = [{id = "again", panel = "sample.pulse", at = [0, 0, 12, 6]}]', "",
        "faces.manage.panels: is missing; name a panel, or set auto = true",
    ),
    "a face that fills itself and names panels": (
        'panels = [{id = "again"', 'auto = true\npanels = [{id = "again"',
        "faces.manage.panels: a face with auto = true takes in its panels by itself",
    ),
    "the map of a face that does not fill itself": (
        'key = "manage"', 'key = "manage"\nmap = "sample.pulse"', "faces.manage.map: belongs to",
    ),
    "a misspelt map": (
        'panels = [{id = "again", panel = "sample.pulse", at = [0, 0, 12, 6]}]',
        'auto = true\nmap = "sample.map"',
        "faces.manage.map: no panel sample.map; there are",
    ),
    "an id that a face gives itself": ('id = "again"', 'id = "auto_again"', "is the page's own"),
    "no TOML at all": ('title = {zh = "城市墙"', "title = {", "is no TOML"),
}  # fmt: skip


@pytest.mark.parametrize("fault", WRONG)
def test_a_layout_is_refused_with_file_and_key_for(fault: str, tmp_path: Path) -> None:
    old, new, message = WRONG[fault]
    path = write_layout(tmp_path, (old, new))
    with pytest.raises(LayoutError) as refused:
        Layout.load(path, catalogue())
    assert str(refused.value).startswith("layouts/city.toml: ")
    assert message in str(refused.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(LayoutError, match=r"none\.toml: cannot be read"):
        Layout.load(tmp_path / "none.toml", catalogue())


def test_the_text_size_that_the_refusal_names_is_accepted(tmp_path: Path) -> None:
    far = ("distance_mm = 4000", "distance_mm = 14000")
    with pytest.raises(LayoutError, match="set text = ") as refused:
        Layout.load(write_layout(tmp_path, far), catalogue())
    wish = str(refused.value).split("set text = ")[1].split(" ")[0]
    larger = ("rotate_seconds = 60", f"rotate_seconds = 60\ntext = {wish}")
    assert Layout.load(write_layout(tmp_path, far, larger), catalogue()).text == float(wish)


def test_a_layout_keeps_its_key_and_a_digest_of_its_content(tmp_path: Path) -> None:
    one = Layout.load(write_layout(tmp_path), catalogue())
    other = Layout.load(write_layout(tmp_path, ("= 60", "= 61")), catalogue())
    assert one.key == "city"
    assert one.digest != other.digest


def test_all_layouts_of_a_folder_are_loaded_by_key(tmp_path: Path) -> None:
    path = write_layout(tmp_path)
    path.with_name("small.toml").write_bytes(path.read_bytes())
    assert sorted(load_layouts(path.parent, catalogue())) == ["city", "small"]


def test_topics_are_made_of_panel_scope_viewer_and_options(tmp_path: Path) -> None:
    topics = Layout.load(write_layout(tmp_path), catalogue()).topics(VIEWER, "100101")
    assert {slot: topic.key for slot, topic in topics.items()} == {
        "pulse": "sample.pulse|100101|0|zh|",
        "lists": "sample.lists|100101|0|zh|depth=2,order=late",
        "again": "sample.pulse|100101|0|zh|",
    }


def test_sizes_of_text_follow_the_height_of_the_canvas() -> None:
    assert Sizes.of(2160).body == 2 * Sizes.of(1080).body
    small, body, title, great = Sizes.of(1080).as_props().values()
    assert small < body < title < great


def test_sixteen_arcmin_are_37_mm_at_8_m() -> None:
    assert smallest_readable(8000) == pytest.approx(37.2, abs=0.1)
    assert arcmin(37.2, 8000) == pytest.approx(16, abs=0.05)
