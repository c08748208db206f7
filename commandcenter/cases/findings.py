"""What inspections have found: each case as it stands now, until it is closed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select

from commandcenter.cases import veil
from commandcenter.cases.inspections import InspectionStep
from commandcenter.domain.cases import OPEN, State
from commandcenter.domain.clocks import Millis
from commandcenter.domain.inspections import InspectionAct
from commandcenter.domain.rights import Block
from commandcenter.domain.viewers import Viewer
from commandcenter.store.tables import cases

MOST_STEPS_UP = 3
"""So many times a case that was merged is followed to the one into which it was."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A case that an inspection found; one that was merged stands as the one into which it was.

    `found` is the id under which it was found, `case_id` that of the case as it goes on. `since` is
    when it came to its state; `warn` and `due` are the yellow and the end of its clock.
    """

    found: int
    case_id: int
    at: Millis
    texts: tuple[str, ...]
    photos: tuple[int, ...]
    title: str
    matter: str | None
    cell: int
    unit: str | None
    state: State
    since: Millis
    due: Millis | None
    warn: Millis | None
    supervised: bool

    @property
    def is_open(self) -> bool:
        """Whether it is still to be followed."""
        return self.state in OPEN

    def is_overdue(self, now: Millis) -> bool:
        """Tell whether its time is over."""
        return self.due is not None and self.due <= now


def followed(
    connection: Connection, viewer: Viewer, steps: Sequence[InspectionStep]
) -> list[Finding]:
    """Return what the acts of an inspection have found: what is open first, the most urgent ahead.

    A case that was found twice is one finding; one outside the scope is none.
    """
    by_case: dict[int, list[InspectionStep]] = {}
    for step in steps:
        if step.act is InspectionAct.FIND and step.case_id is not None:
            by_case.setdefault(step.case_id, []).append(step)
    if Block.CASES not in viewer.blocks:
        return []
    rows = _rows(connection, viewer, by_case)
    found = [_finding(rows, case_id, acts) for case_id, acts in by_case.items() if case_id in rows]
    return sorted(found, key=lambda one: (not one.is_open, one.due or 2**62, one.found))


def _rows(connection: Connection, viewer: Viewer, ids: Iterable[int]) -> dict[int, Row[Any]]:
    """Return the rows of cases by id, with those into which they were merged."""
    found: dict[int, Row[Any]] = {}
    wanted = set(ids)
    for _ in range(MOST_STEPS_UP + 1):
        if not wanted:
            break
        query = select(cases).where(cases.c.id.in_(wanted))
        new = [row for row in connection.execute(query) if viewer.sees(row.cell)]
        found |= {row.id: row for row in new}
        wanted = {row.merged_into for row in new if row.merged_into} - set(found)
    return found


def _finding(
    rows: dict[int, Row[Any]], case_id: int, acts: Sequence[InspectionStep]
) -> Finding:
    row = rows[case_id]
    for _ in range(MOST_STEPS_UP):
        if row.merged_into not in rows:
            break
        row = rows[row.merged_into]
    photos = dict.fromkeys(photo for step in acts for photo in step.photos)
    return Finding(
        found=case_id,
        case_id=row.id,
        at=acts[0].at,
        texts=tuple(step.text for step in acts if step.text),
        photos=tuple(photos),
        title=veil.text(row.title, veil.reporter(row)),
        matter=row.matter,
        cell=row.cell,
        unit=row.unit,
        state=State(row.state),
        since=row.since,
        due=row.due,
        warn=row.warn,
        supervised=row.supervised,
    )
