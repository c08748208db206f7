"""Screens in processes of their own, so that watching costs neither server nor sender its time."""

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

import orjson

from bench.events import Ledger
from bench.sightings import Spread

LINE = 1 << 26
Said = dict[str, Any]


@dataclass(frozen=True)
class Kind:
    """What screens to open: their kind in bench/gallery.py, the server, the kind's options."""

    name: str
    address: tuple[str, int]
    options: Said = field(default_factory=dict)


class Audience:
    """Some processes among which all screens are shared out."""

    def __init__(self, processes: Sequence[Process]) -> None:
        self._processes = processes

    async def open(self, kind: Kind, number: int, patience: float) -> Said:
        """Open screens; return how many showed a total in time, in how many seconds, and it."""
        shares = [number // len(self._processes)] * len(self._processes)
        shares[0] += number - sum(shares)
        given = {"kind": kind.name, "address": kind.address, "options": kind.options}
        answers = await asyncio.gather(*(
            _ask(process, "open", given | {"number": share, "patience": patience})
            for process, share in zip(self._processes, shares, strict=True)
        ))  # fmt: skip
        return {
            "shown": sum(answer["shown"] for answer in answers),
            "seconds": round(max(answer["seconds"] for answer in answers), 2),
            "total": max(answer["total"] for answer in answers),
        }

    async def begin(self) -> None:
        """Forget what was seen so far."""
        await self._ask("begin", {})

    async def measure(self, ledger: Ledger) -> Said:
        """Return percentiles of all sendings to all screens, and how the watching went."""
        answers = await self._ask("measure", {"sendings": asdict(ledger)})
        sending, answer, lag = (
            _together(each[name] for each in answers)
            for name in ("from_sending", "from_answer", "lag")
        )
        unseen = sum(each["unseen"] for each in answers)
        wanted = max(1, sending.samples + unseen)
        return {
            "samples": sending.samples,
            **sending.percentiles(),
            **answer.percentiles("_after_answer_ms"),
            "unseen_percent": round(100 * unseen / wanted, 2),
            "updates": sum(each["updates"] for each in answers),
            "client_lag_p99_ms": lag.percentiles().get("p99_ms"),
            "client_core": round(max(each["core"] for each in answers), 3),
        }

    async def returned(self, since: float, patience: float) -> Said:
        """Return seconds since an instant until each screen showed a total again, and how many
        have not.
        """
        answers = await self._ask("returned", {"since": since, "patience": patience})
        return {
            "seconds": sorted(second for each in answers for second in each["seconds"]),
            "missing": sum(each["missing"] for each in answers),
        }

    async def close(self) -> None:
        """Hang up all screens."""
        await self._ask("close", {})

    async def _ask(self, what: str, given: Said) -> list[Said]:
        return list(await asyncio.gather(*(_ask(each, what, given) for each in self._processes)))


@asynccontextmanager
async def audience(processes: int) -> AsyncIterator[Audience]:
    """Run so many processes for screens until the block ends."""
    command = [sys.executable, "-m", "bench.gallery"]
    running = [
        await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, limit=LINE)
        for _ in range(processes)
    ]
    try:
        yield Audience(running)
    finally:
        for process in running:
            assert process.stdin is not None
            process.stdin.close()
            try:
                await asyncio.wait_for(process.wait(), 10)
            except TimeoutError:
                process.kill()
                await process.wait()


async def _ask(process: Process, what: str, given: Said) -> Said:
    assert process.stdin is not None and process.stdout is not None
    process.stdin.write(orjson.dumps({"do": what} | given) + b"\n")
    await process.stdin.drain()
    line = await process.stdout.readline()
    if not line:
        raise SystemExit("a process with screens has ended: see above")
    found: Said = orjson.loads(line)
    return found


def _together(pairs: Any) -> Spread:
    found = Spread()
    for each in pairs:
        found.add(Spread(each))
    return found
