"""Events that are sent at a known instant and watched for on every screen."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from time import perf_counter

import numpy as np


@dataclass
class Ledger:
    """What the total was after each sending, and when screens showed it."""

    totals: list[int] = field(default_factory=list)
    sent: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    open: bool = False

    def send(self, total: int) -> None:
        """Note that the total will be `total` by what is sent now."""
        self.totals.append(total)
        self.sent.append(perf_counter())

    def show(self, position: int, total: int) -> int:
        """Note that a screen which saw `position` sendings shows `total`; return its new one."""
        now = perf_counter()
        while position < len(self.totals) and self.totals[position] <= total:
            if self.open:
                self.seconds.append(now - self.sent[position])
            position += 1
        return position

    def percentiles(self) -> dict[str, float]:
        """Return milliseconds from sending to screen, for all sendings and screens."""
        if not self.seconds:
            return {"samples": 0}
        found = np.percentile(np.array(self.seconds) * 1000, [50, 95, 99])
        named = zip(("p50_ms", "p95_ms", "p99_ms"), found, strict=True)
        return {"samples": len(self.seconds)} | {name: round(float(at), 1) for name, at in named}


async def send_events(
    ledger: Ledger,
    start: int,
    send: Callable[[int], Awaitable[None]],
    rate: float,
    seconds: float,
) -> int:
    """Send lists of 1 to 5 events, `rate` events a second, at random instants; return the total."""
    chance = random.Random(7)
    total, due = start, perf_counter()
    end = due + seconds
    while due < end:
        await asyncio.sleep(max(0.0, due - perf_counter()))
        size = chance.randint(1, 5)
        total += size
        ledger.send(total)
        await send(size)
        due += chance.expovariate(rate / 3)
    return total
