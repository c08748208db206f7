"""Photos: kept beside the cases, and seen by staff who see the cell that they were taken in."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select, update

from commandcenter.domain.clocks import Millis
from commandcenter.domain.evidence import STAND_IN, Exhibit
from commandcenter.domain.rights import Block
from commandcenter.domain.viewers import Clearance, Viewer
from commandcenter.errors import Invalid, NotFound
from commandcenter.store.photo_tables import photos
from commandcenter.store.upsert import dialect_insert

ADDRESS = re.compile(r"/photos/([1-9][0-9]{0,17})")
"""The address of a photo, as evidence and attachments name it."""
MOST_SHOWN = 60
VERSION_LETTERS = 12


@dataclass(frozen=True, slots=True)
class Taken:
    """A picture to be kept: its bytes, and where it was taken and for what.

    `digest` is of what was sent. A `public` one came from somebody without an account.
    """

    digest: str
    kind: str
    width: int
    height: int
    thumb: bytes
    bytes: bytes
    cell: int
    case_id: int | None = None
    inspection_id: int | None = None
    lng: float | None = None
    lat: float | None = None
    public: bool = False


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo without its bytes."""

    id: int
    digest: str
    width: int
    height: int
    cell: int
    case_id: int | None
    inspection_id: int | None
    by: str
    at: Millis
    lng: float | None
    lat: float | None

    @property
    def url(self) -> str:
        """Its address, by which evidence names it."""
        return f"/photos/{self.id}"

    @property
    def thumb(self) -> str:
        """The address of the small one; nobody knows it who has not seen the photo named."""
        return f"/photos/{self.id}/thumb?v={self.version}"

    @property
    def version(self) -> str:
        """What changes with its content: a browser may keep what it fetched by it."""
        return self.digest[:VERSION_LETTERS]


@dataclass(frozen=True, slots=True)
class StandIn:
    """The drawn picture of a matter, where a simulated city has no photo."""

    matter: str
    at: Millis

    @property
    def url(self) -> str:
        """Its address, by which evidence names it."""
        return Exhibit.stand_in(self.matter).url

    @property
    def thumb(self) -> str:
        """The address of the small one."""
        return f"{self.url}/thumb"


@dataclass(frozen=True, slots=True)
class Pixels:
    """The bytes of a photo; those of one that is archived are None but for the small one."""

    photo: Photo
    kind: str
    bytes: bytes | None


ABOUT = tuple(photos.c[name] for name in Photo.__dataclass_fields__)


def sees_photos(viewer: Viewer) -> bool:
    """Tell whether photos exist for a viewer at all."""
    return viewer.clearance >= Clearance.STAFF and Block.CASES in viewer.blocks


def keep(connection: Connection, viewer: Viewer, given: Taken, at: Millis) -> Photo:
    """Keep a photo and return it; what the same one has sent before from there is kept once.

    Raises NotFound for a cell outside the scope.
    """
    if not viewer.sees(given.cell):
        raise NotFound("no such cell")
    row = {name: getattr(given, name) for name in Taken.__dataclass_fields__}
    statement = dialect_insert(connection, photos).values(row | {"by": viewer.name, "at": at})
    key = ["digest", "cell", "by"]
    made = connection.execute(
        statement.on_conflict_do_nothing(index_elements=key).returning(*ABOUT)
    ).first()
    if made is None:
        is_it = (photos.c.digest == given.digest, photos.c.cell == given.cell,
                 photos.c.by == viewer.name)  # fmt: skip
        made = connection.execute(select(*ABOUT).where(*is_it)).one()
    return _photo(made)


def pixels(connection: Connection, viewer: Viewer, photo_id: int, small: bool = False) -> Pixels:
    """Return the bytes of a photo, or of its small one; raises NotFound for who may not see it."""
    column = photos.c.thumb if small else photos.c.bytes
    query = select(*ABOUT, photos.c.kind, column.label("pixels")).where(photos.c.id == photo_id)
    row = connection.execute(query).first() if sees_photos(viewer) else None
    if row is None or not viewer.sees(row.cell):
        raise NotFound(f"photo {photo_id} does not exist")
    return Pixels(_photo(row), row.kind, row.pixels)


def of_case(connection: Connection, viewer: Viewer, case_id: int) -> list[Photo]:
    """Return the photos that were taken for a case, as far as the viewer sees them."""
    return _seen(connection, viewer, select(*ABOUT).where(photos.c.case_id == case_id))


def of_inspection(connection: Connection, viewer: Viewer, inspection_id: int) -> list[Photo]:
    """Return the photos that were taken on an inspection, as far as the viewer sees them."""
    return _seen(connection, viewer, select(*ABOUT).where(photos.c.inspection_id == inspection_id))


def by_number(connection: Connection, viewer: Viewer, numbers: Iterable[int]) -> list[Photo]:
    """Return those of some photos that the viewer sees."""
    wanted = sorted(set(numbers))
    if not wanted:
        return []
    return _seen(connection, viewer, select(*ABOUT).where(photos.c.id.in_(wanted)))


def hanging_on(
    connection: Connection, viewer: Viewer, case_id: int, named: Sequence[tuple[str, Millis]]
) -> list[Photo | StandIn]:
    """Return the photos of a case and those that it names, each with its instant, newest first."""
    found = {photo.id: photo for photo in of_case(connection, viewer, case_id)}
    more = [number for number in numbers_in(url for url, _ in named) if number not in found]
    found |= {photo.id: photo for photo in by_number(connection, viewer, more)}
    drawn = [
        StandIn(match[1], at) for url, at in named if (match := STAND_IN.fullmatch(url))
    ] if sees_photos(viewer) else []
    taken = sorted(found.values(), key=lambda photo: -photo.id)
    return sorted([*taken, *drawn], key=lambda each: -each.at)


def is_shown(address: str) -> bool:
    """Tell whether an address is of a picture that this server shows on a case's page."""
    return bool(ADDRESS.fullmatch(address) or STAND_IN.fullmatch(address))


def numbers_in(addresses: Iterable[str]) -> list[int]:
    """Return the numbers of the photos that are named among addresses."""
    found = (ADDRESS.fullmatch(address) for address in addresses)
    return [int(match[1]) for match in found if match]


def check_named(connection: Connection, viewer: Viewer, addresses: Sequence[str]) -> None:
    """Raise Invalid where a photo is named that the viewer does not see: evidence must be there.

    A picture that is drawn proves nothing.
    """
    if any(STAND_IN.fullmatch(address) for address in addresses):
        raise Invalid("a drawn picture is no evidence: send a photo", "evidence")
    named = set(numbers_in(addresses))
    if named and (missing := named - {p.id for p in by_number(connection, viewer, named)}):
        raise Invalid(f"there is no photo {min(missing)}: send it first", "evidence")


def attach(connection: Connection, viewer: Viewer, case_id: int, addresses: Sequence[str]) -> None:
    """Let a case have the viewer's own photos that are named for it and belong to none yet."""
    numbers = numbers_in(addresses)
    if not numbers:
        return
    mine = photos.c.id.in_(sorted(set(numbers))), photos.c.by == viewer.name
    free = photos.c.case_id.is_(None)
    connection.execute(update(photos).where(*mine, free).values(case_id=case_id))


def _seen(connection: Connection, viewer: Viewer, query: Any) -> list[Photo]:
    if not sees_photos(viewer):
        return []
    rows = connection.execute(query.order_by(photos.c.id).limit(MOST_SHOWN))
    return [_photo(row) for row in rows if viewer.sees(row.cell)]


def _photo(row: Any) -> Photo:
    return Photo(*(row._mapping[column.name] for column in ABOUT))
