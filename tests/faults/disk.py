"""A small file system of its own that can be made full."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.services.process import program

PAGE = 4096
ATTEMPTS = 50


@dataclass(frozen=True)
class Disk:
    """A tmpfs; without the right to mount it is a plain folder that is never full."""

    folder: Path
    size: int = 0

    @property
    def is_real(self) -> bool:
        """Whether it can be full."""
        return self.size > 0

    def fill(self, left: int = 0) -> None:
        """Leave so many bytes of room: the limit comes down to what is used, memory is not."""
        for more in range(ATTEMPTS):
            found = os.statvfs(self.folder)
            used = (found.f_blocks - found.f_bfree) * found.f_frsize
            # Whoever writes meanwhile may use more than the limit would be: then it is not taken.
            with suppress(subprocess.CalledProcessError):
                self._limit(used + left + (more + 1) * PAGE)
                return
        raise OSError(f"{self.folder} grows too quickly to be made full")

    def clear(self) -> None:
        """Give the room back."""
        self._limit(self.size)

    def _limit(self, size: int) -> None:
        command = [program("mount"), "-o", f"remount,size={size}", str(self.folder)]
        subprocess.run(command, check=True, capture_output=True)


@contextmanager
def mounted(folder: Path, size: int, owner: str | None = None) -> Iterator[Disk]:
    """Mount a file system of `size` bytes until the block ends."""
    folder.mkdir()
    if os.geteuid() != 0:
        yield Disk(folder)
        return
    options = ["-t", "tmpfs", "-o", f"size={size}", "commandcenter-faults", str(folder)]
    subprocess.run([program("mount"), *options], check=True, capture_output=True)
    try:
        if owner is not None:
            shutil.chown(folder, owner)
        yield Disk(folder, size)
    finally:
        subprocess.run([program("umount"), "--lazy", str(folder)], check=False)
