"""Events that are sent at a known instant and watched for on every screen."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from time import perf_counter


@dataclass
class Ledger:
    """What the total was after each sending, when that was sent and when it was answered."""

    totals: list[int] = field(default_factory=list)
    sent: list[float] = field(default_factory=list)
    answered: list[float] = field(default_factory=list)

    def send(self, total: int) -> None:
        """Note that the total will be `total` by what is sent now."""
        self.totals.append(total)
        self.sent.append(perf_counter())

    def answer(self) -> None:
        """Note that what was sent last has been answered now."""
        self.answered.append(perf_counter())


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
        ledger.answer()
        due += chance.expovariate(rate / 3)
    return total
