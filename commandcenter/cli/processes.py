"""What the processes of one server share: environment, listening socket, folder, word to above."""

import ctypes
import fcntl
import gc
import json
import os
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from commandcenter.errors import SettingsError
from commandcenter.settings import Settings

READY, RENEW = b"R", b"N"
"""What a process tells its supervisor: it does its work; what it was made of has changed."""
LOCK = "server.lock"
PR_SET_PDEATHSIG = 1
UNACKNOWLEDGED_MILLIS = 30_000
LONGEST_RETRY_MILLIS = 2_000
TCP_THIN_LINEAR_TIMEOUTS, TCP_RTO_MAX_MS = 16, 44
"""Options of linux/tcp.h that the library has no names for."""
WAITING_CONNECTIONS = 2048


def end_with_supervisor() -> None:
    """Have the kernel end this process when its supervisor ends, however that happens."""
    parent = os.environ.get("COMMANDCENTER_PARENT")
    if parent is None:
        return
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != int(parent):
        sys.exit("the supervisor has ended")


def tell_supervisor(word: bytes) -> None:
    """Tell the supervisor READY or RENEW; a process that was started without one tells nobody."""
    parent, pipe = (os.environ.get(f"COMMANDCENTER_{name}") for name in ("PARENT", "PIPE"))
    if parent is None or pipe is None or os.getppid() != int(parent):
        return
    with suppress(OSError):
        os.write(int(pipe), word)


def settle() -> None:
    """Have the garbage collector pass over what was made at the start and stays: the tree of cells
    alone is several hundred thousand objects, and walking them holds up a frame for 50 ms.

    Of the half million objects made by then a thousand are garbage: to look for them costs a fifth
    of a second, and frees nothing that can be measured.
    """
    gc.freeze()
    gc.enable()


def environment(settings: Settings) -> dict[str, str]:
    """Return the environment that gives a child the same settings."""
    given = settings.model_dump(mode="json")
    named = {
        f"COMMANDCENTER_{name.upper()}": _plain(value)
        for name, value in given.items()
        if value not in ("", {}, None)
    }
    return dict(os.environ) | named | {"COMMANDCENTER_DATA": str(settings.data.resolve())}


def _plain(value: object) -> str:
    return json.dumps(value) if isinstance(value, (dict, list)) else str(value)


@contextmanager
def held_folder(folder: Path, name: str = LOCK) -> Iterator[None]:
    """Hold a data folder for this server alone; raises SettingsError if another one runs there."""
    with (folder / name).open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise SettingsError(
                f"another server runs in {folder}: stop it, or give --data another folder"
            ) from error
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def holder_of(folder: Path, name: str = LOCK) -> int | None:
    """Return the process that holds a data folder, None where no server runs."""
    path = folder / name
    if not path.exists():
        return None
    with path.open() as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            said = lock.read()
            return int(said) if said.isdecimal() else None
    return None


def listen(settings: Settings) -> socket.socket:
    """Open the listening socket that all web processes share.

    Connections wait in it while a process is replaced, so that none is ever refused.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # A screen whose cable was pulled acknowledges nothing: accepted sockets inherit this limit.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNACKNOWLEDGED_MILLIS)
    # On a line that loses packets the kernel tries ever more rarely: a screen would lag long after.
    for option, value in ((TCP_THIN_LINEAR_TIMEOUTS, 1), (TCP_RTO_MAX_MS, LONGEST_RETRY_MILLIS)):
        with suppress(OSError):  # the second is known since Linux 6.15
            listener.setsockopt(socket.IPPROTO_TCP, option, value)
    listener.bind((settings.host, settings.port))
    listener.listen(WAITING_CONNECTIONS)
    listener.set_inheritable(True)
    return listener
