"""Saved counts: checkpoints with their place in the log, and what each day added up to."""

from sqlalchemy import Connection, delete, select

from commandcenter.store.tables import checkpoints, tallies
from commandcenter.store.upsert import upsert


def load_checkpoint(connection: Connection, name: str) -> tuple[int, bytes] | None:
    """Return the last move that a checkpoint holds, and its payload."""
    query = select(checkpoints.c.seq, checkpoints.c.payload).where(checkpoints.c.name == name)
    row = connection.execute(query).first()
    return (row.seq, row.payload) if row else None


def saved_seq(connection: Connection, name: str) -> int | None:
    """Return the last move that a checkpoint holds, None if there is none."""
    return connection.execute(select(checkpoints.c.seq).where(checkpoints.c.name == name)).scalar()


def save_checkpoint(connection: Connection, name: str, seq: int, payload: bytes) -> None:
    """Replace a checkpoint."""
    upsert(connection, checkpoints, [{"name": name, "seq": seq, "payload": payload}], ("name",))


def load_tally(connection: Connection, day: int) -> bytes | None:
    """Return what the moves of a local day (its ordinal) add up to, None if nothing is kept."""
    return connection.execute(select(tallies.c.payload).where(tallies.c.day == day)).scalar()


def save_tally(connection: Connection, day: int, payload: bytes) -> None:
    """Replace a day's tally."""
    upsert(connection, tallies, [{"day": day, "payload": payload}], ("day",))


def forget(connection: Connection) -> None:
    """Drop all saved counts, so that they are counted anew."""
    connection.execute(delete(checkpoints))
    connection.execute(delete(tallies))
