"""The walls that come with the product: they load, show all faces, and the map is the largest."""

from functools import cache

import pytest

from commandcenter.host.catalogue import Catalogue
from commandcenter.host.kit import Board, CityMap
from commandcenter.screen.layouts import Face, Layout, load_layouts
from commandcenter.settings import ROOT
from commandcenter.testing import small_catalogue
from tests.plugins.faces import plugin

WALLS = {"city": (3840, 1080), "city-hd": (1920, 1080), "district": (1920, 1080)}
FUNCTIONS = ("watch", "manage", "prevent", "evaluate")
MANAGE = {"city": ("manage", "levels"), "city-hd": ("manage", "levels", "pressed"),
          "district": ("manage", "levels", "pressed")}  # fmt: skip
"""Managing fills more than one face: the cases, the levels acting together, what is pressed."""
NEEDED = {
    "watch": {"channels", "last24", "map", "newest", "pulse"},
    "manage": {
        "cross", "directive_progress", "directives", "four_lists", "late_cells", "levels", "loop",
        "most_overdue", "next_due", "supervised", "units", "whistles",
    },
    "prevent": {"colours", "map", "ranking", "reddened", "trend", "triggers"},
    "evaluate": {"formulas", "league", "scope", "units"},
}
VARIANTS = {"pulse_row": "pulse", "newest_short": "newest", "whistles_short": "whistles"}


@cache
def catalogue() -> Catalogue:
    return small_catalogue(*(plugin(name) for name in (*FUNCTIONS, "tablet")))


@cache
def layouts() -> dict[str, Layout]:
    return load_layouts(ROOT / "layouts", catalogue())


def faces() -> list[tuple[str, Face]]:
    return [(key, face) for key in sorted(WALLS) for face in fixed(key)]


def fixed(wall: str) -> list[Face]:
    """The faces that name their panels; the others fill themselves."""
    return [face for face in layouts()[wall].faces if not face.auto]


@pytest.mark.parametrize("wall", WALLS)
def test_a_wall_loads_with_its_canvas_and_the_four_functions_in_order(wall):
    layout = layouts()[wall]
    assert layout.canvas == WALLS[wall]
    watch, _, *others = FUNCTIONS
    assert tuple(face.key for face in fixed(wall)) == (watch, *MANAGE[wall], *others)
    assert layout.rotate_seconds == 30


def test_only_the_districts_wall_takes_its_cell_from_the_address():
    assert {key: layouts()[key].scope for key in WALLS} == {
        "city": "city", "city-hd": "city", "district": "cell",
    }  # fmt: skip


def test_only_the_districts_wall_ends_with_a_face_for_the_districts_own_plugins():
    assert {key: layouts()[key].faces[-1].auto for key in WALLS} == {
        "city": False, "city-hd": False, "district": True,
    }  # fmt: skip


@pytest.mark.parametrize("wall", WALLS)
def test_the_faces_of_each_function_show_all_that_they_must(wall):
    for function in FUNCTIONS:
        keys = MANAGE[wall] if function == "manage" else (function,)
        faces = [face for face in fixed(wall) if face.key in keys]
        names = [place.panel.split(".") for face in faces for place in face.panels]
        own = {VARIANTS.get(name, name) for plugin_name, name in names if plugin_name == function}
        assert own >= NEEDED[function], function


@pytest.mark.parametrize("wall", WALLS)
def test_a_face_fills_its_grid_without_a_hole(wall):
    for face in fixed(wall):
        taken = sum(place.at[2] * place.at[3] for place in face.panels)
        assert taken == face.columns * face.rows, face.key


@pytest.mark.parametrize("wall", WALLS)
def test_a_map_is_the_largest_of_its_face_and_stands_in_the_middle(wall):
    for face in fixed(wall):
        for place in face.panels:
            if not has(place.panel, CityMap):
                continue
            left, _, width, height = place.at
            assert width * height == max(p.at[2] * p.at[3] for p in face.panels)
            assert left > 0 and left + width < face.columns, "something stands on either side"


def test_no_wall_holds_more_maps_than_a_browser_likes():
    for layout in layouts().values():
        assert sum(has(place.panel, CityMap) for place in layout.places()) <= 2


def test_no_board_is_lower_than_a_few_of_its_lines():
    for key, face in faces():
        row = (layouts()[key].canvas[1] - 90) / face.rows
        for place in face.panels:
            for part in catalogue().panel(place.panel).parts:
                if isinstance(part, Board):
                    assert place.at[3] * row - 75 >= 3 * part.row_height, (key, place.id)


def has(panel: str, kind: type) -> bool:
    return any(isinstance(part, kind) for part in catalogue().panel(panel).parts)
