"""What somebody else reports too: another channel, other words, metres and minutes off."""

from dataclasses import fields

import numpy as np
from numpy.typing import NDArray

from commandcenter.api import MINUTE

from .chance import Chance, Floats, Ints, mix
from .draws import TWIN, UNCLASSIFIED, Draw
from .plans import Plans
from .steps import COLUMNS, NEVER, Step
from .turns import Odd, delay, whole
from .world import World

SUFFIX = "-t"
"""Ends the external id of the second report."""
SECOND = np.uint64(0x9E3779B97F4A7C15)
LATEST_TWIN = 25 * MINUTE
"""So long after the first report the second one comes at the latest."""
METRES = 30.0
DEGREES = 1 / 111_320
"""Of latitude, for a metre."""
SECOND_TITLES = (
    "{place}这里{word}", "又看到{word}，怎么没人管", "{word}，请派人处理", "反映{word}的情况",
)  # fmt: skip
VAGUE = ("有个情况反映一下", "小区门口的事没人管", "请派人来看看", "这边又老样子了", "希望有人管管")
"""Titles in which no rule finds a matter."""


def twinned(plans: Plans) -> NDArray[np.intp]:
    """Return the rows of cases that are reported twice."""
    is_usual = ~plans.odd.rejected & ~plans.odd.cross
    return np.flatnonzero(is_usual & (plans.chance.draw(Draw.TWIN) < TWIN))


def unclassified(plans: Plans, world: World) -> NDArray[np.bool_]:
    """Tell which reports no rule can classify: the desk says what they are when it files them."""
    citizens = world.by_citizens[plans.channel]
    return citizens & (plans.chance.draw(Draw.UNCLASSIFIED) < UNCLASSIFIED)


def twins(plans: Plans, rows: NDArray[np.intp], world: World) -> Plans:
    """Return the plans of the second reports of some cases: the desk merges what it still has.

    Most are merged by rule when they come in, and the plan has nothing to do any more. Of a matter
    that dispatches itself the desk has nothing.
    """
    chance = Chance(mix(plans.chance.root[rows] + SECOND))
    at = plans.at[rows] + whole(chance.between(Draw.FILING, 0.08, 1) * LATEST_TWIN)
    times = np.full((len(rows), COLUMNS), NEVER, np.int64)
    merged = at + delay(chance, Draw.DISPATCH, 2, 13, 180)
    by_itself = world.by_itself[plans.matter[rows]]
    times[:, Step.MERGE] = np.where(by_itself, NEVER, merged)
    return Plans(
        at,
        plans.number[rows],
        chance,
        plans.cell[rows],
        plans.matter[rows],
        _other_channel(plans.channel[rows], chance, world),
        _nothing_odd(len(rows)),
        at,
        times,
    )


def nearby(points: Floats, chance: Chance) -> Floats:
    """Return points some metres off the given ones (lng, lat)."""
    off = (np.column_stack([chance.draw(Draw.PLACE), chance.draw(Draw.PLACE + 1)]) - 0.5) * 2
    shrink = np.column_stack([1 / np.cos(np.radians(points[:, 1])), np.ones(len(points))])
    found: Floats = points + off * METRES * DEGREES * shrink
    return found


def second_titles(plans: Plans, world: World) -> list[str]:
    """Return what the second reporters say, in words of their own."""
    which = (plans.chance.draw(Draw.TITLE) * len(SECOND_TITLES)).astype(int).tolist()
    draws = plans.chance.draw(Draw.STORY).tolist()
    rows = zip(plans.matter.tolist(), plans.cell.tolist(), which, draws, strict=True)
    return [
        SECOND_TITLES[how].format(place=world.parents[cell], word=_word(world, matter, draw))[:200]
        for matter, cell, how, draw in rows
    ]


def _word(world: World, matter: int, draw: float) -> str:
    words = world.matters[matter].words or (world.matters[matter].title.zh,)
    return words[int(draw * len(words))]


def _other_channel(channel: Ints, chance: Chance, world: World) -> Ints:
    """Return another channel, one of citizens where there are some."""
    usual = np.flatnonzero(world.by_citizens)
    pool = usual if len(usual) > 1 else np.arange(len(world.channels))
    picked = (chance.draw(Draw.CHANNEL) * len(pool)).astype(np.int64)
    found = pool[picked]
    return np.where(found == channel, pool[(picked + 1) % len(pool)], found)


def _nothing_odd(size: int) -> Odd:
    counted = {"parts", "rating"}
    return Odd(**{
        each.name: np.zeros(size, np.int64 if each.name in counted else bool)
        for each in fields(Odd)
    })  # fmt: skip
