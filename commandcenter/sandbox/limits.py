"""What a plugin's process is held to, by the kernel: applied in it before any code of the plugin.

The filter of system calls: other processes cannot be started, and none but itself be signalled.
"""

import ctypes
import errno
import os
import platform
import resource
import signal
import struct
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

PR_SET_PDEATHSIG, PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS = 1, 22, 38
SECCOMP_MODE_FILTER = 2
ALLOW, REFUSE = 0x7FFF0000, 0x00050000
LOAD, EQUAL, AT_LEAST, ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
"""Instructions of a filter: load a word, compare it, test bits, return (linux/bpf_common.h)."""
AT_NUMBER, AT_ARCHITECTURE, AT_FIRST_ARGUMENT = 0, 4, 16
CLONE_THREAD = 0x10000
X32_CALLS = 0x40000000
NICE, OOM_SCORE = 10, 500
OPEN_FILES = 256


@dataclass(frozen=True)
class Calls:
    """The numbers of system calls on one architecture."""

    architecture: int
    clone: int
    clone3: int
    kill: int
    tgkill: int
    refused: Sequence[int]
    """fork, vfork, execve, execveat, ptrace, tkill, rt_sigqueueinfo, rt_tgsigqueueinfo,
    pidfd_send_signal, process_vm_readv, process_vm_writev."""


CALLS = {
    "x86_64": Calls(
        0xC000003E, 56, 435, 62, 234, (57, 58, 59, 322, 101, 200, 129, 297, 424, 310, 311)
    ),
    "aarch64": Calls(0xC00000B7, 220, 435, 129, 131, (221, 281, 117, 130, 138, 240, 424, 270, 271)),
}


def apply(memory_mb: int) -> bool:
    """Hold this process to its limits, for good; tells whether the filter of calls is in force."""
    os.nice(NICE)
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(str(OOM_SCORE))
    # Where sessions are scheduled as groups (sched(7)), being nice counts within one's own alone.
    with suppress(OSError):
        Path("/proc/self/autogroup").write_text(str(NICE))
    size = memory_mb * 1024 * 1024
    for kind, most in (
        (resource.RLIMIT_DATA, size),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
    ):
        _, hard = resource.getrlimit(kind)
        allowed = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (allowed, allowed))
    return refuse_processes()


def end_with(parent: int) -> None:
    """Have the kernel kill this process when its parent, of the given number, has ended."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(0)


def refuse_processes() -> bool:
    """Have the kernel refuse other processes to this one; False where it takes no filter."""
    calls = CALLS.get(platform.machine())
    if calls is None:
        return False
    program = filter_of(calls, os.getpid())
    libc = ctypes.CDLL(None, use_errno=True)
    code = ctypes.create_string_buffer(program, len(program))
    header = struct.pack("HL", len(program) // 8, ctypes.addressof(code))
    prog = ctypes.create_string_buffer(header, len(header))
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return False
    set_filter = (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(prog), 0, 0)
    return bool(libc.prctl(*set_filter) == 0)


def filter_of(calls: Calls, pid: int) -> bytes:
    """Return the filter for the process `pid`: what is not refused is allowed."""
    refuse, unknown = REFUSE | errno.EPERM, REFUSE | errno.ENOSYS
    steps = [
        _step(LOAD, AT_ARCHITECTURE),
        _step(EQUAL, calls.architecture, 1, 0),
        _step(RETURN, refuse),
        _step(LOAD, AT_NUMBER),
        _step(AT_LEAST, X32_CALLS, 0, 1),
        _step(RETURN, refuse),
    ]
    for number in calls.refused:
        steps += [_step(EQUAL, number, 0, 1), _step(RETURN, refuse)]
    # What is said to be unknown is asked for by clone, whose flags can be looked at.
    steps += [_step(EQUAL, calls.clone3, 0, 1), _step(RETURN, unknown)]
    steps += _unless(calls.clone, _step(ANY_BIT, CLONE_THREAD, 1, 0), refuse)
    for number in (calls.kill, calls.tgkill):
        steps += _unless(number, _step(EQUAL, pid, 1, 0), refuse)
    return b"".join([*steps, _step(RETURN, ALLOW)])


def _unless(number: int, test: bytes, refuse: int) -> list[bytes]:
    """Refuse a call unless its first argument passes a test that then jumps over one step."""
    return [
        _step(EQUAL, number, 0, 4),
        _step(LOAD, AT_FIRST_ARGUMENT),
        test,
        _step(RETURN, refuse),
        _step(RETURN, ALLOW),
    ]


def _step(code: int, value: int, jump_true: int = 0, jump_false: int = 0) -> bytes:
    return struct.pack("HBBI", code, jump_true, jump_false, value)
