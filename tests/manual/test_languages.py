"""The Chinese pages of the manual say what the English ones say."""

import re

import pytest

from commandcenter.settings import ROOT
from tests.manual.pages import FENCE, PAGES, blocks, headings, in_chinese, read

LINK = re.compile(r"\]\(([^)\s#]*)(#?)[^)\s]*\)")
WORDS = re.compile(r"`([^`\n]+)`")
COMMAND = re.compile(r"^ {4}(\S.*)$", re.MULTILINE)
FIGURE = re.compile(r"(?<![\w.,-])\d[\d,.]*(?<=\d)")
HAN = re.compile(r"[\u4e00-\u9fff]")


@pytest.mark.parametrize("page", PAGES)
def test_both_pages_have_the_same_samples_in_the_same_order(page: str) -> None:
    assert list(blocks(read(in_chinese(page)))) == list(blocks(read(page)))


@pytest.mark.parametrize("page", PAGES)
def test_both_pages_have_the_same_headings_rank_by_rank(page: str) -> None:
    english, chinese = headings(read(page)), headings(read(in_chinese(page)))
    pairs = list(zip(english, chinese, strict=False))
    assert [pair for pair in pairs if pair[0][0] != pair[1][0]] == []
    assert len(english) == len(chinese)
    # What is a name in code is the same in both.
    names = [(e, c) for (_, e), (_, c) in pairs if not HAN.search(c)]
    assert [pair for pair in names if pair[0] != pair[1]] == []


def prose(page: str) -> str:
    """Return a page without its samples."""
    return FENCE.sub("", read(page))


def named(page: str) -> set[str]:
    """Return the commands, options and names in code that a page's prose and tables speak of."""
    return {words for words in WORDS.findall(prose(page)) if not HAN.search(words)}


@pytest.mark.parametrize("page", PAGES)
def test_both_pages_have_the_same_commands(page: str) -> None:
    english, chinese = (COMMAND.findall(prose(name)) for name in (page, in_chinese(page)))
    assert chinese == english


@pytest.mark.parametrize("page", PAGES)
def test_both_pages_give_the_same_figures(page: str) -> None:
    english, chinese = (FIGURE.findall(prose(name)) for name in (page, in_chinese(page)))
    assert sorted(set(english) ^ set(chinese)) == []


@pytest.mark.parametrize("page", PAGES)
def test_both_pages_speak_of_the_same_names(page: str) -> None:
    assert named(in_chinese(page)) ^ named(page) == set()


@pytest.mark.parametrize("page", PAGES)
def test_both_pages_link_to_the_same_places(page: str) -> None:
    def targets(name: str) -> set[tuple[str, str]]:
        found = LINK.findall(read(name))
        return {(path.replace(".zh-CN.md", ".md"), sign) for path, sign in found if path}

    assert targets(in_chinese(page)) == targets(page)


def test_every_page_of_the_manual_is_held_against_its_chinese_one() -> None:
    folder = ROOT / "docs" / "plugins"
    english = {path.name for path in folder.glob("*.md") if "zh-CN" not in path.name}
    assert {f"docs/plugins/{name}" for name in english} <= set(PAGES)
