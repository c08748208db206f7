"""What the desk's address asks for: checked, and turned into a wish for cases."""

import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from commandcenter.cases.queues import Queue, Wish
from commandcenter.domain.cases import State
from commandcenter.domain.clocks import Millis, millis
from commandcenter.domain.viewers import Viewer
from commandcenter.screen.desk import FILTERS
from commandcenter.screen.desk_queues import COORDINATION, first_queue, known_queues
from commandcenter.web.services import Services
from commandcenter.web.viewers import narrowed

LONGEST = 200
FLAGS = ("overdue", "turned")
A_NUMBER = re.compile(r"[0-9]{1,15}")


def asked_of(viewer: Viewer, given: object) -> dict[str, str]:
    """Return what is asked for in known terms; a queue that is not the viewer's is the first."""
    found = given if isinstance(given, Mapping) else {}
    asked = {
        name: value.strip()[:LONGEST]
        for name in (*FILTERS, *FLAGS)
        if isinstance(value := found.get(name), str) and value.strip()
    }
    queue = found.get("queue")
    known = isinstance(queue, str) and queue in known_queues(viewer.role)
    return {"queue": str(queue) if known else first_queue(viewer.role), **asked}


def opened_of(given: object) -> str:
    """Return the number of the case that is open, nothing for what is none."""
    return given if isinstance(given, str) and A_NUMBER.fullmatch(given) else ""


def wish_of(services: Services, viewer: Viewer, asked: Mapping[str, str]) -> Wish:
    """Return which cases are wanted; raises NotFound for a cell outside the scope.

    A filter that names nothing there is finds nothing; a day that is none counts as not given.
    """
    first, last = narrowed(services, viewer, asked.get("cell"))
    queue = asked["queue"]
    return Wish(
        Queue.ALL if queue in COORDINATION else Queue(queue),
        first,
        last,
        services.now(),
        state=_state(asked.get("state")),
        matter=asked.get("matter"),
        unit=asked.get("unit"),
        channel=asked.get("channel"),
        overdue="overdue" in asked,
        since=_day(services, asked.get("since"), 0),
        until=_day(services, asked.get("until"), 1),
        is_reversed="turned" in asked,
        day=services.catalogue.calendar.day_start(services.now()),
    )


def _state(given: str | None) -> State | None:
    return State(given) if given in tuple(State) else None


def _day(services: Services, given: str | None, more: int) -> Millis | None:
    """Return the beginning of a day of the city, or of the day after it."""
    if given is None:
        return None
    try:
        day = date.fromisoformat(given) + timedelta(days=more)
    except (ValueError, OverflowError):
        return None
    return millis(datetime.combine(day, time(), services.catalogue.calendar.zone))


def block_of(request: Any, most: int) -> tuple[int, int]:
    """Return first row and number of rows that the table asks for."""
    found = request if isinstance(request, Mapping) else {}
    start, end = found.get("startRow"), found.get("endRow")
    if not isinstance(start, int) or not isinstance(end, int) or not 0 <= start < end:
        return 0, most
    return start, min(end - start, most)
