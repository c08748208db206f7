"""What the pages for tablets are made of, without a browser: places, topics, clearance, clocks."""

from __future__ import annotations

from dataclasses import replace

import pytest

from commandcenter.domain.cases import Command, State
from commandcenter.domain.clocks import HOUR
from commandcenter.domain.viewers import Clearance
from commandcenter.screen.case_clock import clock_of
from commandcenter.screen.case_page import case_body, case_page, case_topics, title_of
from commandcenter.screen.cell_page import cell_page, cell_topics
from commandcenter.screen.tablet import switches
from commandcenter.screen.tablet_kit import Grid, Lines
from commandcenter.screen.tablet_kit import Limit as LimitPart
from commandcenter.screen.timeline import COMMAND_TITLES
from commandcenter.testing import small_catalogue
from commandcenter.testing.city import MATTERS
from commandcenter.testing.stored import MONDAY
from tests.screen.tablet_pages import (
    CALENDAR,
    CITY,
    EAST,
    LEAF,
    STREET,
    around,
    case,
    links,
    parts,
    text,
)


def test_a_cells_page_leads_to_every_ancestor_within_the_scope() -> None:
    whole = links(cell_page(around(), LEAF))
    assert [f"/cell/{code}" for code in (CITY, EAST, STREET)] == whole[:3]
    within = links(cell_page(around(EAST), LEAF))
    assert within[0] == f"/cell/{EAST}"
    assert f"/cell/{CITY}" not in within


def test_the_topics_of_a_page_are_those_its_stream_fills() -> None:
    for code in (CITY, LEAF):
        page = cell_page(around(), code)
        (stream,) = [part for part in parts(page) if getattr(part, "id", "") == "stream"]
        topics = cell_topics(around(), code)
        assert stream.slots == {topic.id: [slot] for slot, topic in topics.items()}
        tiles = {part.id for part in parts(page) if type(part).__name__ == "Tile"}
        assert tiles == set(topics)


def test_topics_are_of_the_cell_and_of_the_viewers_clearance_and_language() -> None:
    topics = cell_topics(around(clearance=Clearance.STAFF, language="en"), STREET).values()
    assert {(t.scope, t.clearance, t.language) for t in topics} == {(STREET, 1, "en")}


def test_a_cell_without_children_has_no_table_of_them() -> None:
    assert "children" in cell_topics(around(), STREET)
    assert not {"children", "chiefs"} & set(cell_topics(around(), LEAF))
    assert not [part for part in parts(cell_page(around(), LEAF)) if isinstance(part, Grid)]


def test_panels_that_no_plugin_brings_are_left_out() -> None:
    bare = replace(around(), catalogue=small_catalogue())
    assert cell_topics(bare, CITY) == {}
    assert "小城市" in text(cell_page(bare, CITY))
    assert case_topics(bare, case()) == {}


def test_the_cells_below_are_a_table_and_the_cases_lines() -> None:
    page = parts(cell_page(around(), CITY))
    assert [part.id for part in page if isinstance(part, Grid)] == ["children-cells"]
    lines = [part.id for part in page if isinstance(part, Lines)]
    assert lines == ["overdue-cases", "reds-cells"]


def test_a_chief_is_named_to_staff_and_marked_where_made_up() -> None:
    page = cell_page(around(clearance=Clearance.STAFF), EAST)
    assert "王某(演示)" in text(page)
    assert "tel:100-0000-0000" in links(page)
    public = cell_page(around(clearance=Clearance.PUBLIC), EAST)
    assert "王某" not in text(public)
    assert not [link for link in links(public) if link.startswith("tel:")]


def test_a_case_is_called_by_its_matter_where_persons_must_not_be_named() -> None:
    assert title_of(around(clearance=Clearance.STAFF), case().case) == "张三家门口有垃圾"
    public = around(clearance=Clearance.PUBLIC)
    assert title_of(public, case().case) == "暴露垃圾"
    assert "张三" not in text(case_page(public, case()))


