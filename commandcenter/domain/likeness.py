"""How alike two reports are by place, time, matter and words, and what follows from it."""

import re
import unicodedata
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache
from math import cos, floor, hypot, radians
from typing import NamedTuple

from rapidfuzz import fuzz

from commandcenter.domain.cells import Tree
from commandcenter.domain.clocks import DAY, HOUR, MINUTE, Millis
from commandcenter.domain.matters import Matter

METRES_PER_DEGREE = 111_195.0
REACH = 60.0
"""Metres between two reports of one thing at most."""
REACH_DEGREES = REACH / METRES_PER_DEGREE
"""The same as degrees of latitude."""
SURE = 12.0
"""Metres within which two reports lie at the same place, as well as a telephone knows it."""
SIDE = 2 * REACH
"""Metres of a bucket's side: what lies within reach of a point lies in four buckets at most."""
ROWS, COLUMNS = 1 << 17, 1 << 20
ROUGH_SAME, ROUGH_OTHER = 25.0, 50.0
"""Metres that are assumed when one of two reports names a micro-grid only, theirs or another."""
CROWD, MIXED = 12, 8
"""So many open cases at the very same point, in so many words, say that it is a default point: a
sender gives it when it knows no place."""
NOISE = 40.0
"""What rapidfuzz says of words that have nothing in common."""
UNSAID = 0.6
"""Stands for the likeness of words where one of two reports says no more than what it is about."""
OTHER_NUMBER = 0.5
"""What is left of a score when both name numbers, as of houses, and none is the same."""

REMEMBERED = 16_384

MEANINGLESS = re.compile(r"[\W_]+")
NUMBER = re.compile(r"(?<!\d)\d{1,4}(?!\d)")


class Told(NamedTuple):
    """What is compared of a report; `exact` says that its point is its own and not its cell's."""

    lng: float
    lat: float
    cell: int
    matter: str | None
    at: Millis
    title: str
    description: str = ""
    exact: bool = True


class Words(NamedTuple):
    """What a report says beyond the name of its matter, and its description alone, both plain."""

    words: str
    details: str


class Verdict(Enum):
    """What follows from a score."""

    SAME = "same"
    """It is merged by rule."""
    LIKELY = "likely"
    """The desk is asked."""
    OTHER = "other"


class Alike(NamedTuple):
    """How alike two reports are, 0 to 1, and from what that follows."""

    score: float
    metres: float
    apart: Millis
    matter: float
    words: float

    def reason(self) -> str:
        """Return in words what the score follows from."""
        matter = {1.0: "事项相同", OF_SUBGROUP: "事项同小类", OF_GROUP: "事项同大类"}
        return (
            f"相距 {self.metres:.0f} 米，相隔{_duration(self.apart)}，"
            f"{matter.get(self.matter, '事项未定' if self.matter else '事项不同')}，"
            f"文字相似 {self.words * 100:.0f}%，相似度 {self.score:.2f}"
        )


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From which score on reports are merged by rule, and from which the desk is asked.

    A score never reaches 1, so 1 switches either off. `days` is how old an open case may be.
    Reports of `own` matters, as the collection of one's bulky waste, are each their own: they are
    compared with nothing.
    """

    merge: float = 0.86
    likely: float = 0.65
    days: float = 30.0
    own: frozenset[str] = frozenset()

    def verdict(self, score: float) -> Verdict:
        """Return what follows from a score."""
        if score >= self.merge:
            return Verdict.SAME
        return Verdict.LIKELY if score >= self.likely else Verdict.OTHER


@dataclass(frozen=True)
class Likeness:
    """Compares reports of one city."""

    thresholds: Thresholds
    tree: Tree
    matters: Mapping[str, Matter]
    lowest: int
    """The depth of the lowest level that coordinates: cells below it are places by themselves."""
    floor: float = field(init=False)
    said: Callable[[str | None, str, str], Words] = field(init=False)
    """Gives what a report says, to be compared, by matter, title and description. It remembers the
    last ones: neighbours are compared often."""
    kinship: Callable[[str | None, str | None], float] = field(init=False)
    """How near the matters of two reports are, by their codes; it remembers as many."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "floor", min(self.thresholds.merge, self.thresholds.likely))
        names = {code: plain(matter.title.zh) for code, matter in self.matters.items()}

        def said(matter: str | None, title: str, description: str) -> Words:
            words, name = plain(f"{title} {description}"), names.get(matter or "")
            beyond = words.replace(name, "", 1).strip() if name else words
            return Words(beyond, plain(description))

        object.__setattr__(self, "said", lru_cache(REMEMBERED)(said))
        object.__setattr__(self, "kinship", lru_cache(REMEMBERED)(self._kinship))

    def place(self, lng: float | None, lat: float | None, cell: int) -> tuple[float, float] | None:
        """Return the point of a report: its own, or that of the micro-grid it names."""
        if lng is not None and lat is not None:
            return lng, lat
        if int(self.tree.depth[cell]) <= self.lowest:
            return None
        found = self.tree.cells[cell]
        return found.lng, found.lat

    def compare(self, one: Told, other: Told) -> Alike | None:
        """Return how alike two reports are, None where that is surely below every threshold.

        The nearer, the sooner after one another and the more of one matter, the more alike; words
        are looked at last, since reading them costs most.
        """
        metres = self._metres(one, other)
        if metres >= REACH:
            return None
        apart = abs(one.at - other.at)
        near = _nearness(metres) * _lateness(apart, self.thresholds.days)
        matter = self.kinship(one.matter, other.matter)
        if near * _weighed(matter, 1.0) < self.floor:
            return None
        said = self.said(one.matter, one.title, one.description)
        beside = self.said(other.matter, other.title, other.description)
        words = _wording(said, beside)
        score = near * _weighed(matter, words)
        if _numbers_differ(said.words, beside.words):
            score *= OTHER_NUMBER
        return Alike(min(score, 0.999), metres, apart, matter, words)

    def may_be_alike(self, one: str | None, other: str | None) -> bool:
        """Tell by matters alone whether two reports can reach a threshold."""
        return _weighed(self.kinship(one, other), 1.0) >= self.floor

    def _metres(self, one: Told, other: Told) -> float:
        across = (one.lng - other.lng) * cos(radians(one.lat))
        metres = METRES_PER_DEGREE * hypot(across, one.lat - other.lat)
        if one.exact and other.exact:
            return metres
        is_same = one.cell == other.cell
        return min(metres, ROUGH_SAME) if is_same else max(metres, ROUGH_OTHER)

    def _kinship(self, one: str | None, other: str | None) -> float:
        if one is None or other is None:
            return UNKNOWN
        if one == other:
            return 1.0
        a, b = self.matters.get(one), self.matters.get(other)
        if a is None or b is None or a.group != b.group:
            return 0.0
        return OF_SUBGROUP if a.subgroup == b.subgroup else OF_GROUP


