"""Saves counts with their place in the log, so that a restart counts only what came since."""

import zlib
from collections.abc import Sequence

import numpy as np
import orjson
from numpy.typing import NDArray

from commandcenter.domain.clocks import Millis
from commandcenter.live.rollup import Rollup
from commandcenter.store import log
from commandcenter.store.checkpoints import (
    load_checkpoint,
    save_checkpoint,
    save_tally,
    saved_seq,
)
from commandcenter.store.engines import be_patient
from commandcenter.store.leases import Fence, unfenced

Array = NDArray[np.int32] | NDArray[np.int64]
NAME = "rollup"
FORMAT = 1


def save(rollup: Rollup, fence: Fence = unfenced) -> None:
    """Write the counts and the tallies that are pending, in one transaction.

    The arrays are copied under the lock and packed outside it, which takes ten times as long.
    Raises LeaseLost, and writes nothing, if another worker saves by now.
    """
    with rollup.lock:
        if not rollup.is_whole:
            return
        seq, day, tallies = rollup.seq, rollup.flows.day, rollup.flows.pending()
        arrays = [array.copy() for array in _arrays(rollup)]
    payload = _pack(_signature(rollup) | {"day": day}, arrays)
    with rollup.store.write() as connection:
        fence(connection)
        save_checkpoint(connection, NAME, seq, payload)
        for of_day, packed in tallies.items():
            save_tally(connection, of_day, packed)
    with rollup.lock:
        rollup.base = seq
        rollup.flows.written(tallies)


def start(rollup: Rollup, now: Millis) -> bool:
    """Make the counts right for `now`; returns whether a checkpoint could be used."""
    rollup.is_whole = False
    resumed = _resume(rollup, now)
    if not resumed:
        rollup.rebuild(now)
    rollup.is_whole = True
    return resumed


def follow_saved(rollup: Rollup, now: Millis) -> None:
    """Go on from the flows of a checkpoint that another worker saved, if one did.

    Moves of past days change tallies in the store, and only who holds the lease writes them: who
    counted those moves on top of the tallies of a later checkpoint would count them twice.
    """
    with rollup.store.read() as connection:
        seq = saved_seq(connection, NAME)
        if seq is None or seq == rollup.base:
            return
        rollup.catch_up(connection)
        saved = load_checkpoint(connection, NAME)
        with rollup.lock, rollup.changing():
            if saved is not None and seq <= rollup.seq and _unpack(rollup, saved[1], 2):
                rollup.flows.advance(now)
                for batch in log.follow(connection, seq):
                    rollup.add_flows(batch)
                rollup.flows.learn_usual()
                rollup.touch_all()
            rollup.base = seq


def _resume(rollup: Rollup, now: Millis) -> bool:
    with rollup.store.read() as connection:
        be_patient(connection)
        saved = load_checkpoint(connection, NAME)
        # One that is ahead of the log was made of moves that are there no more.
        usable = saved is not None and saved[0] <= log.last_seq(connection)
        if saved is not None and usable and _unpack(rollup, saved[1]):
            rollup.seq = rollup.base = saved[0]
            rollup.flows.advance(now)
            for batch in log.follow(connection, rollup.seq):
                rollup.apply(batch)
            rollup.flows.learn_usual()
            rollup.read_clocks(connection, now)
            rollup.coordination.load(connection, now)
            rollup.records.load(connection, now)
            return True
    return False


def _signature(rollup: Rollup) -> dict[str, object]:
    """What must be the same for saved arrays to fit: their rows and the tree."""
    cells = zlib.crc32("\n".join(cell.code for cell in rollup.tree.cells).encode())
    return {
        "format": FORMAT,
        "stock": list(rollup.stock.names),
        "flows": list(rollup.flows.names),
        "cells": cells,
    }


def _pack(head: dict[str, object], arrays: Sequence[Array]) -> bytes:
    first = orjson.dumps(head)
    packed = zlib.compress(b"".join(array.tobytes() for array in arrays), 1)
    return len(first).to_bytes(4, "big") + first + packed


def _unpack(rollup: Rollup, payload: bytes, first: int = 0) -> bool:
    """Set the arrays from number `first` on; False if they are of another shape."""
    size = int.from_bytes(payload[:4], "big")
    head = orjson.loads(payload[4 : 4 + size])
    day = head.pop("day")
    if head != _signature(rollup):
        return False
    raw, offset = zlib.decompress(payload[4 + size :]), 0
    for number, array in enumerate(_arrays(rollup)):
        if number >= first:
            array[:] = np.frombuffer(raw, array.dtype, array.size, offset).reshape(array.shape)
        offset += array.nbytes
    rollup.flows.forget_pending()
    rollup.flows.resume(day)
    return True


def _arrays(rollup: Rollup) -> tuple[Array, ...]:
    flows, stock = rollup.flows, rollup.stock
    return stock.counts, stock.ages, flows.today, flows.yesterday, flows.window
