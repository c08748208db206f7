"""Terms of texts: what an index of words holds, the same for Chinese and for other writing.

Chinese has no spaces, and most of its words have two characters: so each pair of neighbours is a
term, which finds what trigrams cannot.
"""

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

CHINESE = "\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
RUN = re.compile(f"[{CHINESE}]+|[^\\W_{CHINESE}]+")
LONGEST = 40
"""What is longer is cut: nobody looks for it by its end."""
SHORTEST_BEGINNING = 3
"""From so many letters on a word is found by its beginning."""
MOST_PARTS = 8


class Term(NamedTuple):
    """One term that is looked for; `is_beginning` says that all that begin so are meant."""

    text: str
    is_beginning: bool


def plain(text: str) -> str:
    """Return a text as it is compared: in one width and one case."""
    return unicodedata.normalize("NFKC", text).casefold()


def terms(text: str) -> set[str]:
    """Return the terms of a text."""
    found: set[str] = set()
    for run in RUN.findall(plain(text)):
        if is_chinese(run):
            found.update(map(str.__add__, run, run[1:]))
            found.add(run[-1])
        else:
            found.add(run[:LONGEST])
    return found


def parts(asked: str) -> list[str]:
    """Return the parts of what is looked for; all of them must be there, each as it stands."""
    return plain(asked).split()[:MOST_PARTS]


def looked_for(part: str) -> Iterator[Term]:
    """Yield the terms that a text has in which a part stands."""
    for run in RUN.findall(part):
        if not is_chinese(run):
            yield Term(run[:LONGEST], len(run) >= SHORTEST_BEGINNING)
        elif len(run) == 1:
            yield Term(run, True)
        else:
            yield from (Term(run[at : at + 2], False) for at in range(len(run) - 1))


def is_chinese(run: str) -> bool:
    """Tell whether a run of characters is Chinese."""
    first = run[0]
    return "\u3400" <= first <= "\u9fff" or "\uf900" <= first <= "\ufaff" or first > "\uffff"


def reversed_number(phone: str | None) -> str | None:
    """Return the digits of a phone number from its end, None where there are none.

    An index on it finds a number by its last digits.
    """
    digits = "".join(letter for letter in phone or "" if letter.isascii() and letter.isdigit())
    return digits[::-1] or None
