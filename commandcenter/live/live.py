"""The live loop: moves in, counts up, colours graded, panels rendered, frames out.

Of several workers one holds the live lease and does all of it. The others follow the log, so that
their counts are warm, and neither write nor publish. Long: it is one loop, told step by step.
"""

import logging
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from threading import Event, Thread
from time import monotonic

import orjson

from commandcenter.domain.clocks import CityClock, Millis
from commandcenter.host.registry import Registry
from commandcenter.live import checkpoint
from commandcenter.live.asked_counts import answer_counts
from commandcenter.live.interest import Interest
from commandcenter.live.lag import Lags
from commandcenter.live.remote import CHANNEL as PUSHES
from commandcenter.live.render import Renderer, real_now
from commandcenter.live.risk import Grading
from commandcenter.live.rollup import Rollup
from commandcenter.live.voice import Voice
from commandcenter.store.away import StoreAway
from commandcenter.store.keeper import Keeper
from commandcenter.store.leases import LeaseLost, Term, boot_seconds

log = logging.getLogger(__name__)

CLOCK_SECONDS = 0.1
POLL_SECONDS = 1.0
"""The log is read when somebody says that it grew, and so often in case the word was lost."""
FOLLOWING_SECONDS = 0.5
"""A log that has grown by very much is read in between what screens are shown, and told, of it."""
GRADING_SECONDS = 1.0
REGRADING_SECONDS = 30.0
PULSE_SECONDS = 1.0
CHECKPOINT_SECONDS = 60.0
FIRST_CHECKPOINT_SECONDS = 5.0
"""Packing takes a processor from the first frames of a term."""
FOLLOW_SECONDS = 1.0
"""How soon who stands by goes on from what the holder has saved."""
WATCH_SECONDS = 0.2
PUSHES_SECONDS = 2.0
"""Pushes are shown when they are told, and so often found in case the word was lost."""
FORGET_SECONDS = 3600.0
READINGS_SECONDS = 10.0
"""Readings are read when somebody says that they changed, and so often in case it was lost."""
AWAY_SECONDS = 0.5
HUNG_SECONDS = 5.0
"""A step takes milliseconds: a loop that has none for this long holds its lease no longer."""


