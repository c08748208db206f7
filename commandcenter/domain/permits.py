"""What somebody may do to a case: the table of the loop, applied to a viewer and a case."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from commandcenter.domain.cases import (
    REOPENED_WITHIN,
    RULES,
    TABLE,
    Command,
    Facts,
    Mark,
    Rule,
    State,
)
from commandcenter.domain.clocks import Millis
from commandcenter.domain.roles import ROLE_TITLES, Role
from commandcenter.domain.viewers import Viewer
from commandcenter.errors import Forbidden

LEVEL_FREE = frozenset({Command.REPORT, Command.RATE, Command.NOTE})
"""What is no act of a level: also those below may do it."""
OF_PARTS = frozenset({Command.PART_TAKE_UP, Command.PART_DONE})
JUDGING = frozenset({Command.VERIFY, Command.REWORK, Command.CLOSE})
"""What somebody else than who handled the case must do."""


class PartState(StrEnum):
    """How far a unit is with its part of a cross case."""

    CALLED = "called"
    ACTING = "acting"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Part:
    """What one unit has to do in a cross case; one of them leads."""

    unit: str
    is_lead: bool
    state: PartState


@dataclass(frozen=True, slots=True)
class Around:
    """What stands around a case and decides with its facts: parts, whether it was reopened, rated.

    `lowest` is the lowest level that can hold the case where it lies.
    """

    lowest: int
    parts: tuple[Part, ...] = ()
    was_reopened: bool = False
    is_rated: bool = False

    @property
    def undone(self) -> tuple[str, ...]:
        """The units whose parts are not done."""
        return tuple(part.unit for part in self.parts if part.state is not PartState.DONE)


def legal_for(viewer: Viewer, facts: Facts, around: Around, now: Millis) -> tuple[Command, ...]:
    """Return the commands that a viewer may give to a case as it stands."""
    return tuple(
        rule.command
        for rule in _rules_from(facts.state)
        if not forbidden(viewer, rule, facts, around)
        and not hindrance(rule.command, facts, around, now)
    )


@cache
def _rules_from(state: State) -> tuple[Rule, ...]:
    return tuple(rule for (source, _), rule in RULES.items() if source is state)


def forbidden(viewer: Viewer, rule: Rule, facts: Facts, around: Around) -> str:
    """Return why a viewer may not give a command to a case, nothing where it may."""
    if viewer.is_system:
        return ""
    if viewer.role is None or viewer.role not in rule.roles:
        return needed(rule.command)
    if viewer.role is Role.SOURCE:
        return ""
    if viewer.role is Role.UNIT_OFFICER:
        return _not_of_unit(viewer, rule.command, facts, around)
    if rule.command in JUDGING and viewer.unit is not None and viewer.unit == facts.unit:
        return f"somebody else than the unit {viewer.unit}, which handled it, must {rule.command}"
    if rule.command not in LEVEL_FREE and viewer.depth > facts.depth:
        return (
            f"the case is held by level {facts.depth}, and {viewer.scope} is of level "
            f"{viewer.depth}: whoever holds a case acts on it"
        )
    return ""


def _not_of_unit(viewer: Viewer, command: Command, facts: Facts, around: Around) -> str:
    if viewer.unit is None:
        return "a unit officer without a unit: give the account its unit"
    mine = {facts.unit}
    if command in OF_PARTS:
        mine = {part.unit for part in around.parts}
    elif command is Command.NOTE:
        mine |= {part.unit for part in around.parts}
    if viewer.unit in mine:
        return ""
    return f"the case is not with the unit {viewer.unit}"


def check_role(viewer: Viewer, command: Command) -> None:
    """Raise Forbidden for who may never give a command, whatever the case."""
    if viewer.is_system:
        return
    if viewer.role is None or viewer.role not in roles_of(command):
        raise Forbidden(needed(command))


@cache
def roles_of(command: Command) -> frozenset[Role]:
    """Return the roles that may give a command in some state."""
    return frozenset(role for rule in TABLE if rule.command is command for role in rule.roles)


@cache
def needed(command: Command) -> str:
    """Return which roles a command needs, in words."""
    roles = [role for role in ROLE_TITLES if role in roles_of(command)]
    named = " or ".join(role.value for role in roles)
    return f"{command} needs the role {named}" if roles else f"{command} is given by rule alone"


def hindrance(command: Command, facts: Facts, around: Around, now: Millis) -> str:
    """Return why a command is not legal though the state allows it, nothing where it is."""
    if command is Command.REOPEN:
        if around.was_reopened:
            return "it was reopened once already"
        return "it was closed too long ago" if now - facts.since > REOPENED_WITHIN else ""
    if command is Command.RATE:
        return "it is rated already" if around.is_rated else ""
    if command is Command.DISTINCT:
        return "" if facts.marks & Mark.LIKELY else "it is like no other"
    if command is Command.ESCALATE:
        return "" if facts.depth > 0 else "the city holds it: there is no level above"
    if command is Command.HAND_DOWN:
        return "" if facts.depth < around.lowest else "no level below it can hold it"
    return _hindrance_of_parts(command, around.parts)


def _hindrance_of_parts(command: Command, parts: tuple[Part, ...]) -> str:
    if command is Command.HANDLE:
        undone = [part.unit for part in parts if part.state is not PartState.DONE]
        return f"not yet done: the parts of {', '.join(undone)}" if undone else ""
    if command is Command.PART_TAKE_UP:
        return _any(parts, PartState.CALLED)
    if command is Command.PART_DONE:
        return _any(parts, PartState.CALLED, PartState.ACTING)
    return ""


def _any(parts: Iterable[Part], *states: PartState) -> str:
    return "" if any(part.state in states for part in parts) else "no unit has such a part"
