"""The pages of the manual, and the samples that stand in them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from commandcenter.settings import ROOT

MANUAL = "plugins/README.md"
RECIPES = "docs/plugins/recipes.md"
KIT = "docs/plugins/kit.md"
PAGES = (MANUAL, RECIPES, KIT)
FENCE = re.compile(r"^```(\w+) ?(\S*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A sample: its language, the file it is or another word about it, and what it says."""

    language: str
    info: str
    code: str


def read(page: str) -> str:
    """Return a page by its path in the project."""
    return (ROOT / page).read_text("utf-8")


def in_chinese(page: str) -> str:
    """Return the path of the Chinese page that stands beside one."""
    return page.removesuffix(".md") + ".zh-CN.md"


def blocks(text: str) -> Iterator[Block]:
    """Yield the samples of a text in their order."""
    for found in FENCE.finditer(text):
        yield Block(*found.groups())


def headings(text: str) -> list[tuple[str, str]]:
    """Return the headings of a page as (signs, words), without what only looks so in samples."""
    return re.findall(r"^(#+) (.+)$", FENCE.sub("", text), re.MULTILINE)


def section(page: str, heading: str) -> str:
    """Return what stands under a heading that begins so, up to the next of its rank."""
    rank = heading.partition(" ")[0]
    pattern = rf"^{re.escape(heading)}(?!\w)[^\n]*\n(.*?)(?=^#{{1,{len(rank)}}} |\Z)"
    # A sample's comments begin with the sign of a heading too: they must not end the section.
    text = read(page)
    hidden = FENCE.sub(lambda block: re.sub("^#", "\0", block[0], flags=re.MULTILINE), text)
    found = re.search(pattern, hidden, re.MULTILINE | re.DOTALL)
    assert found, f"{page} has no section {heading}"
    return found[0].replace("\0", "#")
