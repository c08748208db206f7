"""A process that examines plugins, each in a fork of its own: what it needs is imported once.

It reads one job a line and answers how the fork ended. Two of them with other hash seeds show what
a panel makes of the order of a set.
"""

import json
import os
import signal
import sys
import traceback
from dataclasses import asdict
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from commandcenter.testing.conformance.exam import Job, examine
from commandcenter.testing.conformance.telling import Teller

LOOK_SECONDS = 0.005
LONGEST_SECONDS = 180.0
"""What the examination of one plugin may take altogether."""
FAILED = 70
"""The exit code where the examination itself has failed."""
OUT, STACK, PRINTED = "found.jsonl", "stack.txt", "printed.txt"


def main() -> None:
    """Examine what is asked for until nothing more is."""
    for line in sys.stdin:
        asked = json.loads(line)
        place = Path(asked.pop("place"))
        ended = _forked(Job(**{**asked, **_paths(asked)}), place)
        print(json.dumps(ended), flush=True)


def _paths(asked: dict[str, Any]) -> dict[str, Path]:
    return {name: Path(asked[name]) for name in ("folder", "plugins", "cache")}


def plain(job: Job, place: Path) -> str:
    """Return a job as the line that asks for it."""
    return json.dumps({**asdict(job), "place": place}, default=str)


def _forked(job: Job, place: Path) -> dict[str, int]:
    """Examine in a fork; returns the signal that ended it or its exit code."""
    pid = os.fork()
    if pid == 0:
        _examine(job, place)
    until = monotonic() + LONGEST_SECONDS
    while True:
        found, status = os.waitpid(pid, os.WNOHANG)
        if found:
            code = os.waitstatus_to_exitcode(status)
            return {"signal": -code} if code < 0 else {"code": code}
        if monotonic() > until:
            os.kill(pid, signal.SIGKILL)
        sleep(LOOK_SECONDS)


def _examine(job: Job, place: Path) -> None:
    """Become the process of the plugin: what it prints goes into a file."""
    code = FAILED
    try:
        os.setsid()
        nothing, printed = os.open(os.devnull, os.O_RDONLY), place / PRINTED
        os.dup2(nothing, 0)
        out = os.open(printed, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(out, 1)
        os.dup2(out, 2)
        sys.dont_write_bytecode = True
        with (place / OUT).open("w") as told, (place / STACK).open("w") as stack:
            examine(job, Teller(job.folder, told, stack))
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


if __name__ == "__main__":
    main()
