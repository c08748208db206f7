"""What the audit log says of the commands that a source hands in: one entry for each list.

It names the cases, or of many their digest; what was done to each stands in the moves.
"""

from collections import Counter
from collections.abc import Sequence
from hashlib import sha256

from commandcenter.cases.audit import Detail, Entry
from commandcenter.cases.carrying import Outcome
from commandcenter.cases.instructions import Instruction
from commandcenter.domain.audit import AuditKind
from commandcenter.domain.cells import Tree
from commandcenter.domain.viewers import Viewer

MOST_NAMED = 100
"""Cases that are named one by one."""


def of_commands(tree: Tree, viewer: Viewer, outcomes: Sequence[Outcome]) -> list[Entry]:
    """Return the entry for what was carried out, none where nothing was."""
    done = [(each.instruction, each.facts.cell) for each in outcomes if each.facts is not None]
    if not done:
        return []
    cells = [cell for _, cell in done]
    given = [instruction for instruction, _ in done]
    numbers = sorted({each.case_id for each in given})
    what = f"case:{numbers[0]}" if len(numbers) == 1 else _named(viewer)
    at = tree.common(min(cells), max(cells))
    detail = {
        "source": viewer.name,
        "commands": Counter([each.command._value_ for each in given]),
        "cases": len(numbers),
        **_which(numbers, given),
    }
    return [Entry(AuditKind.COMMANDED, viewer.name, what, detail, tree.cells[at].code, at)]


def of_words(tree: Tree, viewer: Viewer, said: Detail) -> list[Entry]:
    """Return the entry for what a source says of whistles and directives."""
    detail, at = {"source": viewer.name, **said}, viewer.first
    what, where = _named(viewer), tree.cells[at].code
    return [Entry(AuditKind.COMMANDED, viewer.name, what, detail, where, at)]


def _named(viewer: Viewer) -> str:
    return f"source:{viewer.name}"


def _which(numbers: Sequence[int], given: Sequence[Instruction]) -> Detail:
    """Return the cases by number, or the SHA-256 of a line `case command at` for each command."""
    if len(numbers) <= MOST_NAMED:
        return {"numbers": numbers}
    lines = "".join([f"{each.case_id} {each.command._value_} {each.at}\n" for each in given])
    digest = sha256(lines.encode()).hexdigest()
    return {"first": numbers[0], "last": numbers[-1], "digest": digest}
