"""Checks (核查): somebody has looked at a coloured cell. Who may, what is said, when next."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from commandcenter.domain.clocks import DAY, HOUR, Millis
from commandcenter.domain.colours import Colour
from commandcenter.domain.rights import Right, named
from commandcenter.domain.text import Text
from commandcenter.domain.viewers import Viewer
from commandcenter.errors import Forbidden, IllegalMove, Invalid, NotFound


class Finding(StrEnum):
    """What somebody found who looked."""

    STANDS = "stands"
    """The risk is there as it was."""
    EASED = "eased"
    """Something is being done about it."""
    GONE = "gone"
    """It is not there any more, whatever the rule still says."""


FINDING_TITLES: Mapping[Finding, Text] = {
    Finding.STANDS: Text("风险仍在", "Still there"),
    Finding.EASED: Text("已在控制", "Under control"),
    Finding.GONE: Text("未见风险", "Not found"),
}
CHECK_HOURS = 2.0
"""What passes until the next check where neither the rule nor who checks says something else."""
LONGEST_PAUSE: Millis = 30 * DAY


@dataclass(frozen=True, slots=True)
class Check:
    """What somebody says of the cell at a position; without `next_check` the rule's own pause.

    `photo` is the number of one that was sent before.
    """

    cell: int
    finding: Finding
    note: str = ""
    next_check: Millis | None = None
    photo: int | None = None


@dataclass(frozen=True, slots=True)
class Checked:
    """A check of a cell; who sees no persons is told neither by whom nor the note nor the photo.

    `photo` is the number of the one that was taken.
    """

    at: Millis
    by: str
    finding: Finding
    note: str
    next_check: Millis
    photo: int | None = None


def require_checker(viewer: Viewer, cell: int) -> None:
    """Raise NotFound for a cell outside the scope, Forbidden for who checks nothing."""
    if not viewer.sees(cell):
        raise NotFound("no such cell")
    if not viewer.may(Right.ACT_IN_FIELD):
        raise Forbidden(f"what is red is checked by {', '.join(named(Right.ACT_IN_FIELD))}")


def is_checked(colour: Colour) -> bool:
    """Tell whether there is anything to look at in a cell of a colour."""
    return colour > Colour.BLUE


def checked(given: Check, colour: Colour, hours: float, at: Millis) -> Check:
    """Return a check with its next instant; raises IllegalMove or Invalid."""
    if not is_checked(colour):
        raise IllegalMove("the cell is blue: there is nothing to check")
    if given.finding is Finding.GONE and not given.note.strip():
        raise Invalid("say how you know that the risk is gone", "note")
    following = at + round(hours * HOUR) if given.next_check is None else given.next_check
    if not at < following <= at + LONGEST_PAUSE:
        raise Invalid("must lie in the next thirty days", "next_check")
    return replace(given, next_check=following)
