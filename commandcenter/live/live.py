"""The live loop: moves in, counts up, colours graded, panels rendered, frames out."""

import logging
from collections.abc import Callable
from threading import Event, Thread
from time import monotonic

import orjson

from commandcenter.domain.clocks import CityClock, iso
from commandcenter.live import checkpoint
from commandcenter.live.bus import Bus
from commandcenter.live.interest import Interest
from commandcenter.live.render import Renderer, real_now
from commandcenter.live.risk import Grading
from commandcenter.live.rollup import Rollup

log = logging.getLogger(__name__)

CLOCK_SECONDS = 0.1
POLL_SECONDS = 1.0
"""The log is read when somebody says that it grew, and so often in case the word was lost."""
GRADING_SECONDS = 1.0
REGRADING_SECONDS = 30.0
PULSE_SECONDS = 1.0
CHECKPOINT_SECONDS = 60.0
WATCH_SECONDS = 0.2
FORGET_SECONDS = 3600.0


class Live:
    """Runs the loop in the calling thread until `stop`; bus handlers only set events and leases."""

    def __init__(
        self, rollup: Rollup, grading: Grading, renderer: Renderer, bus: Bus, build: str
    ) -> None:
        self.rollup = rollup
        self.grading = grading
        self.renderer = renderer
        self.bus = bus
        self.build = build
        self.interest = Interest()
        self.sources: dict[str, object] = {}
        self._stopping = Event()
        self._wake = Event()
        self._clock = CityClock()
        self._due: dict[str, float] = {}
        self._graded_beat = -1
        self._saved_seq = -1
        self._saving: Thread | None = None

    def run(self, clock: CityClock) -> None:
        """Follow the log until stopped; writes a checkpoint at the end."""
        self._clock = clock
        subscriptions = [
            self.bus.subscribe(["moves", "interest", "sources"], self._heard),
            self.bus.answer("ask.counts", self._answer_counts),
        ]
        try:
            while not self._stopping.is_set():
                self._step()
        finally:
            for subscription in subscriptions:
                subscription.close()
            if self._saving:
                self._saving.join()
            self._save()

    def stop(self) -> None:
        """End the loop soon; callable from any thread or signal handler."""
        self._stopping.set()
        self._wake.set()

    def _step(self) -> None:
        if self._wake.is_set():
            self._wake.clear()
            self._due["log"] = 0.0
        self._every("log", POLL_SECONDS, self._catch_up)
        self._every("clock", CLOCK_SECONDS, self._pass_time)
        self._every("grading", GRADING_SECONDS, self._grade)
        self._every("watch", WATCH_SECONDS, self._watch)
        wait = self.renderer.render_due()
        self._every("pulse", PULSE_SECONDS, self._pulse)
        self._every("checkpoint", CHECKPOINT_SECONDS, self._save_aside)
        self._wake.wait(min(wait, CLOCK_SECONDS))

    def _every(self, name: str, seconds: float, act: Callable[[], None]) -> None:
        now = monotonic()
        if now >= self._due.get(name, 0.0):
            self._due[name] = now + seconds
            act()

    def _catch_up(self) -> None:
        with self.rollup.store.read() as connection:
            self.rollup.catch_up(connection)

    def _pass_time(self) -> None:
        with self.rollup.lock:
            self.rollup.advance(self._clock.now(real_now()))

    def _grade(self) -> None:
        if self._graded_beat == self.rollup.beat and monotonic() < self._due.get("regrade", 0.0):
            return
        self._due["regrade"] = monotonic() + REGRADING_SECONDS
        changed = self.grading.run(self.rollup.now)
        if len(changed):
            self.rollup.touch(set(changed.tolist()))
        self._graded_beat = self.rollup.beat
        self._every("forget", FORGET_SECONDS, lambda: self.grading.forget(self.rollup.now))

    def _watch(self) -> None:
        self.renderer.watch(self.interest.watched(), self.interest.take_new())

    def _pulse(self) -> None:
        self.bus.publish("pulse", orjson.dumps({
            "real": real_now(),
            "city": self.rollup.now,
            "position": self.rollup.seq,
            "sources": list(self.sources.values()),
            "build": self.build,
        }))  # fmt: skip

    def _heard(self, channel: str, payload: bytes) -> None:
        if channel == "interest":
            self.interest.renew(orjson.loads(payload))
            self._due["watch"] = 0.0
        elif channel == "sources":
            state = orjson.loads(payload)
            self.sources[state["key"]] = state
            return
        self._wake.set()

    def _answer_counts(self, body: bytes) -> bytes:
        code = orjson.loads(body)["cell"]
        rollup = self.rollup
        with rollup.lock:
            counts = rollup.counts_of(rollup.tree.position[code])
            seq, at = rollup.seq, rollup.now
        return orjson.dumps({"as_of": iso(at), "seq": seq, "counts": counts})

    def _save_aside(self) -> None:
        # Packing takes a good part of a second: in the loop it would hold up every screen.
        if self._saved_seq == self.rollup.seq or (self._saving and self._saving.is_alive()):
            return
        self._saving = Thread(target=self._save, name="checkpoint", daemon=True)
        self._saving.start()

    def _save(self) -> None:
        seq = self.rollup.seq
        checkpoint.save(self.rollup)
        self._saved_seq = seq
