"""What the search of the pages for tablets finds: cells by name and code, then cases."""

from commandcenter.cases import queues, search
from commandcenter.cases.queues import Queue, Wish
from commandcenter.domain.rights import Block
from commandcenter.domain.viewers import Viewer
from commandcenter.screen.search_page import Found
from commandcenter.web import desk_search
from commandcenter.web.services import Services

MOST_CELLS, MOST_CASES = 20, 50


def found(services: Services, viewer: Viewer, asked: str) -> Found:
    """Return what is found for some words; nothing for none."""
    if not asked:
        return Found()
    cells = search.cells(services.tree, viewer, asked, MOST_CELLS)
    if Block.CASES not in viewer.blocks:
        return Found(cells)
    wish = Wish(Queue.ALL, viewer.first, viewer.last, services.now())
    with services.store.read() as connection:
        hits = desk_search.found(services, connection, viewer, wish, asked)
        ids = hits.wish.ids or ()
        lines = queues.lines(connection, viewer, ids[:MOST_CASES])
    return Found(cells, lines, hits.phones, hits.is_cut or len(ids) > MOST_CASES)
