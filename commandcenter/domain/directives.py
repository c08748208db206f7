"""Directives (指令): an upper level orders all cells of a lower one. Acts, who may, and when."""

from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from commandcenter.domain.cells import Tree
from commandcenter.domain.clocks import DAY, HOUR, Millis
from commandcenter.domain.coordination import CellProgress
from commandcenter.domain.rights import Right, named
from commandcenter.domain.roles import Role
from commandcenter.domain.viewers import Viewer
from commandcenter.domain.whistles import Ground
from commandcenter.errors import Forbidden, IllegalMove, Invalid, NotFound


class DirectiveState(StrEnum):
    """Where a directive stands as a whole."""

    OPEN = "open"
    DONE = "done"
    """All its cells are done."""
    RECALLED = "recalled"
    LAPSED = "lapsed"
    """Its deadline is long over; what is not done stays so."""


class Act(StrEnum):
    """What can happen in a directive; `late` and `end` come by rule."""

    ISSUE = "issue"
    RECEIVE = "receive"
    ACT = "act"
    DONE = "done"
    LATE = "late"
    RECALL = "recall"
    END = "end"


TARGETS = {
    Act.RECEIVE: CellProgress.RECEIVED,
    Act.ACT: CellProgress.ACTING,
    Act.DONE: CellProgress.DONE,
}
"""How far a cell is after it says so: forward alone; saying what is known changes nothing."""
LIMIT: Millis = 2 * HOUR
"""What cells have where the issuer says nothing else: the round of the households."""
LONGEST_LIMIT: Millis = 365 * DAY
LAPSE: Millis = DAY
"""A directive ends by itself so long after its deadline."""
MOST_ACTS = 5_000


@dataclass(frozen=True, slots=True)
class Order:
    """What somebody orders: all cells of the level `depth_to` in the cell at position `cell`.

    `key` is the issuer's own name for it: the same again is the same directive.
    """

    cell: int
    depth_to: int
    title: str
    body: str = ""
    deadline: Millis | None = None
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """A cell, by position, and how far it says it is; without an instant it says so now."""

    cell: int
    act: Act
    note: str = ""
    at: Millis | None = None


def checked(ground: Ground, viewer: Viewer, given: Order, at: Millis) -> Order:
    """Return an order with its deadline; raises Invalid, Forbidden or NotFound."""
    if not viewer.sees(given.cell):
        raise NotFound("no such cell")
    if not viewer.may(Right.DIRECT):
        raise Forbidden(f"a directive is issued by {', '.join(named(Right.DIRECT))}")
    at_depth, deepest = int(ground.tree.depth[given.cell]), ground.tree.deepest
    if not at_depth <= given.depth_to <= deepest or given.depth_to == 0:
        raise Invalid(f"is no level below: {at_depth} to {deepest}", "depth_to")
    if ground.depth_of(viewer) >= given.depth_to:
        raise Forbidden("a level orders those below it, not itself")
    deadline = at + LIMIT if given.deadline is None else given.deadline
    if not at < deadline <= at + LONGEST_LIMIT:
        raise Invalid("must lie in the next year", "deadline")
    if not len(cells_of(ground.tree, given.cell, given.depth_to)):
        raise Invalid("there is no cell of that level", "depth_to")
    return replace(given, deadline=deadline)


def require_recall(ground: Ground, viewer: Viewer, depth_from: int) -> None:
    """Raise Forbidden for who may not recall a directive of a level."""
    if not viewer.may(Right.DIRECT):
        raise Forbidden(f"a directive is recalled by {', '.join(named(Right.DIRECT))}")
    if viewer.role is not Role.SOURCE and ground.depth_of(viewer) > depth_from:
        raise Forbidden("a directive is recalled by the level that issued it or one above")


def require_answerer(viewer: Viewer) -> None:
    """Raise Forbidden for who may not say how far cells are."""
    if not viewer.may(Right.ANSWER_ORDER):
        raise Forbidden(f"how far a cell is says {', '.join(named(Right.ANSWER_ORDER))}")


def require_open(state: DirectiveState) -> None:
    """Raise IllegalMove for a directive that has ended."""
    if state is not DirectiveState.OPEN:
        raise IllegalMove(f"the directive is {state}: nothing can be said of it any more")


def cells_of(tree: Tree, cell: int, depth: int) -> NDArray[np.intp]:
    """Return the positions of all cells of a level in a cell."""
    last = int(tree.last[cell])
    return np.flatnonzero(tree.depth[cell : last + 1] == depth) + cell
