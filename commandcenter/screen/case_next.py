"""What is next for a case and who has it, in one line: what a leader asks first."""

from collections.abc import Mapping
from typing import Any

from dash import html
from dash.development.base_component import Component

from commandcenter.cases.queries import Case
from commandcenter.domain.cases import OPEN, State
from commandcenter.domain.text import Text
from commandcenter.screen.tablet import Surroundings, chief

S = State
NEXT: Mapping[State, Text] = {
    S.REPORTED: Text("等待立案", "To be filed"),
    S.REJECTED: Text("不予立案，已了结", "Rejected: nothing more to do"),
    S.FILED: Text("等待派遣", "To be dispatched"),
    S.DISPATCHED: Text("等待责任单位接办", "To be taken up by the unit"),
    S.HANDLING: Text("责任单位处置中", "Being handled by the unit"),
    S.HANDLED: Text("等待核查", "To be verified"),
    S.VERIFIED: Text("等待结案", "To be closed"),
    S.CLOSED: Text("已结案", "Closed"),
    S.ASSESSED: Text("已结案，已计入考核", "Closed and assessed"),
    S.SUSPENDED: Text("挂账，等待恢复处置", "Suspended: to be resumed"),
    S.MERGED: Text("已并入另一案件", "Merged into another case"),
}
WITH_UNIT = frozenset({S.DISPATCHED, S.HANDLING, S.SUSPENDED})
"""States in which the unit has it; in the others that are open the desk of the level has."""


def next_line(around: Surroundings, case: Case) -> html.Div:
    """Return what is next, who has the case, and whom to call at the place."""
    words, line = around.words, case.line
    parts: list[Any] = [html.Span(NEXT[line.state].in_language(around.language), className="what")]
    if line.state in OPEN:
        parts.append(_labelled(words("现由"), holder(around, case)))
    person = chief(around, around.tree.cells[line.cell])
    if person is not None:
        parts.append(person)
    return html.Div(parts, className="next")


def holder(around: Surroundings, case: Case) -> str:
    """Name who has a case: its unit, or the desk of the level that holds it."""
    line = case.line
    if line.state in WITH_UNIT and line.unit:
        return unit_title(around, line.unit)
    level = around.catalogue.levels[line.depth].title.in_language(around.language)
    return around.words("{level}值班台", level=level)


def unit_title(around: Surroundings, code: str | None) -> str:
    """Return what a unit is called."""
    if code is None:
        return around.words("尚未派遣")
    unit = next((unit for unit in around.catalogue.units if unit.code == code), None)
    return unit.title.in_language(around.language) if unit else code


def _labelled(label: str, said: str) -> Component:
    return html.Div([html.Span(label, className="label"), html.Span(said)])
