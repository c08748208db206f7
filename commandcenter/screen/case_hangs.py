"""What hangs on a case on its page for tablets: its photos, its place, its parts and whistles."""

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from commandcenter.cases.desk_file import Part
from commandcenter.cases.field_file import CaseFile
from commandcenter.host.coordination import CallLine, WhistleLine
from commandcenter.screen.case_clock import part_clock
from commandcenter.screen.case_next import unit_title
from commandcenter.screen.citymap import CityMap
from commandcenter.screen.desk_words import CALL_TITLES, PART_TITLES
from commandcenter.screen.kit import MapLayer
from commandcenter.screen.photo_row import photo_row
from commandcenter.screen.tablet import Surroundings
from commandcenter.screen.tablet_kit import Limit
from commandcenter.screen.timeline import at_words

AROUND = 2
"""So many levels above the cell of a case are on its map."""


def pictures(around: Surroundings, file: CaseFile) -> Component | None:
    """Return the photos of this server; what lies elsewhere is never fetched into the page."""
    if not file.photos:
        return None
    return html.Section(photo_row(around, "case-photos", file.photos), className="pictures")


def place_map(around: Surroundings, file: CaseFile) -> html.Div:
    """Return the place of a case on a small map that cannot be moved, so that the page scrolls."""
    case, tree = file.case, around.tree
    at = case.line.cell
    seen = [above for above in tree.ancestors(at) if around.viewer.sees(above)]
    scope, cell = tree.cells[seen[max(0, len(seen) - 1 - AROUND)]], tree.cells[at]
    is_exact = case.lng is not None and case.lat is not None
    point = {
        "lng": case.lng if is_exact else cell.lng, "lat": case.lat if is_exact else cell.lat,
        "tone": "blue", "label": cell.name,
    }  # fmt: skip
    ground = {"first": tree.position[scope.code], "colours": "", "labels": []}
    parts = [
        CityMap("case-map", scope=scope.code, value=ground, home_after=0),
        MapLayer(id="case-at", value={"points": [point]}),
    ]
    return html.Div(parts, className="cc-case-map")


def hangs(around: Surroundings, file: CaseFile) -> Component | None:
    """Return who shares the case and who was whistled for, each with what they have done."""
    sections = [
        _section(around.words("协办单位"), _parts(around, file)),
        _section(around.words("吹哨"), [_whistle(around, w) for w in file.whistles]),
    ]
    found = [section for section in sections if section is not None]
    return html.Div(found, className="hangs") if found else None


def _parts(around: Surroundings, file: CaseFile) -> list[Component]:
    return [_part(around, file, at, part) for at, part in enumerate(file.parts)]


def _section(title: str, rows: Sequence[Component]) -> Component | None:
    return html.Section([html.H2(title), html.Ul(list(rows))]) if rows else None


def _part(around: Surroundings, file: CaseFile, at: int, part: Part) -> html.Li:
    words = around.words
    said = words(PART_TITLES.get(part.state, part.state))
    if part.done_at is not None:
        said = words("完成于 {at}", at=at_words(around, part.done_at))
    return html.Li([
        html.B(words("牵头") if part.is_lead else words("协办")),
        html.Span(unit_title(around, part.unit)),
        html.Span(said, className="quiet"),
        html.P(part.task, className="quiet") if part.task else None,
        _part_limit(around, file, at, part),
    ])  # fmt: skip


def _part_limit(around: Surroundings, file: CaseFile, at: int, part: Part) -> Component | None:
    if part.due is None or part.done_at is not None:
        return None
    matter = around.catalogue.matters.get(file.case.line.matter or "")
    clock = part_clock(part.due, file.steps, matter, around.catalogue.calendar)
    return limit(around, f"case-part-{at}", (clock.start, clock.warn, clock.due))


def limit(around: Surroundings, id: str, clock: tuple[int, int, int]) -> Limit:
    """Return a clock that runs; the script fills in the span, since it passes."""
    start, warn, due = clock
    said = {"left": around.words("余 {span}"), "over": around.words("超时 {span}")}
    return Limit(id=id, start=start, warn=warn, due=due, words=said)


def _whistle(around: Surroundings, whistle: WhistleLine) -> html.Li:
    calls = [_call(around, call) for call in whistle.calls]
    return html.Li([html.B(whistle.title), *calls])


def _call(around: Surroundings, call: CallLine) -> html.Span:
    state = html.I(around.words(CALL_TITLES[call.state]), className="red" if call.late else None)
    return html.Span([unit_title(around, call.unit), " ", state])
