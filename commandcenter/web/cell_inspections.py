"""What was done on the spot in a cell lately, for the tab of its page that shows it."""

from commandcenter.cases import checks, inspections, photos
from commandcenter.domain.rights import Block
from commandcenter.domain.viewers import Viewer
from commandcenter.screen.cell_field import LastSeen
from commandcenter.screen.cell_tabs import FIELD, Look
from commandcenter.screen.inspection_bar import may_inspect
from commandcenter.web.services import Services

MOST = 8
NOTHING = LastSeen()


def last(services: Services, viewer: Viewer, code: str, look: Look) -> LastSeen:
    """Return the last inspections and checks in a cell; none where they are not shown."""
    if look.tab != FIELD:
        return NOTHING
    at = services.tree.position[code]
    with services.store.read() as connection:
        walks = inspections.last(connection, viewer, at, MOST) if may_inspect(viewer) else []
        if Block.PLACES not in viewer.blocks:
            return LastSeen(walks)
        found = checks.of_cell(connection, viewer, at, MOST)
        named = photos.by_number(connection, viewer, [c.photo for c in found if c.photo])
    return LastSeen(walks, found, {photo.id: photo for photo in named})
