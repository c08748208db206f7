"""The source of simulated cases: a history at once, then each case in its own time."""

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import pairwise, repeat

import numpy as np

from commandcenter.api import (
    HOUR,
    MINUTE,
    SECOND,
    Delivery,
    History,
    Life,
    Millis,
    Source,
    SourceContext,
    Text,
    Update,
)

from .plans import Plans
from .queue import Queue
from .simulation import KEY, Simulation, external_ids
from .tidings import Tidings
from .twins import LATEST_TWIN

BATCH = 2000
PAUSE: Millis = 20
"""The shortest wait, so that a storm comes in lists and not one by one."""
BEAT: Millis = 20_000
"""The longest silence."""
CATCH_UP = HOUR
"""How much of the time in which it did not run a simulation makes up for."""
AGREE = 5 * MINUTE
"""How often it looks what others did to its cases; more seldom the more there are."""


def history(context: SourceContext, asked: History) -> Iterator[Sequence[Life]]:
    """Yield past cases, oldest first; what lies after `asked.until` is left for `run`."""
    simulation = Simulation.of(context)
    for at, number in simulation.arrivals.in_history(asked, BATCH):
        yield lives(simulation, simulation.planner.plan(at, number), asked.until)


def lives(simulation: Simulation, plans: Plans, until: Millis) -> list[Life]:
    """Return whole past cases with their updates up to `until`."""
    world, stories = simulation.world, simulation.stories
    points = simulation.points(plans)
    keys = external_ids(plans)
    rows = zip(
        keys,
        world.channel_keys[plans.channel],
        world.matter_codes[plans.matter],
        stories.titles_of(plans),
        world.leaf_codes[plans.cell],
        plans.at.tolist(),
        points[:, 0].tolist(),
        points[:, 1].tolist(),
        stories.stories_of(plans, world),
        _updates(simulation, plans, keys, until),
        strict=True,
    )
    return list(map(_life, rows))


def _updates(
    simulation: Simulation, plans: Plans, keys: Sequence[str], until: Millis
) -> Iterator[list[Update]]:
    """Yield for each case its updates up to `until`, made for all cases in one go."""
    row, column = np.nonzero(plans.times <= until)
    fields = zip(
        repeat(KEY),
        np.array(keys, object)[row],
        plans.commands(row, column),
        plans.times[row, column].tolist(),
        repeat(None),
        repeat(None),
        repeat(""),
    )
    made = list(map(_update, fields))
    for index in np.flatnonzero(simulation.tellings.speaks(plans, row, column)).tolist():
        at = int(row[index])
        made[index] = simulation.update(plans, at, int(column[index]), keys[at])
    ends = np.searchsorted(row, np.arange(len(plans)), side="right").tolist()
    return (made[begin:end] for begin, end in pairwise([0, *ends]))


# Millions of these are made for a history: this is half the price of calling the class.
_life = partial(tuple.__new__, Life)
_update = partial(tuple.__new__, Update)


def run(context: SourceContext) -> Iterator[Sequence[Delivery]]:
    """Yield reports, moves, whistles and directives as their time comes, until it is enough."""
    simulation = Simulation.of(context)
    last, now = context.last_at(), context.now()
    tidings = Tidings(simulation, now, context.last_word_at())
    queue = Queue(simulation, lambda plans, ids: tidings.on_cases(plans, ids, context.now()))
    queue.resume(context.open_cases(), last if last is not None else 0)
    begin = now if last is None else max(last, now - CATCH_UP)
    length = simulation.arrivals.slot
    slot = (begin if last is None or length == SECOND else begin - LATEST_TWIN) // length
    agreed = now
    while True:
        now = context.now()
        while slot * length <= now:
            queue.report(slot, begin)
            slot += 1
        tidings.plan(now)
        while found := queue.due(context.now()) or tidings.due(context.now()):
            yield found
        now = context.now()
        if now >= agreed + AGREE + len(queue):
            queue.agree(context.open_cases(), now)
            agreed = now
        nearest = min(slot * length, queue.next_at(), tidings.next_at(), now + BEAT)
        if not context.wait(max(nearest, context.now() + PAUSE)):
            return
        # An empty list says that the simulation lives, though nothing happened in the city.
        yield []


SOURCE = Source(
    key=KEY,
    title=Text("模拟城市", "Simulated city"),
    run=run,
    history=history,
    simulated=True,
)
