"""The report of an inspection: one page that says who was where, what was found and how it stands.

Longer than most: the page is drawn from top to bottom with one pen.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from commandcenter.cases.findings import Finding
from commandcenter.cases.inspections import Inspection, InspectionStep
from commandcenter.domain.clocks import Millis
from commandcenter.domain.inspections import InspectionAct
from commandcenter.domain.state_titles import STATE_TITLES
from commandcenter.screen.report_sheet import (
    BODY,
    BOTTOM,
    GREEN,
    HEAD,
    INNER,
    LEADING,
    MARGIN,
    POINT_MM,
    QUIET,
    RED,
    SMALL,
    TITLE,
    WIDTH,
    Box,
    Sheet,
    Stop,
)
from commandcenter.screen.tablet import Surroundings
from commandcenter.screen.timeline import at_words, span_words

LINE = BODY * POINT_MM * LEADING
CODE_SIDE = 27.0
SKETCH = Box(MARGIN, 0, 104, 60)
PLACES_LEFT = MARGIN + 110
FOOT = 9.0
HEADING = 9.0
THUMB = 13.0
MOST_THUMBS = 3
LEAST_TITLE = 12.0
LABEL = 25.0
MOST_SUMMARY_LINES = 6
LEAST_NOTES = 34.0
"""Millimetres that notes have at least, where there are so many."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a report is made of: `address` is that of its page, `thumbs` small photos by number."""

    inspection: Inspection
    findings: Sequence[Finding]
    thumbs: Mapping[int, bytes]
    address: str
    now: Millis

    @property
    def as_of(self) -> Millis:
        """When something of it changed last: the same state makes the same report."""
        line, found = self.inspection.line, self.findings
        late = [one.due for one in found if one.due is not None and one.is_overdue(self.now)]
        heard = [step.taken_at for step in self.inspection.steps]
        return max([line.started_at, *heard, *(one.since for one in found), *late])


def report(around: Surroundings, given: Report, face: Path) -> bytes:
    """Return the report as a PDF of one page, in the viewer's language."""
    line = given.inspection.line
    title = f"{around.words('巡查报告')} {line.id} · {line.title}"
    page = _Page(around, given, Sheet(face, title, given.as_of))
    page.head()
    page.facts()
    page.route()
    page.summary()
    page.found()
    page.noted()
    page.foot()
    return page.sheet.document()


