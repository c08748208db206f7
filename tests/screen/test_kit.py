"""Parts become components, and the scripts have a function for each and words for all they say."""

import re
from pathlib import Path
from typing import Any, get_args

import pytest

from commandcenter.api import CityMap, Legend, Note, Number, Text
from commandcenter.host.kit import AnyPart
from commandcenter.screen import kit
from commandcenter.screen.field_bar import FIELD_WORDS
from commandcenter.screen.frames import grid_rows, tile
from commandcenter.screen.kit import KitComponent, draw
from commandcenter.screen.wall import SCREEN_WORDS
from commandcenter.settings import ROOT
from tests.screen.kit_gallery import PANELS
from tests.screen.kit_panels import LISTS, PULSE, catalogue

ASSETS = ROOT / "assets"
SEEN = ROOT / "commandcenter" / "web" / "static" / "sw-seen.js"
SHOWN = [part for panel in PANELS.values() for part in panel.parts]
PARTS = list({part.kind: part for part in [*PULSE.parts, *LISTS.parts, *SHOWN]}.values())


def scripts(names: str = "*.js") -> str:
    """Return all scripts of such names as one text."""
    return "\n".join(path.read_text() for path in sorted(ASSETS.glob(names)))


def spoken(text: str) -> set[str]:
    """What is given to `say`, or to what says it for a reason."""
    return set(re.findall(r"(?:cc\.say|\blate)\(\s*'([^']+)'", text.replace('"', "'")))


def props(component: Any) -> dict[str, Any]:
    """Return what the page gets of a component."""
    return dict(component.to_plotly_json()["props"])


def test_the_gallery_has_every_part() -> None:
    assert {part.kind for part in SHOWN} == {kind.__name__ for kind in get_args(AnyPart)}


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.kind)
def test_every_part_has_a_component_of_its_name(part: AnyPart) -> None:
    drawn = draw(part, f"slot-{part.name}", "zh").to_plotly_json()
    assert (drawn["namespace"], drawn["type"]) == ("cc_kit", part.kind)
    assert drawn["props"]["id"] == f"slot-{part.name}"


def test_every_component_has_a_function_in_the_scripts() -> None:
    names = [cls.__name__ for cls in KitComponent.__subclasses__()]
    assert len(names) > 10
    drawn = set(re.findall(r"kit\.(\w+) = (?:cc\.guarded\()?\(props\)", scripts()))
    assert [name for name in names if name not in drawn] == []


@pytest.mark.parametrize("kind", get_args(AnyPart), ids=lambda kind: kind.__name__)
def test_every_part_is_guarded_against_its_own_faults(kind: Any) -> None:
    name = kind.__name__
    assert f"kit.{name} = cc.guarded(" in scripts() or f"{name}: window.cc.guarded(" in scripts()


def test_what_the_scripts_say_can_be_translated() -> None:
    forms = scripts("field-*.js")
    shared = scripts("ago.js") + SEEN.read_text("utf-8")  # without the page, which has `cc`
    said = spoken("".join(scripts().split(forms))) | spoken(shared.replace(" say(", " cc.say("))
    named = set(re.findall(r"(?:red|yellow|blue): '([^' ]+ [^']+)'", scripts())) - said
    drawn = {words for words in named if not re.match(r"M[\d.]", words)}
    assert said | drawn == set(SCREEN_WORDS)
    assert spoken(forms) == set(FIELD_WORDS)


def test_a_component_refuses_a_property_it_does_not_have() -> None:
    with pytest.raises(TypeError, match="colour"):
        kit.Number(id="a", colour="red")


def test_titles_are_in_the_viewers_language() -> None:
    part = Number("open", Text("在办", "Open"), unit=Text("件", "cases"))
    assert (props(draw(part, "a", "en"))["title"], props(draw(part, "a", "en"))["unit"]) == (
        "Open",
        "cases",
    )
    assert props(draw(part, "a", "zh"))["title"] == "在办"


def test_a_layout_may_fix_the_level_of_a_map() -> None:
    assert "depth" not in props(draw(CityMap("map"), "a", "zh", depth=None))
    assert props(draw(CityMap("map"), "a", "zh", depth=5))["depth"] == 5


def test_a_tile_frames_the_parts_of_its_panel() -> None:
    made = tile(catalogue().panel("sample.pulse"), "pulse", "en", (0, 0, 6, 6))
    assert (made.id, made.title, made.interval, made.place) == ("pulse", "Today", 2, [0, 0, 6, 6])
    assert [part.id for part in made.children] == [
        "pulse-reported", "pulse-share", "pulse-bars", "pulse-legend", "pulse-note",
    ]  # fmt: skip


def test_a_row_with_a_growing_part_takes_the_height_that_is_left() -> None:
    assert grid_rows(PULSE.parts, 2) == "auto minmax(0, 1fr) auto auto"
    assert grid_rows((Legend("a"), Note("b"), Note("c")), 2) == "repeat(2, minmax(0, 1fr))"
    assert grid_rows((Note("a", span=9),), 2) == "repeat(1, minmax(0, 1fr))"
    assert grid_rows((), 2) == ""


def test_nothing_that_is_served_comes_from_elsewhere() -> None:
    styles = "".join(path.read_text() for path in ASSETS.glob("kit*.css"))
    assert not re.search(r"https?:|//[a-z]+\.", styles + scripts().replace("www.w3.org", ""))
    for name in re.findall(r"url\(([^)]+)\)", styles):
        assert (ASSETS / name).is_file()


def test_the_fonts_are_small_and_have_their_licence() -> None:
    fonts = list((ASSETS / "fonts").glob("*.woff2"))
    assert 0 < sum(path.stat().st_size for path in fonts) < 5_000_000
    assert "SIL Open Font License" in Path(ASSETS / "fonts" / "OFL.txt").read_text()
