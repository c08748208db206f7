"""The tabs of a cell's page, the way to its siblings, the search, and what hangs on a case."""

from __future__ import annotations

from dataclasses import replace

import pytest
from dash.development.base_component import Component

from commandcenter.cases.desk_file import Part
from commandcenter.cases.photos import Photo
from commandcenter.cases.queues import QueueLine
from commandcenter.domain.cases import State
from commandcenter.domain.checks import Checked, Finding
from commandcenter.domain.coordination import CallState
from commandcenter.domain.rights import Block
from commandcenter.domain.viewers import Clearance
from commandcenter.host.coordination import CallLine, WhistleLine
from commandcenter.screen.case_next import NEXT
from commandcenter.screen.case_page import case_body, case_page
from commandcenter.screen.cell_field import LastSeen
from commandcenter.screen.cell_page import cell_page, cell_topics
from commandcenter.screen.cell_tabs import TABS, Look
from commandcenter.screen.search_page import Found, search_page
from commandcenter.testing.stored import MONDAY
from tests.screen.tablet_pages import (
    CITY,
    EAST,
    LEAF,
    STREET,
    TREE,
    around,
    case,
    links,
    parts,
    text,
)


def test_each_tab_listens_to_its_own_panels_and_is_a_place_in_the_address() -> None:
    seen = around()
    for key in TABS:
        look = Look(key)
        page = parts(cell_page(seen, STREET, look))
        (stream,) = [part for part in page if getattr(part, "id", "") == "stream"]
        topics = cell_topics(seen, STREET, look)
        assert set(stream.slots) == {topic.id for topic in topics.values()}
        assert ("tab=" + key in stream.url) == (key != "now")
    chosen = [tab for tab in parts(cell_page(seen, STREET, Look("record"))) if is_chosen(tab)]
    assert text(chosen[0]) == "成绩"
    assert "counts" not in cell_topics(seen, STREET, Look("record"))


def test_the_tab_of_the_field_has_the_last_checks_with_their_photos() -> None:
    photo = Photo(7, "d" * 64, 40, 60, 0, None, None, "chief", MONDAY, None, None)
    check = Checked(MONDAY, "chief", Finding.EASED, "两组人已到场", MONDAY, 7)
    bare = Checked(MONDAY, "", Finding.STANDS, "", MONDAY)
    last = LastSeen((), (check, bare), {7: photo})
    page = parts(cell_page(around(), STREET, Look("field"), last))
    (shown,) = [part for part in page if getattr(part, "className", "") == "cc-checks"]
    assert "已在控制" in text(shown) and "两组人已到场" in text(shown) and "风险仍在" in text(shown)
    assert [part.src for part in parts(shown) if getattr(part, "src", "")] == [photo.thumb]
    unseen = replace(around().viewer, given=frozenset({Block.CASES}))
    page = parts(cell_page(replace(around(), viewer=unseen), STREET, Look("field"), last))
    assert not [part for part in page if getattr(part, "className", "") == "cc-checks"]


def is_chosen(part: Component) -> bool:
    said = part.to_plotly_json()["props"]
    return said.get("aria-current") == "true"


@pytest.mark.parametrize(
    ("query", "look", "path"),
    [
        ({}, Look(), "/cell/990102"),
        ({"tab": "record"}, Look("record"), "/cell/990102?tab=record"),
        ({"tab": "cases", "show": "due"}, Look("cases", "due"), "/cell/990102?tab=cases&show=due"),
        ({"tab": "x", "show": "<y>"}, Look(), "/cell/990102"),
    ],
)
def test_an_address_says_which_tab_and_which_cases(
    query: dict[str, str], look: Look, path: str
) -> None:
    assert Look.of(query) == look
    assert look.path(EAST) == path
    assert Look.of(look.query) == look


def test_the_tab_of_cases_shows_those_that_are_chosen() -> None:
    topics = cell_topics(around(), STREET, Look("cases", "supervised"))
    assert topics["cases"].panel == "tablet.supervised"


def test_siblings_are_beside_the_cell_in_the_same_tab() -> None:
    page = cell_page(around(), "990103", Look("record"))
    (opened,) = [part for part in parts(page) if type(part).__name__ == "Details"]
    assert links(opened) == [f"/cell/{c}?tab=record" for c in (EAST, "990103", "990105")]
    steps = [p.href for p in parts(page) if getattr(p, "className", "") == "cc-step"]
    assert steps == [f"/cell/{EAST}?tab=record", "/cell/990105?tab=record"]


