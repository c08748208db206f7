"""Runs sources: each in a thread, restarted with growing pauses, its state told to the screens."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby
from threading import Event, Thread
from time import perf_counter, time

from commandcenter.errors import PluginError
from commandcenter.host.deliveries import check
from commandcenter.host.guard import Guard, PluginFailed, short_reason
from commandcenter.host.plugin import Registered
from commandcenter.host.readings import Reading
from commandcenter.host.reports import Delivery, Update
from commandcenter.host.source import Source
from commandcenter.host.told import Told
from commandcenter.ingest.context import Context
from commandcenter.ingest.intake import Intake
from commandcenter.ingest.isolated import Flooding, Isolated
from commandcenter.sandbox.process import Fault
from commandcenter.store.away import StoreAway
from commandcenter.store.leases import Fence, LeaseLost, unfenced

log = logging.getLogger(__name__)

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 60.0
AWAY_PAUSE = 1.0
"""While the store is away a list is handed in again after this time: the source is not at fault."""
FLOOD_PAUSE = 5.0
"""Before a source that flooded is tried again; twice as long each time that it still does."""
QUARANTINE_AFTER = 5
"""Failures in a row after which a source is shown as failed; it is still tried, at long pauses."""
TELL_SECONDS = 1.0
BATCH = 1000


@dataclass(frozen=True, slots=True)
class SourceState:
    """How a source is: running, waiting after a failure, failed or ended; `last` is when it last
    delivered (real milliseconds, None: never).
    """

    key: str
    state: str
    reason: str
    last: int | None
    interval: float


Tell = Callable[[SourceState], None]
Keep = Callable[[Sequence[Reading], Fence], object]


class Runner:
    """One source with its thread; `isolated` runs it where its plugin has no place in this process.
    """

    def __init__(
        self,
        source: Registered[Source],
        context: Context,
        intake: Intake,
        guard: Guard,
        tell: Tell,
        keep: Keep = lambda readings, fence: None,
        isolated: Isolated | None = None,
    ) -> None:
        self._source = source
        self._context = context
        self._intake = intake
        self._guard = guard
        self._tell_state = tell
        self._keep = keep
        self._isolated = isolated
        self._floods = 0
        self._last: int | None = None
        self._told = 0.0
        self._failures = 0
        self._state = ""
        self._reason = ""
        self._fence: Fence = unfenced
        self._has_ended = False
        self._thread = Thread(target=self._run, name=f"source {source.item.key}", daemon=True)

    def start(self, fence: Fence = unfenced) -> None:
        """Start the source; nothing of it is written but behind the fence."""
        self._fence = fence
        self._thread.start()

    @property
    def has_died(self) -> bool:
        """Whether its thread is gone though neither the source nor a stop has ended it."""
        started = self._thread.ident is not None
        return started and not self._thread.is_alive() and not self._has_ended

    def stop(self) -> None:
        """Ask the source to end."""
        self._context.stopping.set()

    def join(self, seconds: float) -> bool:
        """Wait until it ended; False if it did not in time."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def tell_again(self) -> None:
        """Tell how the source is to those who were not there when it changed."""
        if self._failures and self._isolated is not None and self._isolated.is_calm:
            self._floods = self._failures = 0
            self._tell("running", "")
        elif self._state:
            self._tell(self._state, self._reason)

    @property
    def process(self) -> tuple[str, int, int] | None:
        """The plugin, the bytes that its own process takes, and how often that was started anew."""
        apart = self._isolated
        if apart is None:
            return None
        return self._source.plugin, apart.memory, max(0, apart.starts - 1)

    def _run(self) -> None:
        stopping: Event = self._context.stopping
        while not stopping.is_set():
            try:
                self._once()
                self._tell("ended", "")
                break
            except LeaseLost as lost:
                log.warning("source %s runs elsewhere: %s", self._source.item.key, lost)
                break
            except PluginFailed as failed:
                pause = self._pause_after(failed)
            except StoreAway:  # and it is told to stop
                break
            except Exception as error:
                log.exception("source %s: its list was not taken in", self._source.item.key)
                pause = self._count_failure(short_reason(error))
            stopping.wait(pause)
        self._has_ended = True

    def _pause_after(self, failed: PluginFailed) -> float:
        cause = failed.__cause__
        if isinstance(cause, StoreAway):
            self._tell("waiting", failed.reason)
            return AWAY_PAUSE
        if isinstance(cause, Flooding):
            self._failures = max(self._failures, QUARANTINE_AFTER - 1)
            self._count_failure(failed.reason)
            self._floods += 1
            return min(FLOOD_PAUSE * 2.0 ** (self._floods - 1), LONGEST_PAUSE)
        return self._count_failure(failed.reason)

    def _count_failure(self, reason: str) -> float:
        """Tell of a failure; returns the seconds to wait before the next try."""
        self._failures += 1
        self._tell("failed" if self._failures >= QUARANTINE_AFTER else "waiting", reason)
        return min(FIRST_PAUSE * 2.0 ** (self._failures - 1), LONGEST_PAUSE)

    def _once(self) -> None:
        if not self._is_on_probation:
            self._tell("running", "")
        deliveries = self._iterator()
        try:
            while (batch := self._next(deliveries)) is not None:
                self._deliver(batch)
        finally:
            self._close(deliveries)

    @property
    def _is_on_probation(self) -> bool:
        """Whether it runs apart, has failed, and has not yet been well for a while since.

        What it then hands in proves nothing: it may be killed after every list, or flood again.
        """
        return self._isolated is not None and self._failures > 0 and not self._isolated.is_calm

    def _iterator(self) -> Iterator[Sequence[Delivery]]:
        if self._isolated is not None:
            return self._isolated.batches()
        source = self._source
        return self._guard.call(
            source.plugin, source.item.key, lambda: iter(source.item.run(self._context))
        )

    def _close(self, deliveries: Iterator[Sequence[Delivery]]) -> None:
        """Have a source let go of what it holds: it may go on in another worker."""
        close = getattr(deliveries, "close", None)
        if close is not None:
            with suppress(PluginFailed):  # the guard has counted and logged it
                self._guard.call(self._source.plugin, f"{self._source.item.key} close", close)

    def _next(self, deliveries: Iterator[Sequence[Delivery]]) -> Sequence[Delivery] | None:
        if self._isolated is not None:
            return self._next_apart(deliveries)

        def checked() -> Sequence[Delivery] | None:
            for batch in deliveries:
                return check(batch, source.item.key)
            return None

        source = self._source
        return self._guard.call(source.plugin, source.item.key, checked)

    def _next_apart(self, deliveries: Iterator[Sequence[Delivery]]) -> Sequence[Delivery] | None:
        """Return what the process hands in; what is said of it stands for itself."""
        source, begun = self._source, perf_counter()
        try:
            batch = next(deliveries, None)
        except StoreAway as error:  # it asked for what lies there
            raise PluginFailed(source.plugin, source.item.key, short_reason(error)) from error
        except (Fault, PluginError) as error:
            reason = str(error)
            self._guard.record(source.plugin, source.item.key, perf_counter() - begun, reason)
            raise PluginFailed(source.plugin, source.item.key, reason) from error
        self._guard.record(source.plugin, source.item.key, perf_counter() - begun)
        return batch

    def _deliver(self, batch: Sequence[Delivery]) -> None:
        for kind, group in groupby(batch, key=_kind):
            items = list(group)
            for start in range(0, len(items), BATCH):
                self._hand_in(kind, items[start : start + BATCH])
        self._last = round(time() * 1000)
        if self._is_on_probation:
            return
        self._failures = self._floods = 0
        if self._state != "running" or time() - self._told >= TELL_SECONDS:
            self._tell("running", "")

    def _hand_in(self, kind: str, items: list[Delivery]) -> None:
        """Hand a list in, again and again while the store is away; raises StoreAway at a stop.

        A list of which it is not known whether it was committed is known to intake the second time.
        """
        while True:
            try:
                self._write(kind, items)
                return
            except StoreAway as error:
                if self._state != "waiting":
                    log.error("source %s: %s", self._source.item.key, error)
                self._tell("waiting", short_reason(error))
                if self._context.stopping.wait(AWAY_PAUSE):
                    raise

    def _write(self, kind: str, items: list[Delivery]) -> None:
        if kind == "reading":
            self._keep([x for x in items if isinstance(x, Reading)], self._fence)
        elif kind == "update":
            self._advance([x for x in items if isinstance(x, Update)])
        elif kind == "told":
            self._hear([x for x in items if isinstance(x, Told)])
        else:
            self._intake.accept(self._context.viewer, items, self._fence)

    def _advance(self, updates: list[Update]) -> None:
        viewer = self._context.viewer
        outcomes = self._intake.advance(viewer, updates, self._fence)
        if len(outcomes) < len(updates):
            unknown = len(updates) - len(outcomes)
            log.warning(
                "source %s: %d of %d updates are of cases that are not known",
                viewer.name, unknown, len(updates),
            )  # fmt: skip
        refused = [outcome for outcome in outcomes if outcome.refusal is not None]
        if refused:
            first = refused[0]
            log.warning(
                "source %s: %d of %d updates refused, the first on case %d: %s",
                viewer.name, len(refused), len(updates), first.instruction.case_id, first.refusal,
            )  # fmt: skip

    def _hear(self, told: list[Told]) -> None:
        viewer = self._context.viewer
        refused = self._intake.hear(viewer, told, self._fence)
        if refused:
            log.warning(
                "source %s: %d of %d words on whistles and directives refused, the first: %s",
                viewer.name, len(refused), len(told), refused[0],
            )  # fmt: skip

    def _tell(self, state: str, reason: str) -> None:
        self._told, self._state, self._reason = time(), state, reason
        source = self._source.item
        self._tell_state(SourceState(source.key, state, reason, self._last, source.interval))


def _kind(item: Delivery) -> str:
    """Tell which way an item goes: to the shelf of readings, to its case or whistle, or in."""
    if isinstance(item, Reading):
        return "reading"
    if isinstance(item, Told):
        return "told"
    return "update" if isinstance(item, Update) else "report"
