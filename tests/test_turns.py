"""Tests that judge times: nothing of the run goes on beside them, and nobody waits for ever."""

from __future__ import annotations

import fcntl
from pathlib import Path
from threading import Thread

import pytest

from tests.turns import Turns


def waits(turns: Turns, is_alone: bool) -> Thread:
    """Have a process, here a thread, wait for its turn."""
    thread = Thread(target=turns.take, args=[is_alone], daemon=True)
    thread.start()
    return thread


def until_gate_is_shut(folder: Path) -> None:
    """Return when somebody waits at the gate's other side."""
    with (folder / "gate").open("w") as gate:
        while True:
            try:
                fcntl.flock(gate, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return
            fcntl.flock(gate, fcntl.LOCK_UN)


@pytest.mark.timeout(20)
def test_who_is_to_be_alone_waits_for_the_others_and_they_do_after_it(tmp_path: Path) -> None:
    first, second, alone, late = (Turns(tmp_path) for _ in range(4))
    first.take(False)
    second.take(False)  # beside the first one
    waiting = waits(alone, True)
    until_gate_is_shut(tmp_path)
    following = waits(late, False)
    first.give()
    waiting.join(0.2)
    assert waiting.is_alive(), "the second one still runs"
    second.give()
    waiting.join()
    assert alone.is_alone
    following.join(0.2)
    assert following.is_alive(), "somebody ran beside who is alone"
    alone.take(True)  # the next one of a row
    alone.give()
    following.join()
    late.give()
    for each in (first, second, alone, late):
        each.close()
