"""Evidence: what must come with the word that a case is handled, as its matter says."""

import re
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import NamedTuple
from urllib.parse import urlsplit

PHOTO_PATH = "/photos/"
"""Where the photos lie that the city keeps itself."""
DRAWN_PATH = PHOTO_PATH + "simulated/"
STAND_IN = re.compile(re.escape(DRAWN_PATH) + r"([A-Za-z0-9_.-]{1,64})")
"""The address of a picture that stands in for photos of a simulated city: that of a matter."""
PICTURES = (".jpg", ".jpeg", ".png", ".webp", ".heic", ".gif")


class Exhibit(NamedTuple):
    """One piece of evidence: where it lies, and what it shows."""

    url: str
    note: str = ""

    @classmethod
    def stand_in(cls, matter: str, note: str = "") -> "Exhibit":
        """Return the drawn picture of a matter, by its code, for a photo that nobody has taken."""
        return cls(DRAWN_PATH + matter, note)

    @property
    def is_photo(self) -> bool:
        """Whether it is a photo that the city keeps, or the address of a picture elsewhere."""
        if self.url.startswith(PHOTO_PATH):
            return True
        try:
            return urlsplit(self.url).path.lower().endswith(PICTURES)
        except ValueError:
            return False


class Evidence(StrEnum):
    """What a matter asks for when a case of it is handled."""

    NONE = "none"
    WORDS = "words"
    """What was done, in words."""
    PHOTO = "photo"
    """Words, and a photo of how it looks now."""

    @property
    def asks(self) -> tuple[str, ...]:
        """What must be there: `words`, `photo`."""
        return ASKS[self]


    @classmethod
    def all_of(cls, asked: Iterable["Evidence"]) -> tuple[str, ...]:
        """Return what must be there for cases that ask for different things."""
        found = set(asked)
        return next((each.asks for each in (cls.PHOTO, cls.WORDS) if each in found), ())


ASKS = {
    Evidence.NONE: (),
    Evidence.WORDS: ("words",),
    Evidence.PHOTO: ("words", "photo"),
}
NAMED = {"words": "words on what was done (note)", "photo": "a photo (evidence)"}


def missing(asked: Evidence, note: str, given: Sequence[Exhibit]) -> tuple[str, ...]:
    """Return what of it does not come with a command."""
    is_there = {
        "words": bool(note.strip()) or any(each.note.strip() for each in given),
        "photo": any(each.is_photo for each in given),
    }
    return tuple(name for name in asked.asks if not is_there[name])


def named(what: Iterable[str]) -> str:
    """Return in words what is missing."""
    return " and ".join(NAMED[name] for name in what)
