"""Counts of a cell for whoever asks on the bus: only the worker that counts for all answers."""

import orjson

from commandcenter.domain.clocks import iso
from commandcenter.live.rollup import Rollup
from commandcenter.live.voice import Voice


def answer_counts(rollup: Rollup, voice: Voice, body: bytes) -> bytes | None:
    """Return the counts of the cell that is asked for, as of one moment; None to leave it."""
    if not voice.speaks:
        return None
    code = orjson.loads(body)["cell"]
    with rollup.lock:
        if not rollup.is_whole:
            return None
        counts = rollup.counts_of(rollup.tree.position[code])
        seq, at = rollup.seq, rollup.now
    return orjson.dumps({"as_of": iso(at), "seq": seq, "counts": counts})
