"""Flask, with views that leave a command to be carried out together with others.

Such a view returns Given. A server that answers requests in groups says so in their environ: the
request then stands still once its command is known, and goes on when that is carried out. With any
other server it waits in its thread.
"""

from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import Flask
from flask.signals import request_started
from flask.typing import ResponseReturnValue

from commandcenter.web.commander import Answer, Commander, Job

GROUP = "commandcenter.group"
"""The name in the environ of requests that are answered in a group: one dict for all of them, with
what was looked up since the last of them came."""
Environ = dict[str, Any]
Start = Callable[..., Any]
Steps = Generator[Job, None, Iterable[bytes]]
Function = TypeVar("Function", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Given:
    """What a view returns that gives a command: the request's answer is made of the command's."""

    job: Job
    answer: Callable[[Answer], ResponseReturnValue]


@dataclass(frozen=True, slots=True)
class Begun:
    """A request that stands still until its command is carried out."""

    job: Job
    steps: Steps

    def end(self) -> Iterable[bytes]:
        """Go on, say the head and return the body."""
        try:
            next(self.steps)
        except StopIteration as ended:
            answered: Iterable[bytes] = ended.value
            return answered
        raise RuntimeError("a request waits for one command at most")


class Application(Flask):
    """The application; commands that no group waits for it gives to the commander by themselves."""

    def __init__(self, name: str, commander: Commander) -> None:
        super().__init__(name)
        self._commander = commander

    def ensure_sync(self, func: Function) -> Function:
        """Return a function as it is: no hook or view is a coroutine's, and to ask takes time."""
        return func

    def dispatch_request(self) -> ResponseReturnValue:
        """Call the view, and have the command carried out that it gives."""
        found: Any = super().dispatch_request()
        if isinstance(found, Given):
            self._commander.serve([found.job])
            return found.answer(found.job.result())
        answered: ResponseReturnValue = found
        return answered

    def wsgi_app(self, environ: Environ, start_response: Start) -> Any:
        """Answer a request, or return Begun where it waits for its command with others."""
        if GROUP not in environ:
            return super().wsgi_app(environ, start_response)
        steps = self._steps(environ, start_response)
        try:
            return Begun(next(steps), steps)
        except StopIteration as ended:
            return ended.value

    def _steps(self, environ: Environ, start_response: Start) -> Steps:
        """Answer a request as Flask's own `wsgi_app` does; yields the command that it waits for."""
        context, failed = self.request_context(environ), None
        try:
            try:
                context.push()
                answer = yield from self._dispatched()
            except Exception as error:
                failed = error
                answer = self.handle_exception(error)
            pieces: Iterable[bytes] = answer(environ, start_response)
            return pieces
        finally:
            context.pop(failed)

    def _dispatched(self) -> Generator[Job, None, Any]:
        """Call hooks and view as Flask's own `full_dispatch_request` does."""
        try:
            request_started.send(self, _async_wrapper=self.ensure_sync)
            found: Any = self.preprocess_request()
            if found is None:
                found = super().dispatch_request()
            if isinstance(found, Given):
                yield found.job
                found = found.answer(found.job.result())
        except Exception as error:
            found = self.handle_user_exception(error)
        return self.finalize_request(found)
