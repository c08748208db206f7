"""What a pure function must not ask: the machine's clock, chance, files, the network."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

CLOCK, CHANCE = "the machine's clock", "chance"
FILES, NETWORK = "a file", "the network"
WAITS, PROCESSES = "waits", "another process"
MEND = {
    CLOCK: "use view.now, the city's time",
    CHANCE: "the same view must give the same values",
    FILES: "read it once in the hook and keep what was read",
    NETWORK: "a source asks, and yields reports",
    WAITS: "a panel answers at once or not at all",
    PROCESSES: "a plugin is one process",
}
ASKED = {
    "time": CLOCK, "time_ns": CLOCK, "localtime": CLOCK, "gmtime": CLOCK, "monotonic": CLOCK,
    "perf_counter": CLOCK, "now": CLOCK, "utcnow": CLOCK, "today": CLOCK,
    "random": CHANCE, "getrandbits": CHANCE, "urandom": CHANCE,
    "open": FILES, "connect": NETWORK, "getaddrinfo": NETWORK, "sleep": WAITS,
    "fork": PROCESSES, "fork_exec": PROCESSES, "posix_spawn": PROCESSES, "system": PROCESSES,
}  # fmt: skip
OWNERS = {
    "time": ("time",), "time_ns": ("time",), "localtime": ("time",), "gmtime": ("time",),
    "monotonic": ("time",), "perf_counter": ("time",), "sleep": ("time",),
    "open": ("io", "_io", "builtins", "posix"), "fork": ("posix",), "system": ("posix",),
    "posix_spawn": ("posix",), "urandom": ("posix",), "fork_exec": ("_posixsubprocess",),
    "getaddrinfo": ("_socket",),
}  # fmt: skip
"""The modules of the functions whose names say little."""
OF_TYPES = {
    "now": ("datetime",), "utcnow": ("datetime",), "today": ("date", "datetime"),
    "random": ("Random", "RandomState", "Generator"), "getrandbits": ("Random",),
    "connect": ("socket", "SSLSocket"),
}  # fmt: skip
PRODUCT = str(Path(__file__).parents[2])


@dataclass
class Watch:
    """Notes what is asked by code of the plugin in `folder`, with file and line."""

    folder: Path
    asked: dict[tuple[str, str], str] = field(default_factory=dict)
    """By (file:line, what), the function that was called."""

    @contextmanager
    def __call__(self) -> Iterator[None]:
        """Watch this thread."""
        sys.setprofile(self._event)
        try:
            yield
        finally:
            sys.setprofile(None)

    def _event(self, frame: FrameType, event: str, function: Any) -> None:
        if event != "c_call":
            return
        name = getattr(function, "__name__", "")
        what = ASKED.get(name)
        if what is None or not _is_it(name, function):
            return
        place = self._place(frame)
        if place is not None:
            self.asked.setdefault((place, what), getattr(function, "__qualname__", name))

    def _place(self, frame: FrameType | None) -> str | None:
        """Return the plugin's file and line that led here, None if the product itself asks."""
        while frame is not None:
            file = frame.f_code.co_filename
            if file.startswith(PRODUCT) or "importlib" in file:
                return None
            if Path(file).is_relative_to(self.folder):
                return f"{Path(file).relative_to(self.folder).as_posix()}:{frame.f_lineno}"
            frame = frame.f_back
        return None


def _is_it(name: str, function: Callable[..., Any]) -> bool:
    owner = getattr(function, "__self__", None)
    if name in OF_TYPES:
        kinds = [kind for kind in (type(owner), owner) if isinstance(kind, type)]
        ancestors = {ancestor.__name__ for kind in kinds for ancestor in kind.__mro__}
        return not ancestors.isdisjoint(OF_TYPES[name])
    if name in OWNERS:
        module = getattr(function, "__module__", None) or getattr(owner, "__name__", "")
        return module in OWNERS[name]
    return True
