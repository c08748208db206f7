"""The desk's search box: a place narrows it, numbers are codes or phones, the rest are words."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from commandcenter.cases import search
from commandcenter.cases.queues import Wish
from commandcenter.domain.viewers import Viewer
from commandcenter.store.store import Connection
from commandcenter.web.services import Services

MOST_PLACES = 20


@dataclass(frozen=True, slots=True)
class Found:
    """A wish cut to what was found; masked phones by case, where a phone was looked for."""

    wish: Wish
    phones: Mapping[int, str]
    is_cut: bool = False
    """Whether there is more than the newest that are shown."""


def found(
    services: Services, connection: Connection, viewer: Viewer, wish: Wish, words: str
) -> Found:
    """Return a wish cut to what the search box says."""
    said = []
    for word in words.split():
        place = _place(services, viewer, word)
        if place is None:
            said.append(word)
            continue
        first, last = place
        wish = replace(wish, first=max(wish.first, first), last=min(wish.last, last))
    if not said:
        return Found(wish, {})
    asked = search.Wish(" ".join(said), wish.first, wish.last, limit=search.MOST)
    pages = [search.by_code(connection, viewer, asked), search.by_phone(connection, viewer, asked),
             search.by_words(connection, viewer, asked)]  # fmt: skip
    hits = {hit.id: hit.phone for page in reversed(pages) for hit in page.hits}
    phones = {case_id: phone for case_id, phone in hits.items() if phone}
    newest = sorted(hits, reverse=True)[: search.MOST]
    is_cut = len(hits) > len(newest) or any(page.cursor is not None for page in pages)
    return Found(replace(wish, ids=tuple(newest)), phones, is_cut)


def _place(services: Services, viewer: Viewer, word: str) -> tuple[int, int] | None:
    """Return the range of the cell that is called exactly so, the uppermost of several."""
    tree = services.tree
    for at in search.cells(tree, viewer, word, MOST_PLACES):
        cell = tree.cells[at]
        if word in (cell.name, cell.code):
            return at, int(tree.last[at])
    return None
