"""Commands of inspections: start one, and what is done in it; heard late, twice and in any order.

Each act is kept once under its key, with the time of who acts and the time at which it was heard.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

from sqlalchemy import Connection, func, insert, select, update

from commandcenter.cases.inspection_rows import PLACES, owner_of, route_of
from commandcenter.domain import inspections as rules
from commandcenter.domain.clocks import Millis
from commandcenter.domain.inspections import (
    MOST_ACTS,
    Deed,
    InspectionAct,
    Point,
    Span,
    thinned,
)
from commandcenter.domain.viewers import Viewer
from commandcenter.errors import CommandCenterError, Forbidden, IllegalMove, Invalid, NotFound
from commandcenter.store.field_tables import inspection_acts, inspection_routes, inspections
from commandcenter.store.photo_tables import photos
from commandcenter.store.tables import cases
from commandcenter.store.upsert import dialect_insert, upsert

Locate = Callable[[float, float], int | None]
"""Finds the position of the cell around a point, None outside the city."""
A = InspectionAct


@dataclass(frozen=True, slots=True)
class Setting:
    """Where places are found, and what time it is."""

    locate: Locate
    now: Millis


@dataclass(frozen=True, slots=True)
class Beginning:
    """What an inspection starts with; `cell` is the position of the place.

    The same `key` of the same person is the same inspection.
    """

    cell: int
    title: str
    at: Millis
    lng: float | None = None
    lat: float | None = None
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Heard:
    """What came of a deed: it was taken, was known, or is refused.

    `outside` counts points that lie outside the scope, of which nothing is kept.
    """

    deed: Deed
    refusal: CommandCenterError | None = None
    is_known: bool = False
    outside: int = 0


def start(connection: Connection, viewer: Viewer, setting: Setting, given: Beginning) -> int:
    """Start an inspection; returns its id, of the one there is where the key is known.

    Raises Forbidden, NotFound, Invalid, or IllegalMove while another one of the same person runs.
    """
    rules.require(viewer)
    if not viewer.sees(given.cell):
        raise NotFound("no such cell")
    known = find_start(connection, viewer, given.key)
    if known is not None:
        return known
    at = rules.started_at(given.at, setting.now)
    row = {
        "owner": owner_of(viewer), "who": viewer.name, "role": viewer.role and viewer.role.value,
        "key": given.key, "cell": given.cell, "title": given.title, "started_at": at,
        "ended_at": None, "summary": "",
    }  # fmt: skip
    statement = dialect_insert(connection, inspections).values(row).on_conflict_do_nothing()
    number: int | None = connection.execute(statement.returning(inspections.c.id)).scalar()
    if number is None:
        # Two that came at once with one key are one.
        known = find_start(connection, viewer, given.key)
        if known is None:
            raise _runs_already(connection, viewer)
        return known
    book = _Book(connection, viewer, setting, number, given.cell, Span(at))
    lng, lat, _ = book.placed(given.lng, given.lat)
    book.write(Deed(A.START, at, given.cell, lng, lat), "")
    if lng is not None and lat is not None:
        book.extend([Point(at, lng, lat, given.cell)])
    return number


def act(
    connection: Connection, viewer: Viewer, setting: Setting, number: int, deeds: Sequence[Deed]
) -> list[Heard]:
    """Take deeds of an inspection in; one that is refused costs only itself.

    Raises NotFound for no such inspection, Forbidden for one of somebody else.
    """
    rules.require(viewer)
    query = select(inspections).where(inspections.c.id == number).with_for_update()
    row = connection.execute(query).first()
    if row is None or not (row.owner == owner_of(viewer) or viewer.sees(row.cell)):
        raise NotFound(f"inspection {number} does not exist")
    if row.owner != owner_of(viewer):
        raise Forbidden("the inspection is of somebody else: only who began it acts in it")
    span = Span(row.started_at, row.ended_at)
    book = _Book(connection, viewer, setting, number, row.cell, span)
    return [book.hear(deed) for deed in deeds]


def find_start(connection: Connection, viewer: Viewer, key: str | None) -> int | None:
    """Return the id of the viewer's own inspection that was started under a key."""
    if key is None:
        return None
    same = inspections.c.owner == owner_of(viewer), inspections.c.key == key
    return connection.execute(select(inspections.c.id).where(*same)).scalar()


