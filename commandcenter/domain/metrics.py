"""The metrics that are counted for every cell, by name.

Stock metrics say how many cases stand so now; flow metrics how many moves were made today, or with
the suffix `.30d` in the last thirty days, today included.
"""

from commandcenter.domain.cases import Command, Mark, State

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
}
"""Flow metric of each counted command."""
ON_TIME = frozenset({Command.FILE, Command.HANDLE, Command.CLOSE})
"""Commands with a limit: `<flow>.judged` counts those that had one, `<flow>.on_time` the timely."""
KINDS = ("judged", "on_time")
WINDOW = ".30d"
WINDOW_DAYS = 30
USUAL_WEEKS = 8


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


def mark_metric(mark: Mark) -> str:
    """Stock: open cases that bear a mark."""
    return f"mark.{(mark.name or '').lower()}"


def channel(key: str) -> str:
    """Flow: reports of a channel."""
    return f"channel.{key}"


def stock_metrics(levels: int) -> tuple[str, ...]:
    """Return all stock metrics of a city with so many levels; `overdue` counts by the clock."""
    by_level = [name(d) for name in (held, waiting, overdue) for d in range(levels)]
    return (
        "total",
        "open",
        "overdue",
        "supervised",
        *(state_metric(state) for state in State),
        *(mark_metric(mark) for mark in Mark),
        *by_level,
    )


def flow_metrics(channels: tuple[str, ...]) -> tuple[str, ...]:
    """Return all flow metrics of a city with these channels."""
    steps = tuple(STEP_OF.values())
    judged = [f"{step}.{kind}" for c, step in STEP_OF.items() if c in ON_TIME for kind in KINDS]
    return (*steps, *judged, *(channel(key) for key in channels))
