"""A face that fills itself: which panels it takes in, where they stand, and what stays away."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from commandcenter.api import (
    Board,
    CityMap,
    Column,
    MapLayer,
    Note,
    Panel,
    Part,
    Text,
    hookimpl,
)
from commandcenter.domain.viewers import Clearance, Viewer
from commandcenter.host.catalogue import Catalogue
from commandcenter.host.plugin import PluginState
from commandcenter.host.words import Words
from commandcenter.screen.cell_page import cell_page, cell_topics
from commandcenter.screen.composition import Box, Ground, chunks, local_panels
from commandcenter.screen.layouts import Layout
from commandcenter.screen.tablet import Surroundings
from commandcenter.screen.wall import wall_page
from commandcenter.testing import Plugin, small_catalogue, small_tree
from tests.screen.kit_panels import VIEWER, write_layout
from tests.screen.kit_panels import Hooks as Sample

EAST, WEST, EAST_STREET = "990102", "990103", "990102001"
CANVASES = ((1920, 1080), (3840, 1080), (5760, 1080), (1080, 1920))
AUTO = """
title = {zh = "区"}
canvas = [1920, 1080]
wall = {width_mm = 4000, distance_mm = 4000}
scope = "cell"
[[faces]]
key = "watch"
title = {zh = "观"}
panels = [{id = "pulse", panel = "sample.pulse", at = [0, 0, 24, 12]}]
[[faces]]
key = "own"
title = {zh = "专题", en = "District"}
auto = true
map = "sample.map"
"""
TREE = small_tree()


class Panels:
    """Hooks with so many panels."""

    def __init__(self, name: str, count: int) -> None:
        self._keys = [f"{name}.p{at:02d}" for at in range(count)]

    @hookimpl
    def register_panels(self) -> Sequence[Panel]:
        return [Panel(key, Text(key), (Note("note"),), lambda view: {}) for key in self._keys]


class Core(Sample):
    """The panels of the core, with a map."""

    @hookimpl
    def register_panels(self) -> Sequence[Panel]:
        mapped = Panel("sample.map", Text("图"), (CityMap("map"),), lambda view: {})
        return [*super().register_panels(), mapped]


def catalogue(**counts: int) -> Catalogue:
    """Return a catalogue in which districts have plugins with so many panels."""
    own = [
        Plugin.of(Panels(name, count), name, ["panels"], [EAST if name == "east" else WEST])
        for name, count in counts.items()
    ]
    core = Plugin.of(Core(), "sample", ["panels"], core=True)
    return small_catalogue(core, *own)


def with_layers(made: Catalogue, *keys: str) -> Catalogue:
    """Return a catalogue in which these panels draw on the map."""
    return with_part(made, MapLayer("layer"), *keys)


def with_part(made: Catalogue, part: Part, *keys: str) -> Catalogue:
    """Return a catalogue in which these panels have one part more."""
    found = {
        key: replace(panel, parts=(*panel.parts, part)) if key in keys else panel
        for key, panel in made.panels.items()
    }
    return made.model_copy(update={"panels": found})


def layout(folder: Path, made: Catalogue, text: str = AUTO) -> Layout:
    path = folder / "layouts" / "district.toml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return Layout.load(path, made)


def fields(boxes: Sequence[Box]) -> list[tuple[int, int]]:
    return [(c + x, r + y) for c, r, w, h in boxes for x in range(w) for y in range(h)]


@pytest.mark.parametrize("canvas", CANVASES, ids=str)
@pytest.mark.parametrize("count", range(1, 13))
def test_any_number_of_panels_fills_the_grid_without_a_hole(
    count: int, canvas: tuple[int, int]
) -> None:
    ground = Ground(canvas, 24, 12)
    boxes = ground.boxes(count)
    assert len(boxes) == count
    assert sorted(fields(boxes)) == [(c, r) for c in range(24) for r in range(12)]
    if canvas == (1920, 1080):
        assert min(width for _, _, width, _ in boxes) >= 6, "a quarter of the screen"
        assert min(height for _, _, _, height in boxes) >= 4


@pytest.mark.parametrize("canvas", CANVASES[:3], ids=str)
@pytest.mark.parametrize("count", range(1, 9))
def test_around_the_map_it_stays_the_largest_and_nothing_overlaps(
    count: int, canvas: tuple[int, int]
) -> None:
    ground = Ground(canvas, 24, 12)
    middle, boxes = ground.around_map(count)
    assert count <= ground.room
    assert sorted(fields([middle, *boxes])) == [(c, r) for c in range(24) for r in range(12)]
    assert middle[2] * middle[3] >= max(width * height for _, _, width, height in boxes)


def test_more_panels_than_a_face_holds_make_another_and_the_map_stands_once(
    tmp_path: Path,
) -> None:
    made = with_layers(catalogue(east=15), "east.p14")
    faces = layout(tmp_path, made).filled(made, TREE, EAST).faces
    assert [face.key for face in faces] == ["watch", "own", "own2"]
    assert [face.title.zh for face in faces] == ["观", "专题", "专题 2"]
    assert [len(face.panels) for face in faces] == [1, 1 + 8, 7]
    assert [place.id for place in faces[1].panels][:2] == ["auto_own_map", "auto_own_0"]
    assert faces[1].panels[-1].panel == "east.p14"
    assert len({place.id for face in faces for place in face.panels}) == 17


def test_a_board_with_many_columns_gets_the_broad_place(tmp_path: Path) -> None:
    columns = tuple(Column(f"c{at}", Text("列")) for at in range(6))
    made = with_part(catalogue(east=3), Board("board", columns=columns), "east.p01")
    face = layout(tmp_path, made).filled(made, TREE, EAST).faces[1]
    assert [(place.panel, place.at[2]) for place in face.panels] == [
        ("east.p01", 24), ("east.p00", 12), ("east.p02", 12),
    ]  # fmt: skip


def test_a_face_takes_in_what_serves_the_cell_and_is_not_placed_elsewhere(tmp_path: Path) -> None:
    made = catalogue(east=2, west=1)
    hung = layout(tmp_path, made, AUTO.replace("sample.pulse", "east.p00"))
    for code, expected in ((EAST, ["east.p01"]), (EAST_STREET, ["east.p01"]), (WEST, ["west.p00"])):
        face = hung.filled(made, TREE, code).faces[1]
        assert [place.panel for place in face.panels] == expected
        assert face.panels[0].at == (0, 0, 24, 12)
        assert f"auto_{face.key}_0" in hung.filled(made, TREE, code).topics(VIEWER, code)


def test_a_face_with_nothing_to_show_is_left_out_and_its_tab_too(tmp_path: Path) -> None:
    made = catalogue(east=1)
    hung = layout(tmp_path, made).filled(made, TREE, WEST)
    assert [face.key for face in hung.faces] == ["watch"]
    stage = wall_page(hung, VIEWER, made, WEST, Words("zh", []))
    assert stage.faces == ["watch"]
    assert [face["key"] for face in stage.children[1].faces] == ["watch"]


def test_layouts_follow_the_catalogue_they_are_asked_with(tmp_path: Path) -> None:
    before, after = catalogue(east=1), catalogue(east=3)
    hung = layout(tmp_path, before)
    assert len(hung.filled(before, TREE, EAST).faces[1].panels) == 1
    assert len(hung.filled(after, TREE, EAST).faces[1].panels) == 3


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (None, "没有插件 gone"),
        (PluginState("gone", "1", Text("积水"), "区", "failed", "no module"),
         "插件 gone 未启用 · no module"),
    ],
)  # fmt: skip
def test_a_panel_whose_plugin_is_not_in_use_is_a_failed_tile_that_says_why(
    state: PluginState | None, reason: str, tmp_path: Path
) -> None:
    made = catalogue()
    if state:
        made = made.model_copy(update={"plugins": (*made.plugins, state)})
    hung = Layout.load(write_layout(tmp_path, ("sample.lists", "gone.lists")), made)
    _, _, watch, _ = wall_page(hung, VIEWER, made, "990100", Words("zh", [])).children
    gone = watch.children[1]
    assert (gone.id, gone.state, gone.reason) == ("lists", "failed", reason)
    assert gone.title == ("积水" if state else "gone.lists")
    assert "lists" not in hung.topics(VIEWER, "990100"), "no worker can say more"


def test_a_refused_plugin_has_a_tile_on_the_walls_and_tablets_of_its_district_alone(
    tmp_path: Path,
) -> None:
    broken = PluginState("broken", "1", Text("坏"), "区", "failed", "line 3", districts=(EAST,))
    unknown = PluginState("unknown", "", Text("unknown"), "", "failed", "no manifest")
    fed = replace(broken, name="fed", provides=("sources",))
    made = catalogue(east=1)
    made = made.model_copy(update={"plugins": (*made.plugins, broken, unknown, fed)})
    hung = layout(tmp_path, made).filled(made, TREE, EAST)
    assert [place.panel for place in hung.faces[1].panels] == ["broken.refused", "east.p00"]
    *_, own = wall_page(hung, VIEWER, made, EAST, Words("zh", [])).children
    broken_tile = own.children[0]
    assert (broken_tile.state, broken_tile.reason) == ("failed", "插件 broken 未启用 · line 3")
    assert "auto_own_0" not in hung.topics(VIEWER, EAST)
    assert len(layout(tmp_path, made).filled(made, TREE, WEST).faces) == 1
    viewer = Viewer("test", EAST, *TREE.range_of(EAST), Clearance.STAFF)
    around = Surroundings(TREE, made, viewer, Words("zh", []), "build")
    assert "line 3" in str(cell_page(around, EAST).to_plotly_json())
    assert [topic.panel for topic in cell_topics(around, EAST).values()] == ["east.p00"]


def test_a_wall_of_nothing_else_says_of_every_refused_plugin_why(tmp_path: Path) -> None:
    unknown = PluginState("unknown", "", Text("unknown"), "", "failed", "no manifest")
    made = catalogue()
    made = made.model_copy(update={"plugins": (*made.plugins, unknown)})
    only = AUTO[: AUTO.index("[[faces]]")] + AUTO[AUTO.rindex("[[faces]]") :]
    (face,) = layout(tmp_path, made, only).filled(made, TREE, WEST).faces
    assert [place.panel for place in face.panels] == ["unknown.refused"]


def test_the_tablet_has_a_section_with_the_panels_of_the_district() -> None:
    made = catalogue(east=2, west=1)
    viewer = Viewer("test", "990100", *TREE.range_of("990100"), Clearance.STAFF)
    around = Surroundings(TREE, made, viewer, Words("zh", []), "build")
    topics = cell_topics(around, EAST_STREET)
    assert {slot: topic.panel for slot, topic in topics.items()} == {
        "local_0": "east.p00", "local_1": "east.p01",
    }  # fmt: skip
    page = str(cell_page(around, EAST_STREET).to_plotly_json())
    assert "专题" in page and "local_1-note" in page
    assert "专题" not in str(cell_page(around, "990100").to_plotly_json())


def test_panels_of_the_core_are_nobodys_own() -> None:
    made = catalogue(east=1)
    assert [panel.key for panel in local_panels(made, TREE, TREE.position[EAST])] == ["east.p00"]
    assert chunks([], Ground((1920, 1080), 24, 12)) == []
