"""The source that replays the requests of July to December 2011 at any speed."""

import logging
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from heapq import merge
from itertools import chain
from operator import itemgetter
from typing import Any

from commandcenter.api import (
    CityClock,
    Delivery,
    Filing,
    History,
    Life,
    Millis,
    PluginError,
    Source,
    SourceContext,
    State,
    Text,
    Update,
)

from .calendar import calendar
from .deliveries import KEY, Placed, closing, filing, life, opening, remaining
from .places import place_all
from .records import read_requests

START = "2011-10-01"
SPEED = 600.0
FASTEST = 1_000_000
BATCH = 2000
WAKE = 200
"""Events in one list at most: a replay that has to catch up does so in portions."""
BEAT: Millis = 20_000
"""The longest silence in real milliseconds."""

Event = tuple[Millis, int, list[Delivery]]
log = logging.getLogger(__name__)


def clock(options: Mapping[str, Any], real: Millis) -> CityClock:
    """Return the clock of the replay: from `start` (a date) at `speed`, begun at `real`.

    Raises PluginError for a date or a speed that cannot be used.
    """
    given = str(options.get("start") or START), str(options.get("speed") or SPEED)
    try:
        start, speed = date.fromisoformat(given[0]), float(given[1])
    except ValueError as error:
        raise PluginError(
            f"{KEY}: start = {given[0]}, speed = {given[1]}: give a date as 2011-10-01 and a number"
        ) from error
    if not 0 < speed <= FASTEST:
        raise PluginError(f"{KEY}: speed = {speed:g}: give a number above 0, up to {FASTEST}")
    return CityClock(real, calendar().instant(start), speed)


def placed_requests() -> list[Placed]:
    """Return all requests, oldest first, each with its place."""
    requests = read_requests()
    places = place_all(requests)
    return [Placed(*pair) for pair in zip(requests, places, strict=True)]


def history(context: SourceContext, asked: History) -> Iterator[Sequence[Life | Filing]]:
    """Yield the requests opened before the replay starts, at most `asked.cases`, oldest first.

    They stand on their own days: `asked.days` has no meaning for what really happened.
    """
    past = [p for p in placed_requests() if p.request.opened < asked.until]
    past = past[max(0, len(past) - asked.cases) :]
    for first in range(0, len(past), BATCH):
        yield [life(placed, asked.until) for placed in past[first : first + BATCH]]


def run(context: SourceContext) -> Iterator[Sequence[Delivery]]:
    """Yield what happens from now on, in the order of time, until the data ends.

    What is already stored is recognised by `open_cases` and `last_at`, so that a restart neither
    repeats nor loses anything; the same instant is delivered again, which changes nothing.
    """
    last = context.last_at()
    begin = last if last is not None else context.clock.city_origin
    standing = {key: State(state) for key, state, *_ in context.open_cases()}
    pending = deque[Event]()
    for event in events(placed_requests(), standing, begin):
        while event[0] > (now := context.now()):
            # An empty list says that the replay lives, though nothing happened in the city.
            yield _taken_out(pending)
            if not context.wait(min(event[0], now + round(BEAT * context.clock.speed))):
                return
        pending.append(event)
        if len(pending) >= WAKE:
            yield _taken_out(pending)
    yield _taken_out(pending)
    log.info("%s: the data ends here, and the replay with it", KEY)


def _taken_out(pending: deque[Event]) -> list[Delivery]:
    """Take out what is pending: the filings first, so that intake handles both kinds in bulk."""
    found = list(chain.from_iterable(event[2] for event in pending))
    pending.clear()
    return sorted(found, key=lambda delivery: isinstance(delivery, Update))


def events(
    placed: Sequence[Placed], standing: Mapping[str, State], begin: Millis
) -> Iterator[Event]:
    """Yield what is still to be delivered, in the order of time.

    `standing` holds the states of the stored open cases; of the others those opened before
    `begin` are over.
    """
    known = [p for p in placed if p.request.id in standing]
    fresh = [p for p in placed if p.request.id not in standing and p.request.opened >= begin]
    resumed = [
        (at, -1, list[Delivery](updates))
        for p in known
        for at, updates in remaining(p.request, standing[p.request.id])
    ]
    ended = sorted(
        (p.request.closed, number)
        for number, p in enumerate(fresh)
        if p.request.closed is not None and p.place is not None
    )
    closed = ((at, n, list[Delivery](closing(fresh[n].request))) for at, n in ended)
    opened = ((p.request.opened, n, _opened(p)) for n, p in enumerate(fresh))
    # A request closed at its opening must come after it: merge keeps the order of its inputs.
    resumed.sort(key=itemgetter(0))
    return merge(opened, resumed, closed, key=itemgetter(0))


def _opened(placed: Placed) -> list[Delivery]:
    if placed.place is None:
        return [filing(placed)]
    return [filing(placed), *opening(placed.request)]


SOURCE = Source(
    key=KEY,
    title=Text("波士顿311回放", "Boston 311 replay"),
    run=run,
    history=history,
    clock=clock,
)