OF_SUBGROUP, UNKNOWN, OF_GROUP = 0.7, 0.6, 0.4
MATTERS, WORDS = 0.6, 0.4
"""How much matter and words weigh: the same thing is put into quite different words."""


def _weighed(matter: float, words: float) -> float:
    return MATTERS * matter + WORDS * words


def _nearness(metres: float) -> float:
    """1 at the same place, 0.6 at the end of the reach."""
    return 1.0 - 0.4 * max(0.0, metres - SURE) / (REACH - SURE)


def _lateness(apart: Millis, days: float) -> float:
    """1 within a day, 0.7 at the end of the days."""
    return 1.0 - 0.3 * min(1.0, max(0.0, apart / DAY - 1.0) / max(days - 1.0, 1.0))


def _wording(one: Words, other: Words) -> float:
    if not one.words or not other.words:
        return UNSAID
    if not one.details or not other.details:
        return max(UNSAID, _same_words(one.words, other.words))
    whole = _same_words(one.words, other.words)
    return whole if whole == 1.0 else max(whole, _same_words(one.details, other.details))


def _same_words(one: str, other: str) -> float:
    """Return 1 for the same words, in any order or within more of them, 0 for quite others."""
    if one == other:
        return 1.0
    best = max(fuzz.token_set_ratio(one, other), fuzz.partial_ratio(one, other))
    return max(0.0, best - NOISE) / (100.0 - NOISE)


def _numbers_differ(one: str, other: str) -> bool:
    first = NUMBER.findall(one)
    return bool(first) and bool(second := NUMBER.findall(other)) and set(first).isdisjoint(second)


def plain(words: str) -> str:
    """Return words as they are compared: in one width and case, without marks."""
    return MEANINGLESS.sub(" ", unicodedata.normalize("NFKC", words).casefold()).strip()


def bucket(lng: float, lat: float) -> int:
    """Return the number of the bucket that a point lies in, about SIDE metres on each side."""
    return _bucket(_row(lat), lng)


def buckets_within_reach(lng: float, lat: float) -> Iterator[int]:
    """Yield the buckets in which everything within REACH of a point lies, four at most."""
    for row in range(_row(lat - REACH_DEGREES), _row(lat + REACH_DEGREES) + 1):
        column = lng * METRES_PER_DEGREE * _narrowing(row) / SIDE
        start = (row + ROWS) * COLUMNS + COLUMNS // 2
        yield from range(start + floor(column - REACH / SIDE),
                         start + floor(column + REACH / SIDE) + 1)  # fmt: skip


def is_default_point(there: Collection[str]) -> bool:
    """Tell by the words of the open cases at one very point whether it is no place at all."""
    return len(there) >= CROWD and len(set(there)) >= MIXED


def _row(lat: float) -> int:
    return floor(lat * METRES_PER_DEGREE / SIDE)


@lru_cache(REMEMBERED)
def _narrowing(row: int) -> float:
    """How much shorter a degree of longitude is in a row; the poles are left out."""
    return max(0.01, cos(radians((row + 0.5) * SIDE / METRES_PER_DEGREE)))


def _bucket(row: int, lng: float) -> int:
    column = floor(lng * METRES_PER_DEGREE * _narrowing(row) / SIDE)
    return (row + ROWS) * COLUMNS + column + COLUMNS // 2


def _duration(apart: Millis) -> str:
    if apart < HOUR:
        return f" {apart / MINUTE:.0f} 分钟"
    return f" {apart / HOUR:.0f} 小时" if apart < 2 * DAY else f" {apart / DAY:.0f} 天"
