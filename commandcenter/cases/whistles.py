"""Whistles in the store: each command is one transaction of rows and acts in the log.

Long: blowing, what the called say, recall and lateness change the same few rows in one way.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from commandcenter.cases.rows import facts_of
from commandcenter.domain import whistles as rules
from commandcenter.domain.cases import OPEN, Command, Mark
from commandcenter.domain.clocks import Millis
from commandcenter.domain.coordination import CallState
from commandcenter.domain.viewers import Viewer
from commandcenter.domain.whistles import Act, Ground, Side, Summons, WhistleState
from commandcenter.errors import IllegalMove, Invalid, NotFound
from commandcenter.store import acts, log
from commandcenter.store.coordination_tables import calls, whistles
from commandcenter.store.tables import cases
from commandcenter.store.upsert import dialect_insert

BATCH = 1000


@dataclass(frozen=True, slots=True)
class Told:
    """What is said of a whistle: for one of its calls, or with `recall` for all of it."""

    whistle: int
    act: Act
    unit: str = ""
    note: str = ""
    rating: int | None = None


def blow(
    connection: Connection, viewer: Viewer, ground: Ground, given: Summons, at: Millis
) -> int:
    """Whistle for units; returns the whistle's id, of the one there is where the key is known.

    Raises Invalid, Forbidden, NotFound, or IllegalMove for a case that has ended.
    """
    summons = rules.checked(ground, viewer, given, at)
    case = _case_of(connection, viewer, summons)
    whistle_id, is_new = _insert(connection, viewer, summons, at)
    if not is_new:
        return whistle_id
    seats = {unit: int(ground.tree.depth[ground.seat(unit)]) for unit in summons.units}
    new = {
        "whistle_id": whistle_id, "cell": summons.cell, "state": CallState.CALLED.value,
        "called_at": at, "due": summons.due, "note": "", "version": 1,
    }  # fmt: skip
    rows = [new | {"unit": unit, "depth": depth} for unit, depth in seats.items()]
    connection.execute(insert(calls), rows)
    if case is not None:
        _mark(connection, viewer, case, Command.WHISTLE, at)
    called = _entry(viewer, whistle_id, Act.CALL, at)._replace(cell=summons.cell)
    entries = [
        called._replace(
            note=summons.title, depth=summons.depth or 0, state_to=WhistleState.OPEN.value
        ),
        *(
            called._replace(depth=depth, unit=unit, state_to=CallState.CALLED.value)
            for unit, depth in seats.items()
        ),
    ]
    acts.append(connection, entries)
    return whistle_id


def act(connection: Connection, viewer: Viewer, ground: Ground, given: Told, at: Millis) -> None:
    """Carry out what somebody says of a whistle.

    Raises NotFound, Forbidden, Invalid, or IllegalMove with what would be legal.
    """
    if given.act is Act.RECALL:
        recall(connection, viewer, ground, given, at)
        return
    if given.act is Act.RATE:
        rate(connection, viewer, ground, given, at)
        return
    whistle, call = _locked(connection, viewer, given)
    is_open = whistle.ended_at is None
    target = rules.next_state(CallState(call.state), given.act, is_open)
    rules.require_called(ground, viewer, given.unit)
    at = max(at, call.called_at)
    entries = _lateness(call, at)
    late_at = entries[0].at if entries else call.late_at
    comes_now = call.reported_in_at is None
    _write_call(connection, call, {
        "state": target.value,
        "late_at": late_at,
        "reported_in_at": at if comes_now else call.reported_in_at,
        "acting_at": at if target is not CallState.REPORTED_IN and call.acting_at is None
        else call.acting_at,
        "done_at": at if target is CallState.DONE else None,
        "note": given.note or call.note,
    })  # fmt: skip
    entries.append(
        _call_entry(call, given.act, at, viewer.name)._replace(
            note=given.note, state_to=target.value,
            state_from=rules.LATE if comes_now and late_at is not None else call.state,
            on_time=True if comes_now and late_at is None else None,
        )
    )  # fmt: skip
    if target is CallState.DONE and _all_done(connection, given.whistle):
        entries.append(_end(connection, viewer, whistle, WhistleState.ENDED, at))
    acts.append(connection, entries)


def rate(connection: Connection, viewer: Viewer, ground: Ground, given: Told, at: Millis) -> None:
    """Keep what one side thinks of the other, 1 to 5; the last word counts.

    Who belongs to the unit rates as the called one, others as the level that whistles.
    """
    whistle, call = _locked(connection, viewer, given)
    state = CallState(call.state)
    rules.next_state(state, Act.RATE, whistle.ended_at is None)
    rating = given.rating
    if rating is None or not rules.WORST <= rating <= rules.BEST:
        raise Invalid(f"give {rules.WORST} to {rules.BEST}", "rating")
    side = _side(viewer, given.unit)
    if side is Side.CALLED:
        rules.require_called(ground, viewer, given.unit)
    else:
        rules.require_caller(ground, viewer, whistle.depth)
    _write_call(connection, call, {f"rating_by_{side.value}": rating})
    words = f"{side.value} {rating}{' · ' if given.note else ''}{given.note}"
    entry = _call_entry(call, Act.RATE, at, viewer.name)._replace(note=words)
    acts.append(connection, [entry])


def recall(
    connection: Connection, viewer: Viewer, ground: Ground, given: Told, at: Millis
) -> None:
    """Call back a whistle: who is not done need not be any more."""
    whistle = _whistle(connection, viewer, given.whistle)
    if whistle.ended_at is not None:
        raise IllegalMove(f"the whistle is {whistle.state} already", (Act.RATE,))
    rules.require_caller(ground, viewer, whistle.depth)
    query = select(calls).where(calls.c.whistle_id == given.whistle).order_by(calls.c.unit)
    entries: list[acts.Entry] = []
    # Locked, so that who is late is not said to be so a second time by the rule.
    for call in connection.execute(query.with_for_update()).all():
        if call.state == CallState.DONE:
            continue
        late = _lateness(call, at)
        entries += late
        is_late = bool(late) or (call.late_at is not None and call.state == CallState.CALLED)
        changed: dict[str, Any] = {"state": CallState.RECALLED.value}
        _write_call(connection, call, changed | ({"late_at": late[0].at} if late else {}))
        entries.append(
            _call_entry(call, Act.RECALL, at, viewer.name)._replace(
                note=given.note, state_from=rules.LATE if is_late else call.state,
                state_to=CallState.RECALLED.value,
            )
        )  # fmt: skip
    entries.append(_end(connection, viewer, whistle, WhistleState.RECALLED, at))
    acts.append(connection, entries)


def mark_late(connection: Connection, now: Millis) -> int:
    """Say of every called unit whose time was over before `now` that it has not come, at the
    instant at which it was; returns how many there were, at most BATCH.
    """
    waiting = (calls.c.state == CallState.CALLED.value, calls.c.late_at.is_(None))
    query = select(calls).where(*waiting, calls.c.due < now).order_by(calls.c.due).limit(BATCH)
    # Who is being written to now is looked at in the next step.
    late = connection.execute(query.with_for_update(skip_locked=True)).all()
    for call in late:
        _write_call(connection, call, {"late_at": call.due})
    acts.append(connection, [entry for call in late for entry in _lateness(call, now)])
    return len(late)


def next_due(connection: Connection) -> Millis | None:
    """Return when the time of the next called unit is over, None where none is waited for."""
    waiting = (calls.c.state == CallState.CALLED.value, calls.c.late_at.is_(None))
    return connection.execute(select(func.min(calls.c.due)).where(*waiting)).scalar()


def find(connection: Connection, viewer: Viewer, keys: Sequence[str]) -> dict[str, int]:
    """Return the ids of the viewer's own whistles by the names it gave them."""
    found: dict[str, int] = {}
    for start in range(0, len(keys), BATCH):
        query = select(whistles.c.external_id, whistles.c.id).where(
            whistles.c.source == viewer.name,
            whistles.c.external_id.in_(keys[start : start + BATCH]),
        )
        found |= {key: number for key, number in connection.execute(query)}
    return found