@dataclass(slots=True)
class _Book:
    """An inspection that is written to in one transaction; its row is locked."""

    connection: Connection
    viewer: Viewer
    setting: Setting
    number: int
    cell: int
    span: Span

    def hear(self, deed: Deed) -> Heard:
        """Take a deed in, or say why not."""
        try:
            return self._take(deed)
        except (Invalid, IllegalMove, NotFound) as refusal:
            return Heard(deed, refusal)

    def _take(self, given: Deed) -> Heard:
        known = self._known(given.key)
        if known is not None:
            if known != _digest(given):
                raise Invalid("this key was used for another act: give each act its own", "key")
            return Heard(given, is_known=True)
        rules.check(given)
        at = rules.done_at(self.span, given.act, given.at, self.setting.now)
        if self._count() >= MOST_ACTS:
            raise IllegalMove(f"an inspection holds {MOST_ACTS} acts: end it, start another one")
        lng, lat, around = self.placed(given.lng, given.lat)
        cell = self._cell_of(given, around)
        self._claim_photos(given.photos)
        points, outside = self._route_of(given, at)
        if lng is not None and lat is not None and around is not None:
            points.append(Point(at, lng, lat, around))
        self.extend(points)
        deed = replace(given, at=at, cell=cell, lng=lng, lat=lat)
        if given.act is A.END:
            self._end(deed)
        self.write(deed, _digest(given))
        return Heard(given, outside=outside + int(given.lng is not None and lng is None))

    def placed(
        self, lng: float | None, lat: float | None
    ) -> tuple[float | None, float | None, int | None]:
        """Return a place and the cell around it; nothing of it where it lies out of the scope."""
        if lng is None or lat is None:
            return None, None, None
        at = self.setting.locate(lng, lat)
        if at is None or not self.viewer.sees(at):
            return None, None, None
        return lng, lat, at

    def write(self, deed: Deed, digest: str) -> None:
        """Keep a deed; a route is kept by itself and leaves no text."""
        self.connection.execute(
            insert(inspection_acts).values(
                inspection_id=self.number, key=deed.key, digest=digest, act=deed.act.value,
                at=deed.at, taken_at=self.setting.now, who=self.viewer.name, cell=deed.cell,
                lng=deed.lng, lat=deed.lat, text=deed.text, case_id=deed.case_id,
                photos=list(deed.photos) or None,
            )
        )  # fmt: skip

    def extend(self, points: Sequence[Point]) -> None:
        """Add points to the route."""
        if points:
            route = thinned([*route_of(self.connection, self.number), *points])
            row = {"inspection_id": self.number, "points": [list(point) for point in route]}
            upsert(self.connection, inspection_routes, [row], ("inspection_id",))

    def _cell_of(self, deed: Deed, around: int | None) -> int:
        """Return where a deed lies: a finding where its case does, a visit in the cell it names."""
        if deed.act is A.FIND:
            return _case_cell(self.connection, self.viewer, deed.case_id)
        if deed.act is A.END:
            return self.cell
        if deed.cell is not None:
            if not self.viewer.sees(deed.cell):
                raise NotFound("no such cell in your scope")
            return deed.cell
        return around if around is not None else self._last_cell(deed.at)

    def _last_cell(self, at: Millis) -> int:
        """Return the cell that was visited last before an instant."""
        acts = inspection_acts
        of_it = acts.c.inspection_id == self.number, acts.c.act.in_(PLACES), acts.c.at <= at
        query = select(acts.c.cell).where(*of_it).order_by(acts.c.at.desc(), acts.c.id.desc())
        found: int | None = self.connection.execute(query.limit(1)).scalar()
        return self.cell if found is None else found

    def _claim_photos(self, given: Sequence[int]) -> None:
        """Look whether photos are there for the viewer, and say of which inspection they are."""
        if not given:
            return
        query = select(photos.c.id, photos.c.cell).where(photos.c.id.in_(given))
        seen = {one for one, cell in self.connection.execute(query) if self.viewer.sees(cell)}
        if missing := sorted(set(given) - seen):
            raise NotFound(f"photo {missing[0]} does not exist")
        free = photos.c.id.in_(given), photos.c.inspection_id.is_(None)
        claimed = update(photos).where(*free).values(inspection_id=self.number)
        self.connection.execute(claimed)

    def _route_of(self, deed: Deed, at: Millis) -> tuple[list[Point], int]:
        """Return the points in the scope and in the time of the inspection; how many are not."""
        latest = max(at, self.setting.now) if self.span.ended_at is None else self.span.ended_at
        first, last = self.span.started_at - rules.SKEW, latest + rules.SKEW
        found = []
        for point in deed.points:
            cell = self.placed(point.lng, point.lat)[2]
            if cell is not None and first <= point.at <= last:
                found.append(point._replace(cell=cell))
        return found, len(deed.points) - len(found)

    def _end(self, deed: Deed) -> None:
        acts = inspection_acts
        query = select(func.max(acts.c.at)).where(acts.c.inspection_id == self.number)
        latest: Millis | None = self.connection.execute(query).scalar()
        ended_at = rules.ended_at(deed.at, [] if latest is None else [latest])
        changed = {"ended_at": ended_at, "summary": deed.text}
        statement = update(inspections).where(inspections.c.id == self.number).values(changed)
        self.connection.execute(statement)
        self.span = replace(self.span, ended_at=ended_at)

    def _known(self, key: str | None) -> str | None:
        if key is None:
            return None
        same = inspection_acts.c.inspection_id == self.number, inspection_acts.c.key == key
        return self.connection.execute(select(inspection_acts.c.digest).where(*same)).scalar()

    def _count(self) -> int:
        acts = inspection_acts
        query = select(func.count()).where(acts.c.inspection_id == self.number)
        return self.connection.execute(query).scalar_one()


def _case_cell(connection: Connection, viewer: Viewer, case_id: int | None) -> int:
    query = select(cases.c.cell).where(cases.c.id == case_id)
    cell = connection.execute(query).scalar()
    if cell is None or not viewer.sees(cell):
        raise NotFound(f"case {case_id} does not exist")
    found: int = cell
    return found


def _digest(deed: Deed) -> str:
    said = (
        deed.act.value, deed.at, deed.cell, deed.lng, deed.lat, deed.text, deed.case_id,
        deed.photos, [tuple(point) for point in deed.points],
    )  # fmt: skip
    return sha256(repr(said).encode()).hexdigest()


def _runs_already(connection: Connection, viewer: Viewer) -> IllegalMove:
    running = inspections.c.owner == owner_of(viewer), inspections.c.ended_at.is_(None)
    number = connection.execute(select(inspections.c.id).where(*running)).scalar()
    return IllegalMove(f"your inspection {number} runs: end it first", ("end",))
