"""Escalation by rule: what a level has left lying goes to the one above it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from commandcenter.cases.commands import Outcome, execute
from commandcenter.cases.instructions import Instruction
from commandcenter.domain.cases import Command
from commandcenter.domain.cells import Tree
from commandcenter.domain.clocks import Millis
from commandcenter.domain.desk import Desk
from commandcenter.domain.escalation import EACH, RULES, STATES, Escalation
from commandcenter.domain.matters import Matter
from commandcenter.domain.viewers import Clearance, Viewer
from commandcenter.store.settings import set_setting, setting
from commandcenter.store.tables import cases, moves

MARK = "escalated_until"
"""The setting that says until when clocks have been looked through."""
BATCH = 500


@dataclass(frozen=True, slots=True)
class Escalations:
    """Looks for overdue cases, each once: when its clock has been out for as long as a rule says.

    Begins with what runs out from its first look on: cases that were overdue before stay where they
    are. Cases of which their source tells the moves itself are left to it.
    """

    tree: Tree
    desk: Desk
    matters: Mapping[str, Matter]
    rules: Sequence[Escalation] = RULES

    def next_due(self, connection: Connection) -> Millis | None:
        """Return when to look again."""
        mark = setting(connection, MARK)
        return 0 if mark is None else int(mark) + EACH

    def escalate_overdue(self, connection: Connection, now: Millis) -> int:
        """Escalate what has been overdue for too long; returns how many cases that were."""
        mark = setting(connection, MARK)
        set_setting(connection, MARK, str(now))
        if mark is None:
            return 0
        viewer = Viewer(
            "rule", self.tree.cells[0].code, 0, len(self.tree) - 1, Clearance.STAFF, kind="system"
        )
        found = [each for rule in self.rules for each in _overdue(connection, rule, int(mark), now)]
        outcomes: list[Outcome] = []
        for first in range(0, len(found), BATCH):
            part = found[first : first + BATCH]
            outcomes += execute(connection, viewer, self.desk, self.matters, part)
        return sum(outcome.refusal is None for outcome in outcomes)


def _overdue(
    connection: Connection, rule: Escalation, mark: Millis, now: Millis
) -> list[Instruction]:
    """Return what a rule wants done of the clocks that came under it since `mark`."""
    query = (
        select(cases.c.id, cases.c.due)
        .where(
            cases.c.due.is_not(None),
            cases.c.due > mark - rule.after,
            cases.c.due <= now - rule.after,
            cases.c.state.in_([state.value for state in STATES]),
            cases.c.depth == rule.depth,
        )
        .order_by(cases.c.due)
    )
    due = {case_id: at for case_id, at in connection.execute(query)}
    led = _led_by_sources(connection, list(due))
    return [
        Instruction(case_id, Command.ESCALATE, at + rule.after, note=rule.note)
        for case_id, at in due.items()
        if case_id not in led
    ]


def _led_by_sources(connection: Connection, ids: Sequence[int]) -> set[int]:
    """Return the cases whose source has told more of them than the report."""
    found: set[int] = set()
    for first in range(0, len(ids), BATCH):
        query = (
            select(moves.c.case_id)
            .join(cases, cases.c.id == moves.c.case_id)
            .where(
                moves.c.case_id.in_(ids[first : first + BATCH]),
                moves.c.actor == cases.c.source,
                moves.c.command != Command.REPORT.value,
            )
        )
        found |= set(connection.execute(query).scalars())
    return found