def _insert(
    connection: Connection, viewer: Viewer, given: Summons, at: Millis
) -> tuple[int, bool]:
    row = {
        "cell": given.cell, "depth": given.depth, "caller": viewer.name,
        "caller_unit": viewer.unit, "case_id": given.case_id, "title": given.title,
        "reason": given.reason, "place": given.place, "lng": given.lng, "lat": given.lat,
        "created_at": at, "due": given.due, "state": WhistleState.OPEN.value, "version": 1,
        "source": viewer.name if given.key is not None else None, "external_id": given.key,
    }  # fmt: skip
    statement = dialect_insert(connection, whistles).values(row)
    known = whistles.c.external_id.is_not(None)
    made = connection.execute(
        statement.on_conflict_do_nothing(
            index_elements=["source", "external_id"], index_where=known
        ).returning(whistles.c.id)
    ).scalar()
    if made is not None:
        return made, True
    return find(connection, viewer, [given.key or ""])[given.key or ""], False


def _case_of(connection: Connection, viewer: Viewer, given: Summons) -> Row[Any] | None:
    if given.case_id is None:
        return None
    query = select(cases).where(cases.c.id == given.case_id).with_for_update()
    row = connection.execute(query).first()
    if row is None or not viewer.sees(row.cell):
        raise NotFound(f"case {given.case_id} does not exist")
    if facts_of(row).state not in OPEN:
        raise IllegalMove(f"case {row.id} is {row.state}: nobody need come to it any more")
    return row


