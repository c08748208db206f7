"""Cases, their states, and the one table of legal moves: the closed loop with all beside it."""

from collections.abc import Iterable
from enum import IntFlag, StrEnum
from typing import NamedTuple

from commandcenter.domain.clocks import DAY, Clock, ClockAct, Millis
from commandcenter.domain.roles import (
    DESK,
    DOING,
    HANDING_UP,
    LEADING,
    NOBODY,
    NOTING,
    SOURCES,
    Role,
)
from commandcenter.errors import IllegalMove


class State(StrEnum):
    """Where a case stands."""

    REPORTED = "reported"
    REJECTED = "rejected"
    FILED = "filed"
    DISPATCHED = "dispatched"
    HANDLING = "handling"
    HANDLED = "handled"
    VERIFIED = "verified"
    CLOSED = "closed"
    ASSESSED = "assessed"
    SUSPENDED = "suspended"
    MERGED = "merged"


class Command(StrEnum):
    """What can be done to a case."""

    REPORT = "report"
    REJECT = "reject"
    FILE = "file"
    DISPATCH = "dispatch"
    ENGAGE = "engage"
    TAKE_UP = "take_up"
    PART_TAKE_UP = "part_take_up"
    PART_DONE = "part_done"
    RETURN = "return"
    HANDLE = "handle"
    REWORK = "rework"
    VERIFY = "verify"
    CLOSE = "close"
    ASSESS = "assess"
    RATE = "rate"
    REOPEN = "reopen"
    SUSPEND = "suspend"
    RESUME = "resume"
    ESCALATE = "escalate"
    HAND_DOWN = "hand_down"
    MERGE = "merge"
    UNMERGE = "unmerge"
    LIKELY = "likely"
    DISTINCT = "distinct"
    SUPERVISE = "supervise"
    RELEASE = "release"
    NOTE = "note"
    WHISTLE = "whistle"
    WHISTLE_END = "whistle_end"


class Mark(IntFlag):
    """What is to be said of an open case beside its state; a case that has ended bears none."""

    RETURNED = 1
    """It came back: the unit said that it was the wrong one."""
    CROSS = 2
    """Several units share it (三跨)."""
    LIKELY = 4
    """It is likely the same as another one, and the desk has not said whether."""
    ESCALATED = 8
    """A lower level has handed it up."""
    REOPENED = 16
    """It was closed before."""
    WHISTLED = 32
    """Units are whistled to it."""


NO_MARKS = Mark(0)

S = State
STEPS = (S.REPORTED, S.FILED, S.DISPATCHED, S.HANDLING, S.HANDLED, S.VERIFIED, S.CLOSED, S.ASSESSED)
"""The eight steps of the closed loop, in order."""
OPEN = frozenset(
    {S.REPORTED, S.FILED, S.DISPATCHED, S.HANDLING, S.HANDLED, S.VERIFIED, S.SUSPENDED}
)
"""States in which a case still asks for something."""
WAITING = frozenset({S.REPORTED, S.FILED, S.DISPATCHED})
"""States in which nobody has taken the case up yet."""
CLOCKED = frozenset({S.REPORTED, S.FILED, S.DISPATCHED, S.HANDLING, S.HANDLED})
"""States with a limit: filing, dispatch, the unit's handling, verification."""
REOPENED_WITHIN = 7 * DAY
"""For so long after it was closed a case may be reopened, once."""


class Need(StrEnum):
    """A field without which a person's command is refused; of evidence the matter says what."""

    NOTE = "note"
    MATTER = "matter"
    UNIT = "unit"
    UNITS = "units"
    MASTER = "master"
    RATING = "rating"
    EVIDENCE = "evidence"


class Rule(NamedTuple):
    """One row of the table: from which states a command leads where, who may give it, with what.

    A `target` of None leaves the state as it is. Without roles the system alone gives it, by rule.
    `needs` are asked of persons; a source says what has been done elsewhere. `sets` and `clears`
    are marks, `clock` is what becomes of the clock.
    """

    command: Command
    sources: tuple[State, ...]
    target: State | None
    roles: frozenset[Role]
    needs: tuple[Need, ...] = ()
    clock: ClockAct = ClockAct.KEEP
    sets: Mark = NO_MARKS
    clears: Mark = NO_MARKS


