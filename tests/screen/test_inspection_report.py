"""The report of an inspection: one page whatever there is to say, the same bytes for one state."""

from __future__ import annotations

import io
import re
import zlib
from dataclasses import replace
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont
from PIL import Image

from commandcenter.cases.findings import Finding
from commandcenter.cases.inspections import Inspection, InspectionLine, InspectionStep
from commandcenter.domain.cases import State
from commandcenter.domain.clocks import HOUR, MINUTE
from commandcenter.domain.inspections import InspectionAct, Point
from commandcenter.domain.viewers import Clearance, Viewer
from commandcenter.host.words import Words
from commandcenter.screen.inspection_report import Report, report
from commandcenter.screen.tablet import Surroundings
from commandcenter.screen.typeface import truetype
from commandcenter.settings import ROOT
from commandcenter.testing import small_catalogue
from commandcenter.testing.city import small_tree
from commandcenter.testing.stored import MONDAY

A = InspectionAct
TREE = small_tree()
CELLS = list(range(3, 18))
STREAM = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.DOTALL)
MAPPED = re.compile(r"<([0-9A-F]{4})> <([0-9A-F]{4,8})>")
ESCAPE = re.compile(rb"\\(.)", re.DOTALL)
ESCAPED = {b"r": b"\r", b"n": b"\n"}


def around(language: str = "zh") -> Surroundings:
    viewer = Viewer("leader", "990100", 0, len(TREE) - 1, Clearance.STAFF, language)
    words = Words.load(language, [ROOT / "commandcenter" / "locale"])
    return Surroundings(TREE, small_catalogue(), viewer, words, "build")


def step(
    minute: int, act: InspectionAct, cell: int, said: str = "", *photos: int
) -> InspectionStep:
    at = MONDAY + minute * MINUTE
    return InspectionStep(minute, act, at, at, "李明", cell, None, None, said, None, photos)


def finding(number: int, state: State, due: int | None, title: str = "井盖缺失") -> Finding:
    return Finding(
        number, number, MONDAY, ("积水",), (), title, "E0101", CELLS[0], "990102-cg", state, MONDAY,
        due, None, False,
    )  # fmt: skip


def walked(many: int) -> Report:
    """An inspection with as many places, notes and findings."""
    places = (CELLS * many)[:many]
    steps = [step(0, A.START, CELLS[0])]
    steps += [step(n, A.VISIT, cell) for n, cell in enumerate(places, 1)]
    steps += [step(n, A.NOTE, CELLS[0], f"第 {n} 条记录：" + "很长的话" * 40) for n in range(many)]
    route = tuple(Point(MONDAY + n, 113.6 + n / 1000, 34.7 + n % 3 / 2000, 3) for n in range(50))
    line = InspectionLine(
        12, "汛期巡查", "李明", CELLS[0], MONDAY, MONDAY + 95 * MINUTE, True, many, many, many
    )
    found = [finding(n, State.HANDLING, MONDAY + n * HOUR, "标题" * 60) for n in range(many)]
    inspection = Inspection(line, "总体良好。" * 200, tuple(steps), route)
    return Report(inspection, found, {}, "https://city.example/inspection/12", MONDAY + 2 * HOUR)


def streams(document: bytes) -> list[bytes]:
    """The streams of a PDF, unpacked where they are packed."""
    found = []
    for packed in STREAM.findall(document):
        try:
            found.append(zlib.decompress(packed))
        except zlib.error:
            found.append(packed)
    return found


def text(document: bytes) -> str:
    """What a PDF says, by the table with which readers copy it."""
    parts = streams(document)
    table: dict[str, str] = {}
    for part in parts:
        if b"begincmap" in part:
            for code, letters in MAPPED.findall(part.decode("latin-1")):
                table[code] = bytes.fromhex(letters).decode("utf-16-be")
    said = []
    for part in parts:
        if b" Tf" not in part:
            continue
        for one in re.findall(rb"\((.*?)(?<!\\)\) Tj", part, re.DOTALL):
            plain = ESCAPE.sub(lambda found: ESCAPED.get(found[1], found[1]), one)
            codes = [plain[at : at + 2].hex().upper() for at in range(0, len(plain), 2)]
            said.append("".join(table.get(code, "?") for code in codes))
    return "\n".join(said)


def pages(document: bytes) -> int:
    return len(re.findall(rb"/Type /Page\b", document))


def test_the_report_says_who_was_where_and_how_the_findings_stand(face: Path) -> None:
    given = walked(2)
    found = [
        finding(7, State.HANDLING, MONDAY + HOUR), finding(8, State.CLOSED, None, "占道经营"),
        finding(9, State.DISPATCHED, MONDAY + 9 * HOUR),
    ]  # fmt: skip
    said = text(report(around(), replace(given, findings=found), face))
    for words in ("汛期巡查", "李明", "2026-01-05 10:00", "1 时 35 分", "小结", "到访 2 处",
                  "发现 3 件，未结 2 件", "井盖缺失", "占道经营", "处置中 · 已超时", "积水",
                  "2026-01-05 19:00", "https://city.example/inspection/12"):  # fmt: skip
        assert words in said, (words, said)


@pytest.mark.parametrize("many", [0, 1, 60])
def test_it_is_one_page_and_says_how_much_more_there_is(face: Path, many: int) -> None:
    document = report(around("en"), walked(many), face)
    assert pages(document) == 1
    assert (" more" in text(document)) == (many == 60)


def test_the_same_state_makes_the_same_bytes_and_another_one_does_not(face: Path) -> None:
    given = walked(3)
    first = report(around(), given, face)
    assert report(around(), replace(given, now=given.now + MINUTE), face) == first
    later = replace(given, now=given.now - HOUR)
    assert report(around(), later, face) != first, "less was overdue then"


def test_photos_stand_beside_what_they_show(face: Path) -> None:
    data = io.BytesIO()
    Image.new("RGB", (32, 24), (200, 10, 10)).save(data, "JPEG")
    given = walked(1)
    steps = (*given.inspection.steps[:2], step(9, A.NOTE, CELLS[0], "看图", 7, 8))
    shown = replace(given, inspection=replace(given.inspection, steps=steps))
    with_photo = report(around(), replace(shown, thumbs={7: data.getvalue()}), face)
    assert with_photo.count(b"/Subtype /Image") == 1
    assert b"/Subtype /Image" not in report(around(), shown, face)


def test_a_character_that_the_typeface_lacks_does_not_stop_the_page(face: Path) -> None:
    given = walked(1)
    line = replace(given.inspection.line, title="🚒 巡查 龘")
    odd = replace(given, inspection=replace(given.inspection, line=line))
    assert "巡查" in text(report(around(), odd, face))


def test_the_typeface_is_unpacked_once_and_has_the_characters(face: Path) -> None:
    made = face.stat().st_mtime_ns
    assert truetype(ROOT / "assets", face.parent) == face
    assert face.stat().st_mtime_ns == made
    with TTFont(face) as font:
        assert {ord(letter) for letter in "巡查报告"} <= set(font.getBestCmap())
