"""Classification: which matter a report is about, by the rules of plugins and by words."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import concat
from typing import NamedTuple

from commandcenter.domain.cells import Tree
from commandcenter.domain.matters import Matter
from commandcenter.domain.routing import Range, ranges_of
from commandcenter.domain.text import Text

GAP = "*"
BY_WORD = "words: 含"
"""Begins the note of the rule that is built in: a word of the matter stands in the report."""
LIKELIEST = 3


@dataclass(frozen=True, slots=True)
class ClassificationRule:
    """Gives reports that name no matter the matter of a code.

    A report fits where each condition that is given holds: one of `words` or of `patterns` stands
    in its title or description, its channel is one of `channels`, its cell lies in one of `cells`
    (codes). A pattern is words with `*` between them: they must come in this order. `reason` is
    kept with the case.
    """

    key: str
    title: Text
    reason: Text
    matter: str
    words: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    cells: tuple[str, ...] = ()

    @property
    def note(self) -> str:
        """What is written beside the case: the rule's key and the reason."""
        return f"{self.key}: {self.reason.zh}"


class Said(NamedTuple):
    """What a report says, and where and how it came in."""

    title: str
    description: str
    cell: int
    channel: str


class Classified(NamedTuple):
    """The matter of a report and by which rule it has it; both are empty where none fits."""

    matter: Matter | None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Sign:
    """A rule with the ranges of cells in which it counts and what it looks for."""

    rule: ClassificationRule
    ranges: tuple[Range, ...]
    patterns: tuple[tuple[str, ...], ...]

    @classmethod
    def of(cls, rule: ClassificationRule, districts: Sequence[str] | None, tree: Tree) -> "Sign":
        """Return the sign of a rule; no districts are the whole city."""
        # A word is a pattern without a gap.
        patterns = [tuple(filter(None, p.lower().split(GAP))) for p in rule.patterns]
        words = [(word.lower(),) for word in rule.words]
        return cls(rule, ranges_of(rule.cells, districts, tree), (*words, *patterns))

    def fits(self, told: str, report: Said) -> bool:
        """Tell whether a report, whose words are `told` in small letters, is one of the rule's."""
        if self.rule.channels and report.channel not in self.rule.channels:
            return False
        if not any(first <= report.cell <= last for first, last in self.ranges):
            return False
        return not self.patterns or any(stands_in(told, parts) for parts in self.patterns)


def stands_in(told: str, parts: Sequence[str]) -> bool:
    """Tell whether words stand in a text, one behind the other."""
    at = 0
    for part in parts:
        found = told.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    return True


class Classifier:
    """Finds the matter of a report: by the first sign that fits, else by its longest word."""

    def __init__(self, matters: Iterable[Matter], signs: Iterable[Sign] = ()) -> None:
        self._matters = tuple(matters)
        self._by_code = {matter.code: matter for matter in self._matters}
        self._signs = tuple(sign for sign in signs if sign.rule.matter in self._by_code)
        self._words = _by_beginning(self._matters)

    def classify(self, report: Said) -> Classified:
        """Return the matter of a report that names none."""
        told = _told(report)
        for sign in self._signs:
            if sign.fits(told, report):
                return Classified(self._by_code[sign.rule.matter], sign.rule.note)
        found = self._found(told)
        if not found:
            return Classified(None)
        _, word, matter = min(found)[1]
        return Classified(matter, f"{BY_WORD}“{word}”")

    def likeliest(self, report: Said, limit: int = LIKELIEST) -> list[Classified]:
        """Return the matters that a report is likeliest about, with why; the likeliest first.

        First those of rules that fit, then those whose words stand in it, then those whose titles
        have the most letter pairs in common with it.
        """
        told = _told(report)
        signs = [sign for sign in self._signs if sign.fits(told, report)]
        found = [Classified(self._by_code[s.rule.matter], s.rule.note) for s in signs]
        found += [
            Classified(matter, f"{BY_WORD}“{word}”")
            for _, (_, word, matter) in sorted(self._found(told))
        ]
        found += [Classified(matter, "likeness: 文字近似") for matter in self._alike(told, limit)]
        first = {each.matter.code: each for each in reversed(found) if each.matter}
        ordered = dict.fromkeys(each.matter.code for each in found if each.matter)
        return [first[code] for code in list(ordered)[:limit]]

    def _found(self, told: str) -> list[tuple[tuple[int, int], tuple[int, str, Matter]]]:
        """Return the words that stand in a text; the least is the longest, then the first."""
        beginnings = self._words.keys() & {*told, *map(concat, told, told[1:])}
        return [
            ((-len(word), order), (order, word, matter))
            for beginning in beginnings
            for order, word, matter in self._words[beginning]
            if word in told
        ]

    def _alike(self, told: str, limit: int) -> list[Matter]:
        pairs = _pairs(told)
        scored = [
            (-len(common) / (len(matter.title.zh) - 1 or 1), order)
            for order, matter in enumerate(self._matters)
            if (common := pairs & _pairs(matter.title.zh.lower()))
        ]
        return [self._matters[order] for _, order in sorted(scored)[:limit]]


def _told(report: Said) -> str:
    return f"{report.title} {report.description}".lower()


def _pairs(words: str) -> set[str]:
    return {words[at : at + 2] for at in range(len(words) - 1)}


def _by_beginning(matters: Iterable[Matter]) -> dict[str, list[tuple[int, str, Matter]]]:
    """Return words by their first two letters: hundreds share the first one."""
    found: dict[str, list[tuple[int, str, Matter]]] = defaultdict(list)
    words = ((word.lower(), matter) for matter in matters for word in matter.words if word)
    for order, (word, matter) in enumerate(words):
        found[word[:2]].append((order, word, matter))
    return dict(found)
