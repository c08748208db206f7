"""Requests that give commands, answered in one thread: those that wait at once are a group.

A group's requests are begun one after the other, their commands carried out in one transaction, and
their answers made one after the other. With a thread for each request, whoever leads a transaction
loses the interpreter with every statement to a thread that begins a request, and each request
costs nine changes of threads, which is more than what it asks for.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from commandcenter.web.application import GROUP, Begun
from commandcenter.web.commander import MOST, Job
from commandcenter.web.threads import Event, Said, Send, Wsgi, environ_of, tell

log = logging.getLogger(__name__)

Carry = Callable[[Sequence[Job]], None]


@dataclass(slots=True)
class _Visit:
    """A request on its way; `answered` is what its task on the event loop waits for."""

    environ: dict[str, Any]
    answered: "asyncio.Future[Said]"
    context: Context = field(default_factory=copy_context)
    said: Said = field(default_factory=Said)
    begun: Begun | None = None
    error: BaseException | None = None

    def begin(self, app: Wsgi) -> None:
        """Have the request answered, or as far as it can be without its command."""
        try:
            pieces = self.context.run(app, self.environ, self.said.start)
            if isinstance(pieces, Begun):
                self.begun = pieces
            else:
                self.context.run(self.said.gather, pieces)
        except BaseException as error:  # its task is told, and the others' go on
            self.error = error

    def end(self) -> None:
        """Make the answer, now that the command is carried out."""
        if self.begun is None:
            return
        try:
            self.context.run(self.said.gather, self.context.run(self.begun.end))
        except BaseException as error:
            self.error = error

    def hand_over(self) -> None:
        """Wake the task that waits, on the event loop."""
        if self.answered.done():
            return
        if self.error is not None:
            self.answered.set_exception(self.error)
        else:
            self.answered.set_result(self.said)


class Groups:
    """A WSGI application in one thread, for requests whose commands are carried out together."""

    def __init__(self, app: Wsgi, carry: Carry) -> None:
        self._app = app
        self._carry = carry
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="commands")
        self._waiting: list[_Visit] = []
        self._adding = Lock()
        self._is_running = False

    async def answer(self, scope: Event, body: bytes, send: Send) -> None:
        """Have a request answered whose body has been read."""
        loop = asyncio.get_running_loop()
        visit = _Visit(environ_of(scope, body), loop.create_future())
        with self._adding:
            self._waiting.append(visit)
            is_running, self._is_running = self._is_running, True
        if not is_running:
            self._executor.submit(self._run, loop)
        said = await visit.answered
        await tell(send, said.events(is_last=True))

    def close(self) -> None:
        """Take no more requests; those that are being answered end by themselves."""
        self._executor.shutdown(wait=False)

    def _run(self, loop: asyncio.AbstractEventLoop) -> None:
        """Answer groups until nobody waits; a group's answers leave together."""
        while visits := self._next():
            self._answer(visits)
            loop.call_soon_threadsafe(_hand_over, visits)

    def _next(self) -> list[_Visit]:
        with self._adding:
            taken, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
            self._is_running = bool(taken)
        return taken

    def _answer(self, visits: Sequence[_Visit]) -> None:
        looked_up: dict[str, Any] = {}
        for visit in visits:
            visit.environ[GROUP] = looked_up
            visit.begin(self._app)
        jobs = [visit.begun.job for visit in visits if visit.begun is not None]
        try:
            self._carry(jobs)
        except Exception:  # each of them says so in its own answer
            log.exception("%s commands were not carried out", len(jobs))
        for visit in visits:
            visit.end()


def _hand_over(visits: Iterable[_Visit]) -> None:
    for visit in visits:
        visit.hand_over()
