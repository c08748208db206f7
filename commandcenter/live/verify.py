"""Proves counts: what is shown against a recount from the cases, and from the moves."""

from dataclasses import dataclass, replace

from commandcenter.cases import duplicates_recount, recount
from commandcenter.domain.clocks import Millis
from commandcenter.domain.metrics import WINDOW
from commandcenter.host.panel import NOTHING_HANDLED, UnitRecord
from commandcenter.live import checkpoint
from commandcenter.live.coordination_proof import prove
from commandcenter.live.differences import Difference, differences
from commandcenter.live.rollup import BY_CLOCK, Frame, Rollup
from commandcenter.store.engines import be_patient
from commandcenter.store.store import Connection, Store


@dataclass(frozen=True, slots=True)
class Proof:
    """What was compared, and all differences found."""

    cases: int
    moves: int
    compared: int
    differences: tuple[Difference, ...]


def verify(frame: Frame, store: Store, now: Millis) -> Proof:
    """Compare the counts a start would show with recounts of all cases, all moves, open acts."""
    shown = Rollup(frame, store)
    checkpoint.start(shown, now)
    with store.read() as connection:
        be_patient(connection)
        shown.catch_up(connection)
        from_cases = Rollup(frame, store)
        from_cases.count_stock(recount.groups_of_cases(connection))
        from_cases.read_clocks(connection, shown.now)
        moved = Rollup(frame, store)
        moved.count_stock(recount.groups_of_moves(connection))
        from_cases.count_days(connection, shown.now)
        from_cases.records.load(connection, shown.now)
        proof = compare(shown, from_cases, moved)
        compared, found = prove(connection, shown)
        found = [*found, *_duplicates(connection, shown)]
    return replace(
        proof, compared=proof.compared + compared, differences=(*proof.differences, *found)
    )


def _duplicates(connection: Connection, shown: Rollup) -> list[Difference]:
    return [
        Difference("duplicates", f"case {fault.case_id} {fault.what}", cell, 1, 0)
        for fault in duplicates_recount.faults(connection)
        for cell in [shown.tree.cells[fault.cell].code]
    ]


def compare(shown: Rollup, from_cases: Rollup, from_moves: Rollup) -> Proof:
    """Compare three sets of counts, metric by metric and cell by cell."""
    found: list[Difference] = []
    compared = 0
    for name in shown.stock.names:
        pairs = [("cases", from_cases.stock.of(name))]
        if not name.startswith(BY_CLOCK):
            pairs.append(("moves", from_moves.stock.of(name)))
        for what, counted in pairs:
            found += differences(shown.tree, what, name, shown.stock.of(name), counted)
            compared += len(counted)
    for name in shown.flows.names:
        for suffix in ("", ".30d"):
            metric = name + suffix
            counted = from_cases.flows.of(metric)
            found += differences(shown.tree, "moves", metric, shown.flows.of(metric), counted)
            compared += len(counted)
    root = shown.tree.cells[0].code
    for what, one, other in (
        ("unit held", shown.held_by, from_cases.held_by),
        ("unit overdue", shown.overdue_by, from_cases.overdue_by),
    ):
        for unit in one.keys() | other.keys():
            if one.get(unit, 0) != other.get(unit, 0):
                found.append(Difference(what, unit, root, one.get(unit, 0), other.get(unit, 0)))
    found += _records(shown, from_cases)
    compared += len(shown.tree)
    total = int(shown.stock.of("total")[0])
    return Proof(total, shown.seq, compared, tuple(found))


def _records(shown: Rollup, counted: Rollup) -> list[Difference]:
    """Compare what units have handled, and hold its sums against what cells have."""
    one, other = shown.records.whole(), counted.records.whole()
    root = shown.tree.cells[0].code
    found = [
        Difference(f"unit {field}", unit, root, mine, its)
        for unit in one.keys() | other.keys()
        for field, mine, its in zip(
            UnitRecord._fields,
            one.get(unit, NOTHING_HANDLED),
            other.get(unit, NOTHING_HANDLED),
            strict=True,
        )
        if mine != its
    ]
    metric = f"handled.judged{WINDOW}"
    by_cell = shown.flows.of(metric)
    return found + differences(shown.tree, "units", metric, by_cell, shown.records.judged())
