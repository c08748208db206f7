"""The metrics that are counted for every cell, by name.

Stock metrics say how many cases stand so now; flow metrics how many moves were made today, or with
the suffix `.30d` in the last thirty days, today included.
"""

from commandcenter.domain.cases import Command, Mark, State
from commandcenter.domain.coordination import CallState

STEP_OF = {
    Command.REPORT: "reported",
    Command.FILE: "filed",
    Command.REJECT: "rejected",
    Command.DISPATCH: "dispatched",
    Command.TAKE_UP: "taken_up",
    Command.HANDLE: "handled",
    Command.VERIFY: "verified",
    Command.REWORK: "reworked",
    Command.CLOSE: "closed",
    Command.RETURN: "returned",
    Command.SUSPEND: "suspended",
    Command.ESCALATE: "escalated",
    Command.MERGE: "merged",
    Command.REOPEN: "reopened",
    Command.RATE: "rated",
    Command.NOTE: "noted",
}
"""Flow metric of each counted command."""
JUDGED = {
    Command.FILE: "on_time",
    Command.HANDLE: "on_time",
    Command.CLOSE: "on_time",
    Command.RATE: "satisfied",
}
"""What is said of a command by its move's `on_time`: `<flow>.judged` counts those of which anything
is said, `<flow>.on_time` those done within their limit, `rated.satisfied` the good ratings."""
SATISFIED = 4
"""The least rating, of 1 to 5, with which somebody counts as satisfied."""
RETURNING = frozenset({Command.REOPEN, Command.UNMERGE})
"""Commands by which a case that had ended is held again, perhaps by the level that held it."""
WINDOW = ".30d"
WINDOW_DAYS = 30
USUAL_WEEKS = 8
DAYS_BACK = 62
"""Past days that are asked for: the weeks of the usual, and two whole months."""


def state_metric(state: State) -> str:
    """Stock: cases in a state."""
    return f"state.{state}"


def held(depth: int) -> str:
    """Stock: open cases held by a level."""
    return f"held.{depth}"


def overdue(depth: int) -> str:
    """Stock: cases of a level whose present clock has run out."""
    return f"overdue.{depth}"


def waiting(depth: int) -> str:
    """Stock: cases of a level that nobody has taken up yet."""
    return f"waiting.{depth}"


def soon(depth: int) -> str:
    """Stock: cases of a level whose present clock runs out within the hour."""
    return f"soon.{depth}"


def newly(depth: int) -> str:
    """Flow: cases that came to be held by a level."""
    return f"new.{depth}"


WHISTLES = "whistles"
"""Coordination: open whistles of a place."""


def calls(state: CallState) -> str:
    """Coordination: units called by open whistles of a place that are so far."""
    return f"calls.{state}"


def called(depth: int) -> str:
    """Coordination: units of a level that are whistled for and have not reported in yet."""
    return f"called.{depth}"


def called_late(depth: int) -> str:
    """Coordination: those of them whose time to report in is over."""
    return f"called_late.{depth}"


REPORT_INS = ("reported_in.judged", "reported_in.on_time")
"""Flows of the log of acts: called units whose time was judged, and those that came in it."""


def mark_metric(mark: Mark) -> str:
    """Stock: open cases that bear a mark."""
    return f"mark.{(mark.name or '').lower()}"


def channel(key: str) -> str:
    """Flow: reports of a channel."""
    return f"channel.{key}"


def stock_metrics(levels: int) -> tuple[str, ...]:
    """Return all stock metrics of a city with so many levels; `overdue` counts by the clock."""
    by_level = [name(d) for name in (held, waiting, overdue, soon) for d in range(levels)]
    return (
        "total",
        "open",
        "overdue",
        "soon",
        "supervised",
        *(state_metric(state) for state in State),
        *(mark_metric(mark) for mark in Mark),
        *by_level,
    )


def coordination_metrics(levels: int) -> tuple[str, ...]:
    """Return all metrics of whistles in a city with so many levels."""
    return (
        WHISTLES,
        *(calls(state) for state in CallState),
        *(name(d) for name in (called, called_late) for d in range(levels)),
    )


def flow_metrics(channels: tuple[str, ...], levels: int) -> tuple[str, ...]:
    """Return all flow metrics of a city with these channels and so many levels."""
    steps = tuple(STEP_OF.values())
    judged = [f"{STEP_OF[c]}.{kind}" for c, good in JUDGED.items() for kind in ("judged", good)]
    by_level = (newly(depth) for depth in range(levels))
    return (*steps, *judged, *(channel(key) for key in channels), *by_level)
