"""Each request has an id and one line in the log, and is counted by its route."""

import logging
import re
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack
from secrets import token_hex
from threading import Lock
from time import perf_counter

from flask import Flask, Response, g, request

from commandcenter import logs
from commandcenter.domain.figures import Durations, Figure

log = logging.getLogger("commandcenter.access")

HEADER = "X-Request-ID"
SANE = re.compile(r"[A-Za-z0-9._-]{8,64}")
QUIET = ("/assets/", "/static/", "/_dash-component-suites/", "/_favicon.ico", "/healthz", "/readyz",
         "/metrics", "/operations/figures", "/tiles/")  # fmt: skip
"""What is asked for all the time; a line is written only if it fails."""
PROBES = ("/healthz", "/readyz")
"""Their answers are no news, and one of them fails on purpose."""
NO_ROUTE = "(none)"
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


def id_of(given: str | None) -> str:
    """Return the id that a caller gave if it is one to be repeated, else a new one."""
    return given if given and SANE.fullmatch(given) else token_hex(8)


class Meter:
    """Counts requests by route, never by address: addresses are without end."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._counts: dict[tuple[str, str, int], int] = defaultdict(int)
        self._durations: dict[str, Durations] = {}

    def add(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one request."""
        method = method if method in METHODS else "other"
        with self._lock:
            self._counts[method, route, status] += 1
            if route not in self._durations:
                self._durations[route] = Durations()
            self._durations[route].add(seconds)

    def figures(self) -> Iterator[Figure]:
        """Yield the counts."""
        with self._lock:
            for (method, route, status), count in self._counts.items():
                labels = {"method": method, "route": route, "status": str(status)}
                yield Figure("commandcenter_http_requests_total", count, labels)
            for route, durations in self._durations.items():
                labels = {"route": route}
                yield from durations.figures("commandcenter_http_request_seconds", labels)


class Requests:
    """Gives ids and writes the lines; make it first, so that its end of a request is the last."""

    def __init__(self, app: Flask, meter: Meter) -> None:
        self._meter = meter
        app.before_request(self.begin)
        app.after_request(self.end)
        app.teardown_request(self.forget)

    def begin(self) -> None:
        """Begin a request."""
        g.began = perf_counter()
        g.task = ExitStack()
        g.task.enter_context(logs.task(id_of(request.headers.get(HEADER))))

    def end(self, answer: Response) -> Response:
        """Count the request, write its line and give its id back."""
        seconds = perf_counter() - g.began
        route = request.url_rule.rule if request.url_rule else NO_ROUTE
        self._meter.add(request.method, route, answer.status_code, seconds)
        answer.headers[HEADER] = logs.request_id()
        number = (request.view_args or {}).get("number")
        if number is not None and answer.status_code < 400:  # else it may be no case's at all
            logs.about_cases(int(number))
        failed = answer.status_code >= 500 and route not in PROBES
        if failed or not route.startswith(QUIET):
            write_line(request.method, route, answer.status_code, seconds)
        return answer

    def forget(self, _error: BaseException | None) -> None:
        """End the request."""
        task = g.pop("task", None)
        if task is not None:
            task.close()


def write_line(method: str, route: str, status: int, seconds: float) -> None:
    """Write the line of a request; the address itself, which may hold anything, is not in it."""
    facts = {"method": method, "route": route, "status": status, "seconds": round(seconds, 4)}
    log.info("request", extra={"facts": facts})