@dataclass(frozen=True, slots=True)
class _Page:
    """The report on its way: each part goes below the one before it."""

    around: Surroundings
    given: Report
    sheet: Sheet

    def head(self) -> None:
        sheet, inspection = self.sheet, self.given.inspection
        width = INNER - CODE_SIDE - 8
        said = f"{self.around.words('巡查报告')} · {self._platform}"
        sheet.text(said, Box(MARGIN, sheet.top, width, 5), SMALL, colour=QUIET)
        sheet.top += 6
        title = inspection.line.title
        size = max(LEAST_TITLE, min(TITLE, TITLE * width / (sheet.width_of(title, TITLE) + 1)))
        sheet.text(title, Box(MARGIN, sheet.top, width, 9), size, is_bold=True)
        box = Box(WIDTH - MARGIN - CODE_SIDE, MARGIN, CODE_SIDE, CODE_SIDE)
        sheet.code(self.given.address, box)
        sheet.top += 11

    def facts(self) -> None:
        sheet, line = self.sheet, self.given.inspection.line
        words = self.around.words
        end = at_words(self.around, line.ended_at) if line.ended_at else words("进行中")
        facts = [
            (words("巡查人"), line.who),
            (words("时间"), f"{at_words(self.around, line.started_at)} – {end}"),
            (words("历时"), self._lasted(line.started_at, line.ended_at)),
            (words("行程"), _far(self.given.inspection.metres)),
        ]
        width = INNER - CODE_SIDE - 8
        for label, value in facts:
            sheet.text(label, Box(MARGIN, sheet.top, LABEL - 2, LINE), BODY, colour=QUIET)
            sheet.text(value, Box(MARGIN + LABEL, sheet.top, width - LABEL, LINE))
            sheet.top += LINE
        sheet.top = max(sheet.top, MARGIN + CODE_SIDE) + 4

    def route(self) -> None:
        sheet, inspection = self.sheet, self.given.inspection
        box = Box(SKETCH.left, sheet.top, SKETCH.width, SKETCH.height)
        stops = [Stop(n, *self._spot(cell)) for n, cell in enumerate(inspection.visited, 1)]
        metres = sheet.sketch([(p.lng, p.lat) for p in inspection.route], stops, box)
        sheet.scale(metres, box)
        self._places(box)
        sheet.top = box.top + box.height + 5

    def _places(self, box: Box) -> None:
        sheet, inspection = self.sheet, self.given.inspection
        first = {
            step.cell: step.at
            for step in reversed(inspection.of(InspectionAct.START, InspectionAct.VISIT))
        }
        title = self.around.words("到访 {n} 处", n=len(inspection.visited))
        width, top = WIDTH - MARGIN - PLACES_LEFT, box.top
        sheet.text(title, Box(PLACES_LEFT, top, width, 6), HEAD, is_bold=True)
        top += 7
        fits = int((box.height - 7) // LINE)
        shown = _fitting(inspection.visited, fits)
        for number, cell in enumerate(shown, 1):
            at = at_words(self.around, first[cell])[-5:]
            sheet.aside(at, Box(PLACES_LEFT, top, width, LINE), BODY)
            name = f"{number}  {self.around.tree.cells[cell].name}"
            sheet.text(name, Box(PLACES_LEFT, top, width - 12, LINE))
            top += LINE
        self._more(len(inspection.visited) - len(shown), PLACES_LEFT, top)

    def summary(self) -> None:
        sheet, said = self.sheet, self.given.inspection.summary
        if not said:
            return
        self._heading(self.around.words("小结"))
        for line in sheet.wrapped(said, INNER, BODY, MOST_SUMMARY_LINES):
            sheet.text(line, Box(MARGIN, sheet.top, INNER + 2, LINE))
            sheet.top += LINE
        sheet.top += 3

    def found(self) -> None:
        sheet, findings = self.sheet, self.given.findings
        words = self.around.words
        left = sum(one.is_open for one in findings)
        title = words("发现 {n} 件，未结 {left} 件", n=len(findings), left=left)
        self._heading(title if findings else words("没有发现案件"))
        notes = self.given.inspection.of(InspectionAct.NOTE)
        kept = min(LEAST_NOTES, HEADING + LINE * 2 * len(notes)) if notes else 0
        room = sheet.room - FOOT - kept
        heights = [THUMB + 3 if one.photos else 2 * LINE + 2.5 for one in findings]
        shown = _within(heights, room, LINE)
        for one, height in zip(findings[:shown], heights, strict=False):
            self._finding(one, height)
        self._more(len(findings) - shown, MARGIN, sheet.top)
        sheet.top += (LINE if shown < len(findings) else 0) + 2

    def _finding(self, one: Finding, height: float) -> None:
        sheet, top = self.sheet, self.sheet.top
        colour = GREEN if not one.is_open else RED if one.is_overdue(self.given.now) else QUIET
        width = INNER - 3 - self._thumbs(one.photos, top)
        sheet.fill(Box(MARGIN, top + 0.5, 1.2, 2 * LINE - 1), colour)
        stands = self._stands(one)
        wide = min(sheet.width_of(stands) + 1, width / 2)
        sheet.text(
            one.title or self._matter(one), Box(MARGIN + 3, top, width - wide - 4, LINE),
            is_bold=True,
        )  # fmt: skip
        sheet.aside(stands, Box(MARGIN + 3, top, width - 1, LINE), BODY, colour)
        under = [
            self.around.words("案件 {n}", n=one.case_id),
            self.around.tree.cells[one.cell].name,
            self._unit(one.unit),
            *one.texts,
        ]
        said = " · ".join(part for part in under if part)
        sheet.text(said, Box(MARGIN + 3, top + LINE, width - 1, LINE), SMALL + 0.5, colour=QUIET)
        sheet.top += height

    def _stands(self, one: Finding) -> str:
        """Say where a case stands, and how its time does."""
        words = self.around.words
        state = STATE_TITLES[one.state].in_language(self.around.language)
        if not one.is_open:
            return f"{state} {at_words(self.around, one.since)}"
        if one.due is None:
            return state
        if one.is_overdue(self.given.now):
            return words("{state} · 已超时", state=state)
        return words("{state} · 时限 {at}", state=state, at=at_words(self.around, one.due))

    def noted(self) -> None:
        notes = self.given.inspection.of(InspectionAct.NOTE)
        if not notes:
            return
        self._heading(self.around.words("记录 {n} 条", n=len(notes)))
        heights = [self._height(note) for note in notes]
        shown = _within(heights, self.sheet.room - FOOT, LINE)
        for note in notes[:shown]:
            self._note(note)
        self._more(len(notes) - shown, MARGIN, self.sheet.top)

    def _note(self, note: InspectionStep) -> None:
        sheet, top = self.sheet, self.sheet.top
        height = self._height(note)
        width = INNER - 14 - self._thumbs(note.photos, top)
        at = at_words(self.around, note.at)[-5:]
        sheet.text(at, Box(MARGIN, top, 13, LINE), colour=QUIET)
        for line in self._lines(note, width):
            sheet.text(line, Box(MARGIN + 14, sheet.top, width + 2, LINE))
            sheet.top += LINE
        sheet.top = top + height

    def _height(self, note: InspectionStep) -> float:
        width = INNER - 14 - self._thumbs_width(note.photos)
        least = THUMB + 2 if self._thumbs_width(note.photos) else 0
        return max(least, LINE * len(self._lines(note, width)) + 1)

    def _lines(self, note: InspectionStep, width: float) -> list[str]:
        place = self.around.tree.cells[note.cell].name
        said = f"{place}：{note.text}" if note.text else place
        return self.sheet.wrapped(said, width, BODY, 2)

    def foot(self) -> None:
        sheet = self.sheet
        sheet.rule(BOTTOM - 6)
        said = self.around.words("状态截至 {at}", at=at_words(self.around, self.given.as_of))
        sheet.text(said, Box(MARGIN, BOTTOM - 4.5, INNER / 2, 4), SMALL, colour=QUIET)
        sheet.aside(self.given.address, Box(MARGIN + INNER / 2, BOTTOM - 4.5, INNER / 2, 4))

    def _heading(self, words: str) -> None:
        sheet = self.sheet
        sheet.rule()
        sheet.text(words, Box(MARGIN, sheet.top + 1.8, INNER, 6), HEAD, is_bold=True)
        sheet.top += HEADING

    def _more(self, left: int, at: float, top: float) -> None:
        if left > 0:
            said = self.around.words("另有 {n} 条", n=left)
            self.sheet.text(said, Box(at, top, INNER, LINE), colour=QUIET)

    def _thumbs(self, photos: Sequence[int], top: float) -> float:
        """Draw small photos at the right edge; returns how wide they are together."""
        shown = [self.given.thumbs[p] for p in photos if p in self.given.thumbs][:MOST_THUMBS]
        for place, data in enumerate(shown, 1):
            left = WIDTH - MARGIN - place * (THUMB + 1) + 1
            self.sheet.picture(data, Box(left, top, THUMB, THUMB))
        return self._thumbs_width(photos)

    def _thumbs_width(self, photos: Sequence[int]) -> float:
        shown = sum(photo in self.given.thumbs for photo in photos)
        return min(shown, MOST_THUMBS) * (THUMB + 1) + (2 if shown else 0)

    def _spot(self, cell: int) -> tuple[float, float]:
        """Return where a visited cell was: where somebody stood in it, or its middle."""
        for step in self.given.inspection.of(InspectionAct.START, InspectionAct.VISIT):
            if step.cell == cell and step.lng is not None and step.lat is not None:
                return step.lng, step.lat
        found = self.around.tree.cells[cell]
        return found.lng, found.lat

    def _lasted(self, start: Millis, end: Millis | None) -> str:
        return self.around.words("进行中") if end is None else span_words(self.around, end - start)

    def _matter(self, one: Finding) -> str:
        matter = self.around.catalogue.matters.get(one.matter or "")
        return matter.title.in_language(self.around.language) if matter else ""

    def _unit(self, code: str | None) -> str:
        found = next((unit for unit in self.around.catalogue.units if unit.code == code), None)
        return found.title.in_language(self.around.language) if found else code or ""

    @property
    def _platform(self) -> str:
        return self.around.catalogue.city.platform.in_language(self.around.language)


def _fitting(items: Sequence[int], fits: int) -> Sequence[int]:
    """Return what fits in so many lines, where the last one says how many more there are."""
    return items if len(items) <= fits else items[: fits - 1]


def _within(heights: Sequence[float], room: float, more: float) -> int:
    """Return how many things of some heights fit, with a line for those that do not."""
    if sum(heights) <= room:
        return len(heights)
    shown, used = 0, more
    while shown < len(heights) and used + heights[shown] <= room:
        used += heights[shown]
        shown += 1
    return shown


def _far(metres: float) -> str:
    return f"{metres / 1000:.1f} km" if metres >= 1000 else f"{metres:.0f} m"