class Live:
    """Runs the loop in the calling thread until `stop`; bus handlers only set events and leases.

    `introduce` is called at the start of each term, before anything is said in it.
    """

    def __init__(
        self,
        rollup: Rollup,
        grading: Grading,
        renderer: Renderer,
        voice: Voice,
        introduce: Callable[[Term], None] = lambda _: None,
    ) -> None:
        self.rollup = rollup
        self.grading = grading
        self.renderer = renderer
        self.voice = voice
        self.interest = Interest()
        self.lags = Lags()
        renderer.as_of = self._as_of
        self.sources: dict[str, object] = {}
        self._introduce = introduce
        self._stopping = Event()
        self._wake = Event()
        self._clock = CityClock()
        self._due: dict[str, float] = {}
        self._graded_beat = -1
        self._saved_seq = -1
        self._saving: Thread | None = None
        self._stepped = boot_seconds()
        self._is_away = False
        self._posted: deque[Callable[[], None]] = deque()
        self.outside = renderer.means.outside
        if self.outside is not None:
            self.outside.wake = self._wake.set

    @property
    def term(self) -> Term | None:
        """The term in which this worker counts for all, None while it stands by."""
        return self.voice.term

    def run(self, clock: CityClock) -> None:
        """Follow the log until stopped; writes a checkpoint at the end of a term."""
        self._clock = clock
        bus = self.voice.bus
        subscriptions = [
            bus.subscribe(["moves", "interest", "sources", "readings", PUSHES], self._heard),
            bus.answer("ask.counts", partial(answer_counts, self.rollup, self.voice)),
        ]
        keeper = Keeper(self._tend)
        keeper.start()
        try:
            while not self._stopping.is_set():
                self._stepped = boot_seconds()
                self._try_step()
        finally:
            for subscription in subscriptions:
                subscription.close()
            self._end()
            if self.outside is not None:
                self.outside.close()
            keeper.close()
            self.voice.lease.release()

    def renew(self, registry: Registry, plugin: str, build: str) -> None:
        """Have the loop go on with a registry in which one plugin is another; from any thread."""

        def act() -> None:
            self.grading = replace(self.grading, rules=registry.rules)
            self.renderer.renew(registry.panels)
            self.voice.build = build
            if self.outside is not None:
                self.outside.renew(plugin)
            self._due |= dict.fromkeys(("grading", "regrade", "watch", "pulse"), 0.0)
            self._graded_beat = -1
            if self.term is not None:
                self._introduce(self.term)

        self._posted.append(act)
        self._wake.set()

    def stop(self) -> None:
        """End the loop soon; callable from any thread or signal handler."""
        self._stopping.set()
        self._wake.set()

    def _tend(self) -> float:
        lease = self.voice.lease
        before = lease.held
        pause = lease.tend(is_well=boot_seconds() - self._stepped < HUNG_SECONDS)
        if lease.held != before:
            self._wake.set()
        return pause

    def _try_step(self) -> None:
        try:
            self._step()
        except StoreAway as error:
            if not self._is_away:
                log.error("counts stand still: %s", error)
            self._is_away = True
            self._stopping.wait(AWAY_SECONDS)
        except LeaseLost as error:
            log.warning("%s", error)
            self.voice.lease.doubt()
            self._stand_by()

    def _step(self) -> None:
        self._wake.clear()
        while self._posted:
            self._posted[0]()
            self._posted.popleft()  # only now: while the store is away it is tried again
        self._every("log", POLL_SECONDS, self._catch_up)
        self._every("clock", CLOCK_SECONDS, self._pass_time)
        held = self.voice.lease.held
        if held != self.term:
            self._stand_by()
            if held is not None:
                self._begin(held)
        if self.term is None:
            self._every("follow", FOLLOW_SECONDS, self._follow)
            if self.outside is not None:
                self.outside.stand_by()
            self._wake.wait(CLOCK_SECONDS)
        else:
            self._wake.wait(min(self._lead(self.term), CLOCK_SECONDS))

    def _lead(self, term: Term) -> float:
        """Do what only the holder does; returns the seconds until more may be due."""
        self._every("readings", READINGS_SECONDS, self._read)
        self._every("grading", GRADING_SECONDS, lambda: self._grade(term))
        self._every("watch", WATCH_SECONDS, self._watch)
        self.renderer.watch_more(self.interest.take_new())
        self._every("pushes", PUSHES_SECONDS, self.renderer.look_for_pushes)
        wait = self.renderer.render_due()
        self._every("pulse", PULSE_SECONDS, self._pulse)
        self._every("checkpoint", CHECKPOINT_SECONDS, lambda: self._save_aside(term))
        return wait

    def _begin(self, term: Term) -> None:
        """Begin a term: from here on nobody else writes what is read here."""
        while not self._catch_up():
            pass
        self._follow()
        with self.rollup.store.read() as connection:
            self.grading.colours.load(connection, self.rollup.now)
        self._introduce(term)
        for act in ("readings", "grading", "regrade", "watch", "pulse"):
            self._due[act] = 0.0
        self._due["checkpoint"] = monotonic() + FIRST_CHECKPOINT_SECONDS
        self.voice.term = term

    def _stand_by(self) -> None:
        """End the term, if there is one: what was shown in it must all be shown anew."""
        self.voice.term = None
        self.renderer.watch(frozenset(), set())

    def _end(self) -> None:
        if self._saving:
            self._saving.join()
        if self.term is not None:
            self._save(self.term)

    def _every(self, name: str, seconds: float, act: Callable[[], object]) -> None:
        now = monotonic()
        if now >= self._due.get(name, 0.0):
            self._due[name] = now + seconds
            act()

    def _catch_up(self) -> bool:
        """Count what the logs hold, for a while; tells whether that was all."""
        if not self.rollup.is_whole:
            checkpoint.start(self.rollup, self._clock.now(real_now()))
        began = monotonic()
        with self.rollup.store.read() as connection:
            is_whole = self.rollup.catch_up(connection, began + FOLLOWING_SECONDS)
            if checked := self.rollup.coordination.take_checked():
                self.grading.colours.read_checks(connection, checked)
        if self._is_away:
            log.warning("counts go on: the database answers again")
            self._is_away = False
            self._stand_by()  # the step goes on with the term, and shows what panels could not read
        at = began if is_whole else None
        self.lags.moves.reached(self.rollup.seq, at)
        self.lags.acts.reached(self.rollup.coordination.seq, at)
        if not is_whole:
            self._due["log"] = 0.0
            self._wake.set()
        return is_whole

    def _as_of(self) -> Millis:
        """Return the real instant up to which the counts have all that was committed."""
        return real_now() - round(self.lags.seconds * 1000)

    def _pass_time(self) -> None:
        with self.rollup.lock:
            self.rollup.advance(self._clock.now(real_now()))

    def _follow(self) -> None:
        checkpoint.follow_saved(self.rollup, self._clock.now(real_now()))

    def _grade(self, term: Term) -> None:
        has_news = self.outside is not None and self.outside.has_graded
        is_same = self._graded_beat == self.rollup.beat
        if is_same and not has_news and monotonic() < self._due.get("regrade", 0.0):
            return
        self._due["regrade"] = monotonic() + REGRADING_SECONDS
        changed = self.grading.run(self.rollup.now, term.fence)
        if len(changed):
            self.rollup.touch(set(changed.tolist()))
        self._graded_beat = self.rollup.beat
        self._every(
            "forget", FORGET_SECONDS, lambda: self.grading.forget(self.rollup.now, term.fence)
        )

    def _read(self) -> None:
        readings = self.renderer.means.city.readings
        with self.rollup.store.read() as connection:
            touched = readings.refresh(connection, self.rollup.tree)
        if touched:
            self.rollup.touch(touched)

    def _watch(self) -> None:
        self.renderer.watch(self.interest.watched(), self.interest.take_new())
        self.renderer.streams = self.interest.streams

    def _pulse(self) -> None:
        self.voice.pulse({
            "real": real_now(),
            "city": self.rollup.now,
            "position": self.rollup.seq,
            "behind": round(self.lags.seconds, 3),
            "sources": list(self.sources.values()),
        })  # fmt: skip

    def _heard(self, channel: str, payload: bytes) -> None:
        if channel == "interest":
            message = orjson.loads(payload)
            self.interest.renew(message)
            if not message.get("more"):
                self._due["watch"] = 0.0
        elif channel == PUSHES:
            self.renderer.pushes.told(payload)
        elif channel == "readings":
            self._due["readings"] = 0.0
        elif channel == "sources":
            state = orjson.loads(payload)
            self.sources[state["key"]] = state
            return
        self._due["log"] = 0.0
        self._wake.set()

    def _save_aside(self, term: Term) -> None:
        # Packing takes a good part of a second: in the loop it would hold up every screen.
        if self._saved_seq == self.rollup.seq or (self._saving and self._saving.is_alive()):
            return
        self._saving = Thread(target=self._save, args=(term,), name="checkpoint", daemon=True)
        self._saving.start()

    def _save(self, term: Term) -> None:
        seq = self.rollup.seq
        try:
            checkpoint.save(self.rollup, term.fence)
        except (StoreAway, LeaseLost) as error:
            log.warning("counts are not saved: %s", error)
        else:
            self._saved_seq = seq