def test_nobody_is_led_to_or_told_of_cells_beside_the_own_scope() -> None:
    page = cell_page(around(EAST), EAST, Look("record"))
    assert not [link for link in links(page) if "990103" in link]
    assert "siblings" not in cell_topics(around(EAST), EAST, Look("record"))
    inside = cell_topics(around(EAST), STREET, Look("record"))
    assert inside["siblings"].scope == EAST


def test_what_lies_in_a_block_that_the_viewer_lacks_is_on_no_tab() -> None:
    seen = around()
    seen = replace(seen, viewer=replace(seen.viewer, given=frozenset({Block.CASES})))
    page = cell_page(seen, EAST)
    assert "王某" not in text(page)
    titles = [text(tab) for tab in parts(page) if "?tab=" in getattr(tab, "href", "")]
    assert "人员" not in titles and "成绩" not in titles and "案件" in titles
    assert "map" not in cell_topics(seen, EAST)


def test_a_case_says_what_is_next_and_who_has_it() -> None:
    (line,) = [p for p in parts(case_body(around(), case())) if p_class(p) == "next"]
    assert "等待责任单位接办" in text(line) and "东湖区环卫中心" in text(line)
    filed = case(state=State.FILED, unit=None, depth=1)
    (line,) = [p for p in parts(case_body(around(), filed)) if p_class(p) == "next"]
    assert "等待派遣" in text(line) and "值班台" in text(line)


def p_class(part: Component) -> str:
    return getattr(part, "className", None) or ""


@pytest.mark.parametrize("state", State)
def test_what_is_next_is_said_for_every_state(state: State) -> None:
    assert NEXT[state].zh and NEXT[state].en


def test_only_photos_of_this_server_are_shown_in_the_page() -> None:
    photo = Photo(7, "ab" * 32, 800, 600, 0, 7, None, "李四", MONDAY, None, None)
    file = replace(case(attachments=("/photos/7", "https://example.org/9.jpg")), photos=(photo,))
    body = case_body(around(), file)
    pictures = [part.src for part in parts(body) if type(part).__name__ == "Img"]
    assert pictures == [f"/photos/7/thumb?v={'ab' * 6}"]
    assert links(body).count("/photos/7") == 1
    assert "https://example.org/9.jpg" in links(body)


def test_a_case_has_its_place_on_a_map_of_what_the_viewer_sees() -> None:
    for scope, shown in ((CITY, f"{STREET}001"), (LEAF, LEAF)):
        page = parts(case_page(around(scope), case(lng=113.5, lat=34.5)))
        (city_map,) = [part for part in page if getattr(part, "id", "") == "case-map"]
        (layer,) = [part for part in page if getattr(part, "id", "") == "case-at"]
        assert city_map.scope == shown
        assert (layer.value["points"][0]["lng"], layer.value["points"][0]["lat"]) == (113.5, 34.5)


def test_units_that_share_a_case_and_those_whistled_for_are_named() -> None:
    part = Part("990102-hw", True, "清运", "acting", MONDAY, None, None, "")
    called = CallLine("990102-cg", CallState.CALLED, MONDAY, None, True)
    whistle = WhistleLine(1, "夜市占道", 0, 2, "", "", MONDAY, MONDAY, "open", 7, (called,))
    said = text(case_body(around(), replace(case(), parts=(part,), whistles=(whistle,))))
    assert "牵头" in said and "清运" in said and "夜市占道" in said and "未报到" in said


def test_a_search_shows_cells_before_cases_and_its_box_on_every_page() -> None:
    line = QueueLine(
        7, "张三家门口有垃圾", "app", "E0101", TREE.position[LEAF], None, State.FILED, 0, MONDAY,
        MONDAY, None, None, False, 0, 1,
    )  # fmt: skip
    found = Found([TREE.position[EAST]], [line], {7: "138****0000"})
    page = search_page(around(), "东湖", found)
    assert [x for x in links(page) if x in (f"/cell/{EAST}", "/case/7")] == [
        f"/cell/{EAST}", "/case/7",
    ]  # fmt: skip
    assert "138****0000" in text(page)
    public = search_page(around(clearance=Clearance.PUBLIC), "东湖", found)
    assert "张三" not in text(public)
    nothing = search_page(around(), "<b>", Found())
    assert "没有找到" in text(nothing)
    for page in (cell_page(around(), EAST), case_page(around(), case()), nothing):
        assert [part for part in parts(page) if type(part).__name__ == "Search"]
