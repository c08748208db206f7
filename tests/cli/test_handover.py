"""A child is replaced without a moment in which nobody does its work."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from time import monotonic, sleep

import pytest

from commandcenter.cli import handover
from commandcenter.cli.children import LEAVE, Child, Process
from commandcenter.cli.handover import Handover, succeed

# Says that it is ready, then ends on its signal; one that is not to be ready says nothing.
STEADY = "import os, signal; os.write({mouth}, b'R'); signal.sigwait([signal.SIGUSR1])"
BROKEN = "raise SystemExit(3)"
SLOW = "import signal; signal.sigwait([signal.SIGUSR1])"
STUBBORN = (
    "import os, signal, time; signal.signal(signal.SIGUSR1, signal.SIG_IGN);"
    "os.write({mouth}, b'R'); time.sleep(60)"
)


class Scripts:
    """Starts a script instead of a server's process."""

    def __init__(self, script: str) -> None:
        self.script = script
        self.started: list[Process] = []

    def __call__(self, _child: Child) -> Process:
        ear, mouth = os.pipe()
        os.set_blocking(ear, False)
        # The script waits with sigwait, so the signal must not end it before.
        words = ["import signal; signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])"]
        if "SIG_IGN" in self.script:
            words = []
        script = "\n".join([*words, self.script.format(mouth=mouth)])
        running = subprocess.Popen([sys.executable, "-c", script], pass_fds=(mouth,))
        os.close(mouth)
        made = Process(running, ear, monotonic())
        self.started.append(made)
        return made


@pytest.fixture
def scripts() -> Iterator[Scripts]:
    """Starts scripts and ends those that are left."""
    made = Scripts(STEADY)
    yield made
    for process in made.started:
        process.running.kill()
        process.running.wait()
        with suppress(OSError):
            process.close()


def standing(scripts: Scripts) -> Child:
    """A child with a process that is ready."""
    child = Child("web", ("web",), leave=LEAVE)
    child.process = scripts(child)
    step_until(None, [child], lambda: child.process is not None and child.process.is_ready)
    return child


def step_until(moving: Handover | None, children: list[Child], true: object) -> None:
    deadline = monotonic() + 20
    while not true():  # type: ignore[operator]
        for child in children:
            for process in child.processes():
                process.hear()
        if moving is not None:
            moving.step()
        assert monotonic() < deadline
        sleep(0.005)


def test_the_old_process_is_asked_to_end_only_when_the_new_one_is_ready(scripts: Scripts) -> None:
    child = standing(scripts)
    old = child.process
    moving = Handover(scripts)
    moving.want([child])
    moving.step()
    new = child.successor
    assert new is not None and old is not None and old.asked_to_end == 0.0
    step_until(moving, [child], lambda: child.process is new)
    assert new.is_ready
    step_until(moving, [child], lambda: child.leaving is None)
    assert old.code() == 0 and new.code() is None


def test_children_are_replaced_one_after_another(scripts: Scripts) -> None:
    children = [standing(scripts), standing(scripts)]
    before = [child.process for child in children]
    moving = Handover(scripts)
    moving.want(children)
    moving.want(children)
    most = 0

    def done() -> bool:
        nonlocal most
        most = max(most, sum(len(child.processes()) - 1 for child in children))
        now = [child.process for child in children]
        left = any(child.leaving or child.successor for child in children)
        return not left and all(a is not b for a, b in zip(now, before, strict=True))

    step_until(moving, children, done)
    assert most == 1
    assert len(scripts.started) == 4


def test_a_successor_that_fails_leaves_the_old_process_at_work(scripts: Scripts) -> None:
    child = standing(scripts)
    old, scripts.script = child.process, BROKEN
    moving = Handover(scripts)
    moving.want([child])
    moving.step()
    step_until(moving, [child], lambda: child.successor is None)
    assert child.process is old and old is not None and old.code() is None


def test_a_successor_that_never_becomes_ready_is_ended(
    scripts: Scripts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handover, "START_SECONDS", 0.2)
    child = standing(scripts)
    old, scripts.script = child.process, SLOW
    moving = Handover(scripts)
    moving.want([child])
    moving.step()
    step_until(moving, [child], lambda: child.successor is None)
    assert child.process is old and scripts.started[-1].code() == -signal.SIGKILL


def test_a_process_that_will_not_go_is_ended_by_force(
    scripts: Scripts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handover, "LEAVE_SECONDS", 0.2)
    scripts.script = STUBBORN
    child = standing(scripts)
    old = child.process
    moving = Handover(scripts)
    moving.want([child])
    moving.step()
    step_until(moving, [child], lambda: child.successor is None and child.leaving is None)
    assert old is not None and old.code() == -signal.SIGKILL


def test_a_successor_takes_the_place_of_one_that_died_meanwhile(scripts: Scripts) -> None:
    child = standing(scripts)
    assert child.process is not None
    child.process.running.kill()
    child.process.running.wait()
    child.successor = scripts(child)
    new, child.process = child.successor, None
    succeed(child)
    assert child.process is new and child.leaving is None


def test_what_does_not_run_is_not_replaced(scripts: Scripts) -> None:
    child = Child("web", ("web",))
    moving = Handover(scripts)
    moving.want([child])
    moving.step()
    assert child.processes() == [] and scripts.started == []
