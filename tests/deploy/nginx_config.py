"""Reads nginx's configuration into blocks and directives."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

TOKEN = re.compile(r"\s+|#[^\n]*|(?P<word>\"[^\"]*\"|'[^']*'|[^\s;{}]+)|(?P<mark>[;{}])")


@dataclass
class Block:
    """A block's words, its directives by name (several may have one), and the blocks in it."""

    words: list[str]
    directives: dict[str, list[list[str]]] = field(default_factory=dict)
    blocks: list[Block] = field(default_factory=list)

    def one(self, name: str) -> list[str]:
        """The words of a directive that stands here once."""
        (words,) = self.directives[name]
        return words

    def find(self, *words: str) -> Block:
        """The block that begins with these words."""
        (found,) = (block for block in self.blocks if tuple(block.words) == words)
        return found


def read(text: str) -> Block:
    """Read a file; raises ValueError for one whose braces or semicolons are wrong."""
    tokens = _tokens(text)
    root = _block([], tokens, "")
    return root


def _tokens(text: str) -> Iterator[str]:
    at = 0
    while at < len(text):
        found = TOKEN.match(text, at)
        if found is None:
            raise ValueError(f"cannot be read: {text[at : at + 20]!r}")
        at = found.end()
        if token := found["word"] or found["mark"]:
            yield token


def _block(words: list[str], tokens: Iterator[str], end: str) -> Block:
    made, line = Block(words), list[str]()
    for token in tokens:
        if token == ";":
            if not line:
                raise ValueError("a semicolon ends nothing")
            made.directives.setdefault(line[0], []).append(line[1:])
            line = []
        elif token == "{":
            made.blocks.append(_block(line, tokens, "}"))
            line = []
        elif token == "}":
            if not end or line:
                raise ValueError(f"a brace closes nothing, or {line} has no semicolon")
            return made
        else:
            line.append(token)
    if end or line:
        raise ValueError(f"the file ends within {words or line}")
    return made
