"""Replaces one child after another: the new process is ready before the old one is asked to end."""

import logging
from collections import deque
from collections.abc import Callable, Iterable
from time import monotonic

from commandcenter.cli.children import Child, Process

log = logging.getLogger(__name__)

START_SECONDS = 180.0
"""A successor that is not ready by then is ended, and what runs stays."""
LEAVE_SECONDS = 30.0
"""A web process finishes what it answers; one that takes longer is ended by force."""


class Handover:
    """What waits to be replaced, and the one child that is being replaced now."""

    def __init__(self, start: Callable[[Child], Process]) -> None:
        self._start = start
        self._waiting: deque[Child] = deque()
        self._child: Child | None = None

    def want(self, children: Iterable[Child]) -> None:
        """Have children replaced, each once."""
        self._waiting += [child for child in children if child not in self._waiting]

    def step(self) -> None:
        """Go on as far as it goes without waiting."""
        child = self._child
        if child is None:
            if self._waiting:
                self._begin(self._waiting.popleft())
        elif child.successor is not None:
            self._await_successor(child, child.successor)
        elif child.leaving is not None:
            self._await_leaving(child, child.leaving)
        else:
            self._child = None

    def _begin(self, child: Child) -> None:
        # One that does not run now is started anew anyway.
        if child.process is not None:
            self._child = child
            child.successor = self._start(child)

    def _await_successor(self, child: Child, new: Process) -> None:
        code = new.code()
        if code is not None:
            log.error("%s: its successor ended with code %s; what runs stays", child.name, code)
            new.close()
            child.successor = None
        elif new.is_ready:
            succeed(child)
        elif monotonic() - new.started > START_SECONDS:
            log.error("%s: its successor is not ready after %.0f s", child.name, START_SECONDS)
            new.running.kill()

    def _await_leaving(self, child: Child, old: Process) -> None:
        if old.code() is not None:
            old.close()
            child.leaving = None
        elif monotonic() - old.asked_to_end > LEAVE_SECONDS:
            log.error("%s: process %d does not end; killed", child.name, old.running.pid)
            old.running.kill()


def succeed(child: Child) -> None:
    """Put the successor in its place and ask the one before it, if it still runs, to end."""
    old, child.process, child.successor = child.process, child.successor, None
    child.leaving = old
    if child.process is not None:
        log.info("%s: process %d takes over", child.name, child.process.running.pid)
    if old is not None:
        old.ask_to_end(child.leave)
