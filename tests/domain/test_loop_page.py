"""The page of the loop says what the table says."""

import runpy

from commandcenter.settings import ROOT


def test_the_page_of_the_loop_is_drawn_from_the_table_as_it_is() -> None:
    drawn = runpy.run_path(str(ROOT / "docs" / "case_loop.py"))["page"]()
    there = (ROOT / "docs" / "case-loop.md").read_text("utf-8")
    assert there == drawn, "the table has changed: run python docs/case_loop.py"
