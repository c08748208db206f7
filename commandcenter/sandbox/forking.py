"""What runs in the nursery: one thread that forks and buries, until its line is closed."""

import gc
import os
import signal
import socket
import sys
import traceback

from commandcenter.host.contracts import warm
from commandcenter.sandbox import child
from commandcenter.sandbox.limits import end_with
from commandcenter.sandbox.nursery import BEAR, NOT_YET, NUMBER

WIRE = 3
"""The descriptor of a process' wire."""


def main() -> None:
    """Answer what comes over the line whose descriptor is the first argument."""
    for number in (signal.SIGINT, signal.SIGTERM):  # sent to all of a service, or of a terminal
        signal.signal(number, signal.SIG_IGN)
    line = socket.socket(fileno=int(sys.argv[1]))
    warm()
    gc.collect()
    gc.freeze()  # a collection would touch, and so copy, every page that is shared
    while True:
        words, descriptors, _, _ = socket.recv_fds(line, 64, 2)
        if not words:
            return
        answer = bear(descriptors) if words[:1] == BEAR else bury(words[1:])
        line.send(NUMBER.pack(answer))


def bear(descriptors: list[int]) -> int:
    """Fork a process with a wire and a place to print to; returns its number."""
    parent = os.getpid()
    try:
        pid = os.fork()
    except OSError:
        pid = 0 - 1
    if pid == 0:
        live(parent, *descriptors)
    for descriptor in descriptors:
        os.close(descriptor)
    return pid


def live(parent: int, wire: int, printed: int) -> None:
    """Be a plugin's process; never returns."""
    code = 1
    try:
        end_with(parent)
        os.setsid()
        _take_descriptors(wire, printed)
        child.run(socket.socket(fileno=WIRE))
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        os._exit(code)


def bury(number: bytes) -> int:
    """Return how a process has ended, NOT_YET while it runs."""
    try:
        pid, status = os.waitpid(NUMBER.unpack(number)[0], os.WNOHANG)
    except ChildProcessError:
        return NOT_YET
    return status if pid else NOT_YET


def _take_descriptors(wire: int, printed: int) -> None:
    """Keep the wire as 3, what is printed as 1 and 2, nothing to read as 0, and no other."""
    high = max(wire, printed, 10) + 1
    os.dup2(wire, high, inheritable=False)
    os.dup2(printed, 1)
    os.dup2(printed, 2)
    os.dup2(high, WIRE, inheritable=False)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.closerange(WIRE + 1, os.sysconf("SC_OPEN_MAX"))


if __name__ == "__main__":
    main()
