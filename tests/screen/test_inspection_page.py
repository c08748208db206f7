"""The page of an inspection: what it says of findings, and what it listens to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from dash.development.base_component import Component

from commandcenter.cases.inspection_file import InspectionFile
from commandcenter.domain.cases import State
from commandcenter.domain.clocks import HOUR
from commandcenter.domain.inspections import InspectionAct
from commandcenter.domain.roles import Role
from commandcenter.domain.viewers import Clearance
from commandcenter.screen.inspection_bar import bar, of_case, of_cell
from commandcenter.screen.inspection_map import stops
from commandcenter.screen.inspection_page import (
    MOST_TOPICS,
    inspection_body,
    inspection_page,
    inspection_topics,
    inspections_page,
)
from commandcenter.screen.tablet import Surroundings
from commandcenter.testing import small_catalogue
from commandcenter.testing.stored import MONDAY
from tests.plugins.faces import plugin
from tests.screen.test_inspection_report import CELLS, TREE, around, finding, step, walked


def listening() -> Surroundings:
    """A city with the panels of tablets."""
    return replace(around(), catalogue=small_catalogue(plugin("tablet")))


def file(*findings: Any, many: int = 2) -> InspectionFile:
    return InspectionFile(walked(many).inspection, findings)


def within(component: Any) -> Iterator[Component]:
    if isinstance(component, list | tuple):
        for each in component:
            yield from within(each)
    elif isinstance(component, Component):
        yield component
        yield from within(getattr(component, "children", None))


def said(component: Any) -> str:
    found = [getattr(one, "children", None) for one in within(component)]
    flat = [each for one in found for each in (one if isinstance(one, list) else [one])]
    return " ".join(each for each in flat if isinstance(each, str))


def test_each_finding_says_how_it_stands_and_what_is_overdue_is_marked() -> None:
    findings = (finding(7, State.HANDLING, MONDAY + HOUR), finding(8, State.CLOSED, None))
    body = inspection_body(around(), file(*findings), MONDAY + 2 * HOUR)
    words = said(body)
    for part in ("发现 2 件", "未结 1 件", "超时 1 件", "处置中", "结案", "案件 7", "积水"):
        assert part in words, part
    rows = [one for one in within(body) if "tone-" in str(getattr(one, "className", ""))]
    assert [one.className for one in rows] == ["tone-red", "tone-good"]


def test_a_report_is_offered_when_it_is_over() -> None:
    over = file()
    line = replace(over.inspection.line, ended_at=None)
    runs = replace(over, inspection=replace(over.inspection, line=line))
    links = [[getattr(one, "href", None) for one in within(inspection_body(around(), each, MONDAY))]
             for each in (over, runs)]  # fmt: skip
    assert "/inspections/12/report.pdf" in links[0]
    assert "/inspections/12/report.pdf" not in links[1]
    assert "/inspections" in links[1]


def test_it_hears_where_open_findings_lie_and_nowhere_else() -> None:
    here = listening()
    open_, closed = finding(1, State.FILED, None), finding(2, State.CLOSED, None)
    topics = inspection_topics(here, file(open_, replace(closed, cell=CELLS[5])))
    assert [topic.scope for topic in topics.values()] == [TREE.cells[CELLS[0]].code]
    assert inspection_topics(here, file(closed)) == {}
    assert "leader" not in "".join(topic.key for topic in topics.values())


def test_it_hears_few_places_that_hold_all_open_findings() -> None:
    everywhere = [
        replace(finding(at, State.FILED, None), cell=at) for at in range(1, len(TREE), 2)
    ]
    topics = inspection_topics(listening(), file(*everywhere))
    assert 0 < len(topics) <= MOST_TOPICS
    heard = [TREE.range_of(topic.scope) for topic in topics.values()]
    for one in everywhere:
        assert any(first <= one.cell <= last for first, last in heard), one.cell
    page = inspection_page(listening(), file(*everywhere), MONDAY)
    assert {f"{slot}-moves" for slot in topics} <= {getattr(c, "id", "") for c in within(page)}


def test_the_map_numbers_the_places_and_marks_what_was_found() -> None:
    spots = stops(around(), file(finding(1, State.FILED, None), finding(2, State.CLOSED, None)))
    assert [spot["label"][0] for spot in spots if "label" in spot] == ["1", "2"]
    assert [spot["tone"] for spot in spots] == ["blue", "blue", "red", "good"]


def test_visits_stand_in_their_order_with_their_first_time() -> None:
    given = file()
    steps = (step(0, InspectionAct.START, CELLS[1]), step(5, InspectionAct.VISIT, CELLS[0]),
             step(9, InspectionAct.VISIT, CELLS[1]))  # fmt: skip
    seen = replace(given, inspection=replace(given.inspection, steps=steps))
    assert seen.inspection.visited == (CELLS[1], CELLS[0])
    words = said(inspection_body(around(), seen, MONDAY))
    assert "10:05" in words and "10:09" not in words


def test_lists_lead_to_each_inspection_and_say_what_is_left() -> None:
    line = replace(walked(3).inspection.line, open_findings=2)
    page = inspections_page(around(), [line], [replace(line, id=13, is_mine=False)])
    links = [getattr(one, "href", "") for one in within(page)]
    assert {"/inspection/12", "/inspection/13"} <= set(links)
    assert "发现 3 件，未结 2 件" in said(page)
    assert "还没有巡查" in said(inspections_page(around(), [], []))


def test_only_who_may_inspect_is_offered_to() -> None:
    leader = replace(around().viewer, role=Role.LEADER)
    words = around().words
    assert of_cell(leader, words, "990102", "东湖区") and of_case(leader, words, 7)
    assert bar(leader, words, "cell 990102", "东湖区")
    others = (
        replace(leader, role=Role.UNIT_OFFICER), replace(leader, role=None),
        replace(leader, clearance=Clearance.PUBLIC), replace(leader, kind="wall"),
    )  # fmt: skip
    for viewer in others:
        assert bar(viewer, words, "cell 990102", "东湖区") == []
        assert of_cell(viewer, words, "990102", "东湖区") == of_case(viewer, words, 7) == []
