"""What was done on the spot in a cell: the last inspections, and the last checks with photos."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from dash import html
from dash.development.base_component import Component

from commandcenter.cases.inspections import InspectionLine
from commandcenter.cases.photos import Photo
from commandcenter.domain.checks import FINDING_TITLES, Checked
from commandcenter.domain.rights import Block
from commandcenter.screen.inspection_bar import may_inspect
from commandcenter.screen.inspection_page import row
from commandcenter.screen.photo_row import photo_row
from commandcenter.screen.tablet import Surroundings
from commandcenter.screen.timeline import at_words


@dataclass(frozen=True, slots=True)
class LastSeen:
    """What was done on the spot, the newest first; photos of checks by their number."""

    inspections: Sequence[InspectionLine] = ()
    checks: Sequence[Checked] = ()
    photos: Mapping[int, Photo] = field(default_factory=dict)


def on_the_spot(around: Surroundings, last: LastSeen) -> list[Component]:
    """Return the tiles, as far as the viewer may see them; they are read with the page."""
    found: list[Component] = []
    if may_inspect(around.viewer):
        rows = [row(around, line) for line in last.inspections]
        found.append(_tile(around, ("最近巡查", "这里还没有巡查"), rows))
    if Block.PLACES in around.viewer.blocks:
        lines = [_check(around, at, check, last) for at, check in enumerate(last.checks)]
        checks: list[Component] = [html.Ul(lines, className="cc-checks")] if lines else []
        found.append(_tile(around, ("最近核查", "这里还没有核查"), checks))
    return found


def _tile(around: Surroundings, words: tuple[str, str], rows: Sequence[Component]) -> Component:
    title, nothing = words
    none = html.P(around.words(nothing), className="none")
    shown = html.Div(list(rows) if rows else none)
    head = html.Header(html.H2(around.words(title)))
    return html.Section([head, shown], className="cc-tile cc-last-seen")


def _check(around: Surroundings, at: int, check: Checked, last: LastSeen) -> html.Li:
    finding = FINDING_TITLES[check.finding].in_language(around.language)
    under = " · ".join(part for part in (check.by, at_words(around, check.at)) if part)
    known = last.photos.get(check.photo or 0)
    parts: list[Component | None] = [
        html.B(finding),
        html.Small(under),
        html.P(check.note) if check.note else None,
        photo_row(around, f"check-{at}-photo", [known] if known else []),
    ]
    return html.Li([part for part in parts if part is not None])