SAME = None
"""In the table: the command leaves the state as it is."""
S, C, N, A, M = State, Command, Need, ClockAct, Mark
AT_DESK = (S.REPORTED, S.FILED)
AT_UNIT, NOT_TAKEN_UP = (S.DISPATCHED, S.HANDLING), (*AT_DESK, S.DISPATCHED)
OPEN_IN_ORDER = tuple(state for state in State if state in OPEN)
WITHOUT_UNIT = (*AT_DESK, S.MERGED)
KNOWN = tuple(state for state in State if state not in (S.MERGED, S.REJECTED))

TABLE: tuple[Rule, ...] = (
    Rule(C.REPORT, (), S.REPORTED, SOURCES, (), A.FILING),
    Rule(C.FILE, (S.REPORTED,), S.FILED, DESK, (N.MATTER,), A.DISPATCH),
    Rule(C.REJECT, (S.REPORTED,), S.REJECTED, DESK, (N.NOTE,), A.STOP),
    Rule(C.DISPATCH, (S.FILED,), S.DISPATCHED, DESK, (N.UNIT,), A.UNIT, clears=M.RETURNED),
    Rule(C.ENGAGE, (S.FILED,), S.DISPATCHED, LEADING, (N.UNITS,), A.UNIT, M.CROSS, M.RETURNED),
    Rule(C.ENGAGE, AT_UNIT, SAME, LEADING, (N.UNITS,), A.KEEP, M.CROSS),
    Rule(C.TAKE_UP, (S.DISPATCHED,), S.HANDLING, DOING),
    Rule(C.PART_TAKE_UP, AT_UNIT, SAME, DOING),
    Rule(C.PART_DONE, AT_UNIT, SAME, DOING),
    Rule(C.RETURN, AT_UNIT, S.FILED, DOING, (N.NOTE,), A.DISPATCH, M.RETURNED, M.CROSS),
    Rule(C.HANDLE, (S.HANDLING,), S.HANDLED, DOING, (N.EVIDENCE,), A.VERIFICATION),
    Rule(C.REWORK, (S.HANDLED,), S.HANDLING, DESK, (N.NOTE,), A.BACK),
    Rule(C.VERIFY, (S.HANDLED,), S.VERIFIED, DESK, (), A.STOP),
    Rule(C.CLOSE, (S.VERIFIED,), S.CLOSED, DESK, (), A.STOP),
    Rule(C.ASSESS, (S.CLOSED,), S.ASSESSED, DESK, (), A.STOP),
    Rule(C.RATE, (S.CLOSED,), SAME, DESK, (N.RATING,)),
    Rule(C.REOPEN, (S.CLOSED,), S.FILED, LEADING, (), A.DISPATCH, M.REOPENED),
    Rule(C.SUSPEND, AT_UNIT, S.SUSPENDED, LEADING, (N.NOTE,), A.PAUSE),
    Rule(C.RESUME, (S.SUSPENDED,), S.HANDLING, LEADING, (), A.RESUME),
    Rule(C.ESCALATE, (S.FILED, *AT_UNIT), S.FILED, HANDING_UP, (N.NOTE,), A.DISPATCH,
         M.ESCALATED, M.CROSS | M.RETURNED),
    Rule(C.HAND_DOWN, (S.FILED, *AT_UNIT), S.FILED, LEADING, (), A.DISPATCH,
         NO_MARKS, M.ESCALATED | M.CROSS | M.RETURNED),
    Rule(C.MERGE, NOT_TAKEN_UP, S.MERGED, DESK, (N.MASTER, N.NOTE), A.STOP),
    Rule(C.UNMERGE, (S.MERGED,), S.REPORTED, DESK, (), A.FILING),
    Rule(C.LIKELY, OPEN_IN_ORDER, SAME, NOBODY, sets=M.LIKELY),
    Rule(C.DISTINCT, OPEN_IN_ORDER, SAME, DESK, clears=M.LIKELY),
    Rule(C.SUPERVISE, KNOWN, SAME, LEADING, (N.NOTE,)),
    Rule(C.RELEASE, KNOWN, SAME, LEADING),
    Rule(C.NOTE, KNOWN, SAME, NOTING, (N.NOTE,)),
    Rule(C.WHISTLE, OPEN_IN_ORDER, SAME, NOBODY, sets=M.WHISTLED),
    Rule(C.WHISTLE_END, OPEN_IN_ORDER, SAME, NOBODY, clears=M.WHISTLED),
)  # fmt: skip
"""The legal moves. A command stands in one row for each state it may be given in."""

