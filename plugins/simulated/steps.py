"""The steps of a lifecycle in the order in which they come, each with its command."""

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from commandcenter.api import Command, State

from .chance import Ints

NEVER = np.iinfo(np.int64).max
MOST_PARTS = 3
"""So many units share a cross case at most."""


class Step(IntEnum):
    """One column of a plan's times; what does not come is NEVER.

    From LAST_DISPATCH on it is the way of a reopened case to its end, and of one that somebody
    moved off its plan.
    """

    MERGE = 0
    FILE = 1
    DISPATCH = 2
    RETURN = 3
    DISPATCH_AGAIN = 4
    ESCALATE = 5
    HAND_DOWN = 6
    DISPATCH_ABOVE = 7
    TAKE_UP = 8
    SUSPEND = 9
    RESUME = 10
    JOIN = 11
    SUPERVISE = 14
    PART = 15
    HANDLE = 18
    REWORK = 19
    HANDLE_AGAIN = 20
    VERIFY = 21
    RELEASE = 22
    CLOSE = 23
    RATE = 24
    REOPEN = 25
    LAST_DISPATCH = 26
    LAST_TAKE_UP = 27
    LAST_RESUME = 28
    LAST_PART = 29
    LAST_HANDLE = 32
    LAST_VERIFY = 33
    LAST_CLOSE = 34


COLUMNS = 35
C, S = Command, State
_MOVES: dict[Step, tuple[Command, State, State]] = {
    Step.MERGE: (C.MERGE, S.REPORTED, S.MERGED),
    Step.FILE: (C.FILE, S.REPORTED, S.FILED),
    Step.DISPATCH: (C.DISPATCH, S.FILED, S.DISPATCHED),
    Step.RETURN: (C.RETURN, S.DISPATCHED, S.FILED),
    Step.DISPATCH_AGAIN: (C.DISPATCH, S.FILED, S.DISPATCHED),
    Step.ESCALATE: (C.ESCALATE, S.DISPATCHED, S.FILED),
    Step.HAND_DOWN: (C.HAND_DOWN, S.FILED, S.FILED),
    Step.DISPATCH_ABOVE: (C.DISPATCH, S.FILED, S.DISPATCHED),
    Step.TAKE_UP: (C.TAKE_UP, S.DISPATCHED, S.HANDLING),
    Step.SUSPEND: (C.SUSPEND, S.HANDLING, S.SUSPENDED),
    Step.RESUME: (C.RESUME, S.SUSPENDED, S.HANDLING),
    Step.JOIN: (C.PART_TAKE_UP, S.HANDLING, S.HANDLING),
    Step.SUPERVISE: (C.SUPERVISE, S.HANDLING, S.HANDLING),
    Step.PART: (C.PART_DONE, S.HANDLING, S.HANDLING),
    Step.HANDLE: (C.HANDLE, S.HANDLING, S.HANDLED),
    Step.REWORK: (C.REWORK, S.HANDLED, S.HANDLING),
    Step.HANDLE_AGAIN: (C.HANDLE, S.HANDLING, S.HANDLED),
    Step.VERIFY: (C.VERIFY, S.HANDLED, S.VERIFIED),
    Step.RELEASE: (C.RELEASE, S.VERIFIED, S.VERIFIED),
    Step.CLOSE: (C.CLOSE, S.VERIFIED, S.CLOSED),
    Step.RATE: (C.RATE, S.CLOSED, S.CLOSED),
    Step.REOPEN: (C.REOPEN, S.CLOSED, S.FILED),
    Step.LAST_DISPATCH: (C.DISPATCH, S.FILED, S.DISPATCHED),
    Step.LAST_TAKE_UP: (C.TAKE_UP, S.DISPATCHED, S.HANDLING),
    Step.LAST_RESUME: (C.RESUME, S.SUSPENDED, S.HANDLING),
    Step.LAST_PART: (C.PART_DONE, S.HANDLING, S.HANDLING),
    Step.LAST_HANDLE: (C.HANDLE, S.HANDLING, S.HANDLED),
    Step.LAST_VERIFY: (C.VERIFY, S.HANDLED, S.VERIFIED),
    Step.LAST_CLOSE: (C.CLOSE, S.VERIFIED, S.CLOSED),
}


def _step_of(column: int) -> Step:
    """Return the step that a column belongs to: joining and parts have one for each unit."""
    return max(step for step in Step if step <= column)


COMMANDS = tuple(_MOVES[_step_of(column)][0] for column in range(COLUMNS))
"""The command of each column; a rejected case has REJECT for FILE, a cross one ENGAGE."""
BEFORE = tuple(_MOVES[_step_of(column)][1] for column in range(COLUMNS))
AFTER = tuple(_MOVES[_step_of(column)][2] for column in range(COLUMNS))
"""The state in which the command of a column is given, and the one it leads to."""
STAYING = np.array(
    [before is after and step is not Step.HAND_DOWN
     for before, after, step in zip(BEFORE, AFTER, map(_step_of, range(COLUMNS)), strict=True)]
)  # fmt: skip
"""Columns that leave a case in its state since the same instant."""
WAY_OUT = {
    S.FILED: Step.LAST_DISPATCH, S.DISPATCHED: Step.LAST_TAKE_UP,
    S.SUSPENDED: Step.LAST_RESUME, S.HANDLING: Step.LAST_HANDLE,
    S.HANDLED: Step.LAST_VERIFY, S.VERIFIED: Step.LAST_CLOSE,
}  # fmt: skip
"""Where a case that was moved off its plan goes on, by its state."""
_KINDS = (*COMMANDS, C.REJECT, C.ENGAGE)


def commands(
    row: NDArray[np.intp],
    column: NDArray[np.intp],
    rejected: NDArray[np.bool_],
    cross: NDArray[np.bool_],
) -> list[Command]:
    """Return the commands that columns hold for cases."""
    kind = np.where((column == Step.FILE) & rejected[row], COLUMNS, column)
    kind = np.where((column == Step.DISPATCH) & cross[row], COLUMNS + 1, kind)
    return [_KINDS[each] for each in kind.tolist()]


def next_column(times: Ints, row: int, column: int) -> int:
    """Return the next column after `column` in which something happens, -1 at the end."""
    left = np.flatnonzero(times[row, column + 1 :] != NEVER)
    return column + 1 + int(left[0]) if len(left) else -1
