"""Sums over what all processes tell, for people to read."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from commandcenter.live.stats import Heard, unpacked
from commandcenter.web.requests import PROBES

Labels = Mapping[str, str]


@dataclass(frozen=True)
class TimedRow:
    """How long calls of one thing took."""

    name: str
    calls: int
    errors: int
    mean: float | None
    p95: str
    total: float


class Sums:
    """The figures of one moment and of the one before, by name."""

    def __init__(self, processes: Sequence[Heard]) -> None:
        self._heard = processes
        self._now = {heard.process: _values(heard.message) for heard in processes}
        self._before = {heard.process: _values(heard.before) for heard in processes}

    def of(self, heard: Heard, name: str) -> list[tuple[Labels, float]]:
        """Return one process's figures of a name."""
        return self._now[heard.process].get(f"commandcenter_{name}", [])

    def all(self, name: str) -> list[tuple[Labels, float]]:
        """Return every figure of a name with its labels."""
        full = f"commandcenter_{name}"
        return [pair for values in self._now.values() for pair in values.get(full, [])]

    def values_of(self, name: str) -> list[float]:
        """Return every value of a name."""
        return [value for _, value in self.all(name)]

    def greatest(self, name: str) -> float | None:
        """Return the greatest value of a name, None where nobody tells it."""
        return max(self.values_of(name), default=None)

    def sum(self, name: str, wanted: Labels | None = None) -> float | None:
        """Return the sum over all processes, None where nobody tells it."""
        found = [v for labels, v in self.all(name) if (wanted or {}).items() <= labels.items()]
        return sum(found) if found else None

    def one(self, heard: Heard, name: str) -> float | None:
        """Return the sum of one process's figures of a name."""
        found = self._now[heard.process].get(f"commandcenter_{name}")
        return sum(value for _, value in found) if found else None

    def rate(self, name: str, wanted: Labels) -> float | None:
        """Return how much all counters of a name grow in a second."""
        rates = [self.rate_of(heard, name, wanted) for heard in self._heard]
        known = [rate for rate in rates if rate is not None]
        return sum(known) if known else None

    def rate_of(self, heard: Heard, name: str, wanted: Labels) -> float | None:
        """Return how fast a counter grew between two messages of a process."""
        full = f"commandcenter_{name}"
        now, before = self._now[heard.process], self._before[heard.process]
        at = float(heard.message["at"])
        seconds = (at - float(heard.before.get("at", at))) / 1000
        if full not in now or not before or seconds <= 0:
            return None
        grown = _matching(now[full], wanted) - _matching(before.get(full, []), wanted)
        return max(0.0, grown / seconds)

    def timed(self, name: str, label: str) -> list[TimedRow]:
        """Return how long things took, those that took the most in all first."""
        calls: dict[str, float] = defaultdict(float)
        totals: dict[str, float] = defaultdict(float)
        for labels, value in self.all(f"{name}_count"):
            calls[labels[label]] += value
        for labels, value in self.all(f"{name}_sum"):
            totals[labels[label]] += value
        rows = [
            TimedRow(key, int(calls[key]), self._failed(label, key),
                     total / calls[key] if calls[key] else None,
                     self.p95(name, {label: key}), total)
            for key, total in totals.items()
        ]  # fmt: skip
        return sorted(rows, key=lambda row: -row.total)

    def _failed(self, label: str, key: str) -> int:
        if label != "route":
            return 0
        if key in PROBES:
            return 0
        counts = self.all("http_requests_total")
        return int(sum(v for labels, v in counts
                       if labels["route"] == key and labels["status"].startswith("5")))  # fmt: skip

    def p95(self, name: str, wanted: Labels) -> str:
        """Return the class below which nineteen of twenty durations lie."""
        buckets: dict[str, float] = defaultdict(float)
        for labels, value in self.all(f"{name}_bucket"):
            if wanted.items() <= labels.items():
                buckets[labels["le"]] += value
        total = buckets.get("+Inf", 0)
        for bound, count in buckets.items():
            if total and count >= 0.95 * total:
                return f"> {list(buckets)[-2]} s" if bound == "+Inf" else f"≤ {_short(bound)}"
        return "–"


def _values(message: Mapping[str, Any]) -> dict[str, list[tuple[Labels, float]]]:
    found: dict[str, list[tuple[Labels, float]]] = defaultdict(list)
    for name, value, labels in unpacked(message.get("values", {})):
        found[name].append((labels, value))
    return dict(found)


def _matching(pairs: Sequence[tuple[Labels, float]], wanted: Labels) -> float:
    return sum(value for labels, value in pairs if wanted.items() <= labels.items())


def _short(bound: str) -> str:
    seconds = float(bound)
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.0f} s"
