"""An inspection with what it found and the photos of it, as its page and its report show it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from commandcenter.cases import findings, inspection_acts, inspections, photos
from commandcenter.cases.findings import Finding
from commandcenter.cases.inspections import Inspection
from commandcenter.cases.photos import Photo
from commandcenter.domain.viewers import Viewer
from commandcenter.errors import NotFound

BY_KEY = "key:"
"""What stands before the key of a start, where that is how an inspection is named."""
LONGEST_NUMBER = 18


@dataclass(frozen=True, slots=True)
class InspectionFile:
    """An inspection as a viewer may see it; photos by their number."""

    inspection: Inspection
    findings: Sequence[Finding] = ()
    photos: Mapping[int, Photo] = field(default_factory=dict)


def read(connection: Connection, viewer: Viewer, number: int) -> InspectionFile:
    """Return an inspection with what belongs to it; raises NotFound."""
    found = inspections.inspection(connection, viewer, number)
    numbers = {photo for step in found.steps for photo in step.photos}
    shown = photos.by_number(connection, viewer, numbers)
    followed = findings.followed(connection, viewer, found.steps)
    return InspectionFile(found, followed, {photo.id: photo for photo in shown})


def number_of(connection: Connection, viewer: Viewer, named: str) -> int:
    """Return the number of an inspection named by it, or by the key of its start.

    Raises NotFound for what names none.
    """
    if named.startswith(BY_KEY):
        key = named.removeprefix(BY_KEY)
        number = inspection_acts.find_start(connection, viewer, key)
        if number is not None:
            return number
    elif named.isascii() and named.isdecimal() and len(named) <= LONGEST_NUMBER:
        return int(named)
    raise NotFound("no such inspection")
