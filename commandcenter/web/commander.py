"""Carries out commands: those that come at once share one transaction (a group commit)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from threading import Event, Lock
from time import time

from commandcenter.cases import answers, audit
from commandcenter.cases.answers import Kept, Token
from commandcenter.cases.audit import Entry
from commandcenter.cases.carrying import Outcome, carry_out
from commandcenter.cases.instructions import Instruction
from commandcenter.domain.clocks import HOUR, Millis
from commandcenter.domain.viewers import Viewer
from commandcenter.errors import CommandCenterError, Invalid
from commandcenter.ingest.intake import Rules
from commandcenter.store.store import Store

Answer = tuple[int, str]
"""A status and a body."""
Render = Callable[[Outcome], Answer]
MOST = 64
"""So many commands share a transaction at most."""


@dataclass(slots=True)
class Job:
    """A command that somebody waits for; `render` makes the answer that is kept under its token.

    `entry` says who gives it, for the audit log.
    """

    viewer: Viewer
    instruction: Instruction
    render: Render
    token: Token | None = None
    entry: Entry | None = None
    answer: Answer | None = None
    error: Exception | None = None

    @property
    def name(self) -> tuple[str, str] | None:
        """The caller with the key, None without one."""
        return (self.token.actor, self.token.key) if self.token else None

    @property
    def is_done(self) -> bool:
        """Whether the command was carried out, or failed."""
        return self.answer is not None or self.error is not None

    def result(self) -> Answer:
        """Return what came of it; raises what it failed with."""
        if self.error is not None:
            raise self.error
        if self.answer is None:
            raise RuntimeError("nobody has carried out this command yet")
        return self.answer


@dataclass(slots=True, eq=False)
class _Party:
    """Whoever waits for commands; `news` tells that all are carried out, or that it is its turn."""

    jobs: Sequence[Job]
    news: Event = field(default_factory=Event)

    @property
    def is_served(self) -> bool:
        """Whether nothing is to be waited for."""
        return all(job.is_done for job in self.jobs)


@dataclass(slots=True)
class Commander:
    """The commands of one process, each in a transaction that it shares with its neighbours.

    Whoever comes while another transaction runs waits for it; the first of those then takes all who
    wait along. Who is served goes at once, and does not queue up behind the next transaction.
    """

    store: Store
    rules: Callable[[], Rules]
    now: Callable[[], Millis]
    _queue: list[tuple[Job, _Party]] = field(default_factory=list)
    _adding: Lock = field(default_factory=Lock)
    _is_busy: bool = False
    _forgot_at: Millis = 0

    def give(self, *jobs: Job) -> list[Answer]:
        """Carry out commands and return their answers; refusals are answers too.

        Raises Invalid for a key under which something else was asked before, StoreAway.
        """
        self.serve(jobs)
        return [job.result() for job in jobs]

    def serve(self, jobs: Sequence[Job]) -> None:
        """Carry out commands; each has its answer or its error then."""
        if not jobs:
            return
        party = _Party(jobs)
        with self._adding:
            self._queue += [(job, party) for job in jobs]
            must_wait, self._is_busy = self._is_busy, True
        if must_wait:
            party.news.wait()
        if not must_wait or not party.is_served:
            self._lead(party)

    def _lead(self, party: _Party) -> None:
        """Carry out what waits until a party is served, then let the next one do so."""
        try:
            while not party.is_served:
                taken = self._take()
                self._run([job for job, _ in taken])
                for other in {id(whose): whose for _, whose in taken}.values():
                    if other is not party and other.is_served:
                        other.news.set()
        finally:
            with self._adding:
                self._is_busy = bool(self._queue)
                following = self._queue[0][1] if self._queue else None
            if following is not None:
                following.news.set()

    def _take(self) -> list[tuple[Job, _Party]]:
        """Return who is next; who repeats what is among them waits for its answer."""
        taken: list[tuple[Job, _Party]] = []
        left: list[tuple[Job, _Party]] = []
        keys: set[tuple[str, str]] = set()
        with self._adding:
            for job, party in self._queue:
                name = job.name
                if len(taken) == MOST or (name is not None and name in keys):
                    left.append((job, party))
                    continue
                taken.append((job, party))
                keys |= {name} if name else set()
            self._queue = left
        return taken

    def _run(self, jobs: list[Job]) -> None:
        try:
            self._commit(jobs)
        except CommandCenterError as error:
            _fail(jobs, error)
        except Exception as error:
            if len(jobs) == 1:
                _fail(jobs, error)
                return
            for job in jobs:  # a fault of one costs only itself
                self._run([job])

    def _commit(self, jobs: list[Job]) -> None:
        """Carry out commands in one transaction; nothing is answered before it is committed."""
        rules, now, real = self.rules(), self.now(), round(time() * 1000)
        with self.store.write() as connection:
            if real - self._forgot_at > HOUR:
                answers.forget(connection, real)
                self._forgot_at = real
            tokens = [job.token for job in jobs if job.token is not None]
            known = answers.claim(connection, tokens, real)
            fresh = [job for job in jobs if job.name is None or job.name not in known]
            given = [(job.viewer, replace(job.instruction, at=now)) for job in fresh]
            outcomes = carry_out(connection, rules.desk, rules.matters, given)
            made = [job.render(outcome) for job, outcome in zip(fresh, outcomes, strict=True)]
            named = {j.name: answer for j, answer in zip(fresh, made, strict=True) if j.name}
            answers.keep(connection, named)
            audit.append(connection, _told(rules, fresh, outcomes), now)
        for job, answer in zip(fresh, made, strict=True):
            job.answer = answer
        for job in jobs:
            if job.name is not None and job.name in known:
                _repeat(job, known[job.name])


def _told(rules: Rules, jobs: Sequence[Job], outcomes: Sequence[Outcome]) -> list[Entry]:
    """Return what the audit log is to say of commands that were carried out.

    What was noted stands in the moves, where it is as long as the case is kept, and no longer.
    """
    told = []
    for job, outcome in zip(jobs, outcomes, strict=True):
        facts, given = outcome.facts, outcome.instruction
        if job.entry is None or facts is None:
            continue
        told.append(replace(
            job.entry, what=f"case:{given.case_id}", cell=facts.cell,
            scope=rules.tree.cells[facts.cell].code,
            detail={**job.entry.detail, "state": facts.state.value},
        ))  # fmt: skip
    return told


def _repeat(job: Job, kept: Kept) -> None:
    """Answer as before; a key that was used for something else fails."""
    if job.token is not None and kept.digest == job.token.digest:
        job.answer = (kept.status, kept.body)
        return
    job.error = Invalid(
        "this key was used for another command: give each command its own", "idempotency_key"
    )


def _fail(jobs: list[Job], error: Exception) -> None:
    for job in jobs:
        job.error = error
