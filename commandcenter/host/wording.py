"""Texts that both databases can keep, of bounded length."""

import re
from typing import Annotated

from pydantic import AfterValidator, StringConstraints

SURROGATE = re.compile("[\ud800-\udfff]")


def _storable(words: str) -> str:
    if "\x00" in words:
        raise ValueError("must not contain the character NUL")
    if not words.isascii() and SURROGATE.search(words):
        raise ValueError("must not contain half of a surrogate pair")
    return words


Words = Annotated[str, AfterValidator(_storable)]
Key = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[\w.:\-]+$")]
Link = Annotated[Words, StringConstraints(max_length=500)]
Line = Annotated[Words, StringConstraints(max_length=200, strip_whitespace=True)]