def _mark(
    connection: Connection, viewer: Viewer, row: Row[Any], command: Command, at: Millis
) -> None:
    """Put the mark of a whistle on a case, or take it off, with a move that changes nothing else.
    """
    before = facts_of(row)
    is_set = command is Command.WHISTLE
    after = before._replace(
        marks=before.marks | Mark.WHISTLED if is_set else before.marks & ~Mark.WHISTLED
    )
    changed = {"marks": int(after.marks), "version": cases.c.version + 1}
    connection.execute(update(cases).where(cases.c.id == row.id).values(changed))
    log.append(
        connection,
        [log.Entry(row.id, command, at, viewer.name, row.channel, None, before, after)],
    )


def _whistle(connection: Connection, viewer: Viewer, number: int) -> Row[Any]:
    # The case first, as who blows does: two who wait for each other's rows would never end.
    case_id = select(whistles.c.case_id).where(whistles.c.id == number).scalar_subquery()
    connection.execute(select(cases.c.id).where(cases.c.id == case_id).with_for_update())
    row = connection.execute(
        select(whistles).where(whistles.c.id == number).with_for_update()
    ).first()
    if row is None or not viewer.sees(row.cell):
        raise NotFound(f"whistle {number} does not exist")
    return row


def _locked(connection: Connection, viewer: Viewer, given: Told) -> tuple[Row[Any], Row[Any]]:
    whistle = _whistle(connection, viewer, given.whistle)
    query = select(calls).where(calls.c.whistle_id == given.whistle, calls.c.unit == given.unit)
    call = connection.execute(query.with_for_update()).first()
    if call is None:
        raise NotFound(f"whistle {given.whistle} calls no {given.unit}")
    return whistle, call


def _lateness(call: Row[Any], at: Millis) -> list[acts.Entry]:
    """Return the act that is due where a unit has not come by `at` and nobody has said so."""
    if call.state != CallState.CALLED or call.late_at is not None or at <= call.due:
        return []
    entry = _call_entry(call, Act.LATE, call.due, "rule")
    return [entry._replace(state_to=rules.LATE, on_time=False)]


def _all_done(connection: Connection, number: int) -> bool:
    query = select(calls.c.unit).where(
        calls.c.whistle_id == number, calls.c.state != CallState.DONE.value
    )
    return connection.execute(query.limit(1)).first() is None


def _end(
    connection: Connection, viewer: Viewer, row: Row[Any], state: WhistleState, at: Millis
) -> acts.Entry:
    changed = {"state": state.value, "ended_at": at, "version": whistles.c.version + 1}
    connection.execute(update(whistles).where(whistles.c.id == row.id).values(changed))
    if row.case_id is not None:
        _unmark(connection, viewer, row, at)
    return _entry(viewer, row.id, Act.END, at)._replace(
        cell=row.cell, depth=row.depth, state_from=row.state, state_to=state.value
    )


def _unmark(connection: Connection, viewer: Viewer, row: Row[Any], at: Millis) -> None:
    others = select(whistles.c.id).where(
        whistles.c.case_id == row.case_id, whistles.c.ended_at.is_(None)
    )
    if connection.execute(others.limit(1)).first() is not None:
        return
    case = connection.execute(select(cases).where(cases.c.id == row.case_id)).first()
    if case is not None and case.marks & Mark.WHISTLED:
        _mark(connection, viewer, case, Command.WHISTLE_END, at)


def _write_call(connection: Connection, call: Row[Any], changed: dict[str, Any]) -> None:
    same = (calls.c.whistle_id == call.whistle_id) & (calls.c.unit == call.unit)
    values = changed | {"version": calls.c.version + 1}
    connection.execute(update(calls).where(same).values(values))


def _side(viewer: Viewer, unit: str) -> Side:
    return Side.CALLED if viewer.unit == unit else Side.CALLER


def _entry(viewer: Viewer, number: int, act_: Act, at: Millis) -> acts.Entry:
    return acts.Entry(acts.Kind.WHISTLE.value, number, act_.value, at, viewer.name, "", 0, 0,
                      None, None, "")  # fmt: skip


def _call_entry(call: Row[Any], act_: Act, at: Millis, actor: str) -> acts.Entry:
    return acts.Entry(acts.Kind.WHISTLE.value, call.whistle_id, act_.value, at, actor, "",
                      call.cell, call.depth, call.unit, call.state, call.state)  # fmt: skip
