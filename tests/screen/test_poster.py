"""Posters as they are printed: one page, or one drawing, for each place."""

from __future__ import annotations

from pathlib import Path

import pytest

from commandcenter.host.words import Words
from commandcenter.screen.poster import Poster, drawing, pages
from commandcenter.settings import ROOT

EAST = "990102"
LEAF = f"{EAST}001001001001"
WORDS = Words.load("zh", [ROOT / "commandcenter" / "locale"])
POSTERS = [
    Poster(code, f"网格 {code}", ("示例市", "东区"), f"https://city.example/q/{code}", "平台")
    for code in (EAST, LEAF)
]


def test_each_place_has_a_page(face: Path) -> None:
    printed = pages(POSTERS, WORDS, face)
    assert printed.startswith(b"%PDF") and printed.count(b"/Type /Page\n") == len(POSTERS)


def test_a_drawing_says_where_it_hangs_and_has_one_code() -> None:
    drawn = drawing(POSTERS[0], WORDS)
    assert "扫一扫" in drawn and EAST in drawn and drawn.count("<path") == 1


def test_nothing_is_printed_where_there_are_no_places(face: Path) -> None:
    with pytest.raises(ValueError, match="no posters"):
        pages([], WORDS, face)