def test_the_reporter_is_hidden_below_the_clearance_for_personal_data() -> None:
    shown = case_body(around(), case())
    assert "张三" in text(shown)
    assert "13800000000" in text(shown)
    hidden = case_body(around(clearance=Clearance.STAFF), case())
    assert "已隐去" in text(hidden)
    assert "13800000000" not in str(hidden)


def test_a_case_listens_to_moves_where_it_lies() -> None:
    (topic,) = case_topics(around(), case()).values()
    assert (topic.panel, topic.scope) == ("tablet.moves", LEAF)


def test_the_timeline_says_when_who_what_and_why_the_latest_first() -> None:
    (timeline,) = [p for p in parts(case_body(around(), case())) if type(p).__name__ == "Ol"]
    said = [text(line) for line in timeline.children]
    assert [line.split()[2] for line in said] == ["派遣", "立案", "上报"]
    assert "李四" in said[0] and "请尽快" in said[0] and "东湖区环卫中心" in said[0]
    assert "按规则自动" in said[1] and "按时" in said[1]


@pytest.mark.parametrize("command", Command)
def test_every_command_has_a_name_on_the_timeline(command: Command) -> None:
    assert COMMAND_TITLES[command].zh and COMMAND_TITLES[command].en


@pytest.mark.parametrize(
    ("address", "href"),
    [
        ("https://example.org/a/photo.jpg", "https://example.org/a/photo.jpg"),
        ("javascript:alert(1)", None),
        ("data:text/html,<script>", None),
        ("http://[broken", None),
        ("photo.jpg", None),
    ],
)
def test_only_web_addresses_become_links(address: str, href: str | None) -> None:
    body = case_body(around(), case(attachments=(address,)))
    outside = [link for link in links(body) if not link.startswith("tel:")]
    assert outside == ([href] if href else [])
    assert href or address in text(body)


def test_a_clock_in_working_time_is_yellow_after_70_percent_of_the_working_time() -> None:
    file = case()
    clock = clock_of(file.case, file.steps, MATTERS[0], CALENDAR)
    assert clock is not None
    # Monday 10:00 and 5.6 of 8 working hours, with the break from 12 to 14.
    assert (clock.start, clock.warn) == (MONDAY, MONDAY + round(7.6 * HOUR))


def test_a_clock_that_a_source_set_is_yellow_after_70_percent_of_the_way() -> None:
    file = case(due=MONDAY + 10 * HOUR, matter=None)
    clock = clock_of(file.case, file.steps, None, CALENDAR)
    assert clock is not None
    assert clock.warn == MONDAY + 7 * HOUR


def test_the_handlings_clock_runs_from_the_last_dispatch_on() -> None:
    file = case(state=State.HANDLING, since=MONDAY + HOUR)
    clock = clock_of(file.case, file.steps, MATTERS[0], CALENDAR)
    assert clock is not None
    assert clock.start == MONDAY


@pytest.mark.parametrize("state", [State.CLOSED, State.REJECTED, State.SUSPENDED])
def test_a_case_without_a_limit_has_no_clock(state: State) -> None:
    file = case(state=state, due=None)
    assert clock_of(file.case, file.steps, MATTERS[0], CALENDAR) is None
    body = case_body(around(), file)
    assert not [part for part in parts(body) if isinstance(part, LimitPart)]


def test_the_foot_leads_persons_to_their_account_and_keys_nowhere() -> None:
    person = around(language="en")
    key = replace(person, viewer=replace(person.viewer, kind="wall"))
    of_person, of_key = switches(person), switches(key)
    assert {"title": "My account", "href": "/account"} in of_person.links
    assert of_person.leave == "Sign out"
    assert "/account" not in [link["href"] for link in of_key.links]
    assert getattr(of_key, "leave", None) is None


def test_pages_speak_english() -> None:
    english = around(language="en")
    page = text([cell_page(english, LEAF), case_page(english, case())])
    assert "What was done" in page and "Dispatched" in page and "households" in page
