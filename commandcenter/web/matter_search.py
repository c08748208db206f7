"""Finding a matter as somebody types: by its code, by its names, by the words that speak of it."""

from collections.abc import Iterable

from commandcenter.domain.classification import Classifier, Said
from commandcenter.domain.matters import Matter

CODE, BEGINS, NAMED, SPOKEN, GROUPED = range(5)
"""How well a matter fits, the best first."""


def found(
    asked: str, matters: Iterable[Matter], classifier: Classifier, limit: int
) -> list[Matter]:
    """Return the matters that what was typed may mean, the likeliest first.

    Several words must all fit. Where nothing does, it is read as a report would be.
    """
    words = asked.lower().split()
    known = list(matters)
    ranked = [
        (rank, order)
        for order, matter in enumerate(known)
        if (rank := _rank(matter, words)) is not None
    ]
    if ranked:
        return [known[order] for _, order in sorted(ranked)[:limit]]
    likely = classifier.likeliest(Said(asked, "", 0, ""), limit)
    allowed = {matter.code for matter in known}
    return [each.matter for each in likely if each.matter and each.matter.code in allowed]


def _rank(matter: Matter, words: list[str]) -> int | None:
    """Return how well a matter fits, by its worst word; None where one does not fit at all."""
    ranks = [_rank_of(matter, word) for word in words]
    known = [rank for rank in ranks if rank is not None]
    return max(known) if known and len(known) == len(ranks) else None


def _rank_of(matter: Matter, word: str) -> int | None:
    titles = matter.title.zh.lower(), matter.title.en.lower()
    if matter.code.lower().startswith(word):
        return CODE
    if any(title.startswith(word) for title in titles):
        return BEGINS
    if any(word in title for title in titles):
        return NAMED
    if any(spoken.lower() in word or word in spoken.lower() for spoken in matter.words if spoken):
        return SPOKEN
    groups = (matter.group, matter.subgroup)
    if any(word in name.lower() for group in groups for name in (group.zh, group.en)):
        return GROUPED
    return None
