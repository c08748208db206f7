"""What repeats itself is told once at once, and then by its number when a minute is over."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from threading import Lock, Timer

from commandcenter.cases.audit import Entry

SECONDS = 60.0
MOST_KEYS = 1000
"""So many are counted by themselves at the same time; all others together."""
Key = tuple[str, str]


@dataclass(slots=True)
class _Counted:
    entry: Entry
    until: float
    times: int = 0


@dataclass(slots=True)
class Repetitions:
    """Counts by who and kind; a process that ends in the middle of a minute forgets that minute.

    `write` is called for the first of a minute, and from a thread of its own for the others.
    """

    write: Callable[[Entry], None]
    seconds: float = SECONDS
    _counted: dict[Key, _Counted] = field(default_factory=dict)
    _counting: Lock = field(default_factory=Lock)
    _timer: Timer | None = None

    def add(self, key: Key, entry: Entry) -> None:
        """Write an entry, or count it where one like it was written in this minute."""
        now = time.monotonic()
        with self._counting:
            if key not in self._counted and len(self._counted) >= MOST_KEYS:
                key = ("", key[1])
                entry = replace(entry, who="", address="")
            known = self._counted.get(key)
            if known is not None and now < known.until:
                known.times += 1
                known.entry = entry
                return
            self._counted[key] = _Counted(entry, now + self.seconds)
            self._wake_at(now + self.seconds)
        if known is not None and known.times:
            self.write(_summed(known))
        self.write(entry)

    def settle(self, everything: bool = True) -> None:
        """Write what was counted, of all minutes or of those that are over."""
        now = time.monotonic()
        with self._counting:
            over = {k: c for k, c in self._counted.items() if everything or c.until <= now}
            for key in over:
                del self._counted[key]
            self._timer = None
            if self._counted:
                self._wake_at(min(c.until for c in self._counted.values()))
        for counted in over.values():
            if counted.times:
                self.write(_summed(counted))

    def _wake_at(self, at: float) -> None:
        """Settle at an instant, unless that is to be done earlier already."""
        if self._timer is None:
            self._timer = Timer(max(0.0, at - time.monotonic()) + 0.01, self.settle, (False,))
            self._timer.daemon = True
            self._timer.start()


def _summed(counted: _Counted) -> Entry:
    detail = {**counted.entry.detail, "times": counted.times}
    return replace(counted.entry, detail=detail)
