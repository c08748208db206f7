"""The one place in which rows lose what is personal: whatever leaves this room has passed it.

Texts of persons, cases, moves, whistles and directives are covered for everybody alike, but for the
numbers of houses, which clearance 2 is shown in cases. The plain words are read by `unmasking`
alone, for a reason that is written down.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, select

from commandcenter.domain.masking import (
    Person,
    mask,
    masked_link,
    masked_name,
    masked_payload,
    masked_phone,
    person,
)
from commandcenter.domain.viewers import Clearance, Viewer
from commandcenter.store.tables import cases

NOBODY = Person()
"""Behind words of which nobody is known."""
REPORTER = (cases.c.reporter_name, cases.c.reporter_phone)
"""What a row needs so that the reporter's own name and number are covered in its texts too."""


def text(words: str, who: Person = NOBODY) -> str:
    """Return free words as everybody may read them."""
    return who.covered(words) if who is not NOBODY else mask(words)


def reporter(row: Any, viewer: Viewer | None = None) -> Person:
    """Return who reported a case, from a row that has REPORTER, as its words are told to a viewer.
    """
    shows_houses = viewer is not None and viewer.clearance >= Clearance.PERSONAL
    return person(row.reporter_name, row.reporter_phone, shows_houses=shows_houses)


def reporters(
    connection: Connection, ids: Iterable[int | None], viewer: Viewer | None = None
) -> dict[int | None, Person]:
    """Return who reported cases, by their ids; what belongs to no case has nobody."""
    wanted = {case_id for case_id in ids if case_id is not None}
    found: dict[int | None, Person] = {None: NOBODY}
    if wanted:
        query = select(cases.c.id, *REPORTER).where(cases.c.id.in_(wanted))
        found |= {row.id: reporter(row, viewer) for row in connection.execute(query)}
    return found


def name(said: str | None) -> str | None:
    """Return a person's name of which the surname is left."""
    return None if said is None else masked_name(said)


def phone(said: str | None) -> str | None:
    """Return a phone number of which the middle is covered."""
    return None if said is None else masked_phone(said)


def link(said: str, who: Person = NOBODY) -> str:
    """Return a link; of one whose name is personal only the covered words are told."""
    return masked_link(said, who)


def links(said: Sequence[str] | None, who: Person = NOBODY) -> tuple[str, ...]:
    """Return the links of attachments."""
    return tuple(link(each, who) for each in said or ())


def payload(said: str) -> str:
    """Return what was handed in as operators may read it."""
    return masked_payload(said)