RULES: dict[tuple[State, Command], Rule] = {
    (source, rule.command): rule for rule in TABLE for source in rule.sources
}
"""The rows by state and command."""
LEGAL: dict[tuple[State, Command], State | None] = {key: r.target for key, r in RULES.items()}
"""The state that a command leads to, by the state it is given in."""
BY_SYSTEM = frozenset(rule.command for rule in TABLE if not rule.roles)


def legal_commands(state: State) -> tuple[Command, ...]:
    """Return the commands that somebody may give in `state`, whoever that is."""
    return tuple(
        command for source, command in RULES if source is state and command not in BY_SYSTEM
    )


def rule_for(state: State, command: Command) -> Rule:
    """Return the row of a command in a state; raises IllegalMove if the table does not hold it."""
    rule = RULES.get((state, command))
    if rule is None:
        raise illegal(command, state, legal_commands(state))
    return rule


def illegal(command: Command, state: State, legal: Iterable[Command], why: str = "") -> IllegalMove:
    """Return the refusal of a command, with what would be legal instead."""
    instead = tuple(legal)
    named = ", ".join(instead) or "nothing"
    reason = f" ({why})" if why else ""
    return IllegalMove(
        f"cannot {command} a case that is {state}{reason}; legal now: {named}", instead
    )


def next_state(state: State, command: Command) -> State:
    """Return the state after `command`; raises IllegalMove if the table does not hold it."""
    target = rule_for(state, command).target
    return state if target is None else target


class Facts(NamedTuple):
    """What the counts need to know of a case: where it stands, who holds it and until when.

    A plain tuple with names, as `Order` is: a history makes millions of them.

    `depth` is the level that holds it, `marks` a sum of `Mark`; `due` ends the clock of the present
    step, None if no clock runs; `deadline` ends the handling limit of its matter; `since` is when
    it entered its state. `clock` is the clock that ends with `due`, or stands; a case from before
    clocks were kept has none. The log of moves keeps neither it nor the deadline.
    """

    cell: int
    state: State
    depth: int
    since: Millis
    due: Millis | None = None
    deadline: Millis | None = None
    unit: str | None = None
    supervised: bool = False
    marks: int = 0
    clock: Clock | None = None

    def logged(self) -> "Facts":
        """Return what the log of moves keeps of the facts."""
        return self._replace(deadline=None, clock=None)


class Order(NamedTuple):
    """A command with what it sets; fields that are None leave the case as it was.

    `clock` is the clock of the case after the command, None where none runs or stands.
    """

    command: Command
    at: Millis
    unit: str | None = None
    depth: int | None = None
    due: Millis | None = None
    deadline: Millis | None = None
    clock: Clock | None = None


def move(facts: Facts, order: Order) -> Facts:
    """Return the facts after `order`; raises IllegalMove.

    What leaves the state as it is leaves `since` too. A case that has ended bears no marks.
    """
    rule = rule_for(facts.state, order.command)
    marks = facts.marks
    if rule.sets or rule.clears:
        marks = (marks | rule.sets._value_) & ~rule.clears._value_
    if rule.target is None:
        flag = facts.supervised
        if order.command in (C.SUPERVISE, C.RELEASE):
            flag = order.command is C.SUPERVISE
        unit = order.unit or facts.unit
        return facts._replace(supervised=flag, marks=marks, unit=unit)
    target = rule.target
    due, clock = _clock_after(rule, facts, order)
    return Facts(
        facts.cell,
        target,
        facts.depth if order.depth is None else order.depth,
        order.at,
        due if target in CLOCKED else None,
        facts.deadline if order.deadline is None else order.deadline,
        order.unit or (None if target in WITHOUT_UNIT else facts.unit),
        facts.supervised,
        marks if target in OPEN else 0,
        clock,
    )


def _clock_after(rule: Rule, facts: Facts, order: Order) -> tuple[Millis | None, Clock | None]:
    """Return when the clock ends after a command, and the clock; one unknown ends by deadline."""
    if rule.clock is A.KEEP:
        return facts.due, facts.clock
    if order.clock is not None:
        return order.clock.due, order.clock
    deadline = facts.deadline if order.deadline is None else order.deadline
    return order.due if order.due is not None else deadline, None
