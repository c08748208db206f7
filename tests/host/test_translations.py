"""Every Chinese source string of the screens and the panels has its English."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from commandcenter.host.discovery import locale_folders
from commandcenter.host.words import Words
from commandcenter.settings import ROOT

CHINESE = re.compile(r"[一-鿿]")
SAID = re.compile(r"""\b(?:say|t)\(\s*(['"])(.*?)\1""")
WORDS = Words.load("en", locale_folders(ROOT / "plugins"))


def spoken(tree: ast.AST) -> Iterator[str]:
    """Find the strings given to `words(...)` or `view.t(...)`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args:
            name = ast.unparse(node.func).rpartition(".")[2]
            words = node.args[0]
            if name in ("t", "words") and isinstance(words, ast.Constant):
                yield str(words.value)


def kept(tree: ast.AST) -> Iterator[str]:
    """Find the strings that a module keeps by name, to translate them later."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value:
            if any(isinstance(inner, ast.Call) for inner in ast.walk(node.value)):
                continue
            for inner in ast.walk(node.value):
                if isinstance(inner, ast.Constant) and isinstance(inner.value, str):
                    yield inner.value


def in_python(file: Path) -> Iterator[str]:
    tree = ast.parse(file.read_text("utf-8"))
    yield from spoken(tree)
    if file.is_relative_to(ROOT / "commandcenter" / "web") or file.is_relative_to(
        ROOT / "commandcenter" / "screen"
    ):
        yield from kept(tree)


def sources() -> Iterator[tuple[str, str]]:
    for folder in ("commandcenter", "plugins"):
        for file in sorted((ROOT / folder).rglob("*.py")):
            yield from ((str(file.relative_to(ROOT)), words) for words in in_python(file))
    for file in sorted([*ROOT.glob("assets/*.js"), *ROOT.glob("commandcenter/web/**/*.html")]):
        for _, words in SAID.findall(file.read_text("utf-8")):
            yield str(file.relative_to(ROOT)), words


def test_every_chinese_source_string_has_its_english():
    missing = {w: file for file, w in sources() if CHINESE.search(w) and w not in WORDS}
    assert not missing, "give these an English in a locale/en.po: " + "; ".join(
        f"{words} ({file})" for words, file in sorted(missing.items())
    )


def test_strings_are_found_in_python_templates_and_scripts():
    found = {file.rpartition(".")[2] for file, words in sources() if CHINESE.search(words)}
    assert found == {"py", "html", "js"}


@pytest.mark.parametrize("code", ["words('没有')", "view.t('没有 {n}', n=1)", "self.words('没有')"])
def test_a_spoken_string_is_found_however_it_is_called(code):
    assert list(spoken(ast.parse(code)))
