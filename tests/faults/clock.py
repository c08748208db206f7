"""A wall clock for a run's processes that can be stepped while they run."""

from __future__ import annotations

import os
import struct
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.services.process import program

SOURCE = Path(__file__).with_name("stepped_clock.c")


@dataclass(frozen=True)
class SteppedClock:
    """The shared file with the offset, and the library that adds it."""

    library: Path
    offset: Path

    @classmethod
    def made(cls, folder: Path) -> SteppedClock:
        """Compile the library and begin with no offset."""
        clock = cls(folder / "stepped_clock.so", folder / "clock")
        flags = ["-shared", "-fPIC", "-O2", "-o", str(clock.library), str(SOURCE), "-ldl"]
        subprocess.run([program("cc"), *flags], check=True)
        clock.offset.write_bytes(bytes(8))
        return clock

    @property
    def variables(self) -> dict[str, str]:
        """The environment of a process that goes by this clock."""
        return {"LD_PRELOAD": str(self.library), "STEPPED_CLOCK": str(self.offset)}

    def step(self, seconds: int) -> None:
        """Put the clock so far from the true time; the processes have it in memory at once."""
        with self.offset.open("r+b") as file:
            os.pwrite(file.fileno(), struct.pack("q", seconds), 0)
