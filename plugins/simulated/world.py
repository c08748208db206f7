"""What the simulation knows of the city: where, what and how is reported, and how often."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from commandcenter.api import (
    HOUR,
    Calendar,
    Cell,
    ClockKind,
    Matter,
    PluginError,
    SourceContext,
    Tree,
)

from .chance import Floats, Ints
from .crews import Crews

SHARES: Mapping[str, float] = {
    "patrol": 46, "snapshot": 14, "hotline": 17, "wechat": 9, "qr": 3, "device": 6, "video": 4,
    "platform": 1,
}  # fmt: skip
"""How many of a hundred cases come through a channel; another channel gets one."""
PEOPLE = frozenset({"snapshot", "hotline", "wechat", "qr"})
"""Channels through which citizens report."""

LIVELY_SPREAD = 1.6
LIVELY_SEED = 20240101


@dataclass(frozen=True)
class World:
    """The leaves of the city with their weights, the channels and the matters, as arrays.

    `limit` is in milliseconds of the matter's own clock, `days` the same in days of that clock;
    `depth` is the level that a matter's cases are handled on.
    """

    tree: Tree
    leaves: Sequence[Cell]
    leaf_codes: NDArray[np.object_]
    parents: Sequence[str]
    by_households: Floats
    channels: Sequence[str]
    channel_keys: NDArray[np.object_]
    by_share: Floats
    by_citizens: NDArray[np.bool_]
    matters: Sequence[Matter]
    matter_codes: NDArray[np.object_]
    by_frequency: Floats
    limit: Ints
    days: Floats
    working: NDArray[np.bool_]
    by_itself: NDArray[np.bool_]
    depth: Ints
    crews: Crews
    calendar: Calendar

    @classmethod
    def of(cls, context: SourceContext) -> "World":
        """Look at the city; raises PluginError if it has no matters or no channels."""
        matters, channels = list(context.matters.values()), list(context.channels)
        if not matters or not channels:
            raise PluginError("simulated.city: the city has no matters or channels to report by")
        tree = context.tree
        leaves = np.flatnonzero(tree.last == np.arange(len(tree))).tolist()
        working = np.array([m.limit.clock is ClockKind.WORKING for m in matters])
        hours = np.array([m.limit.hours for m in matters])
        return cls(
            tree,
            [tree.cells[at] for at in leaves],
            np.array([tree.cells[at].code for at in leaves], np.object_),
            [_parent_name(tree, at) for at in leaves],
            np.cumsum(_households(tree, leaves) * _liveliness(tree, leaves)),
            channels,
            np.array(channels, np.object_),
            np.cumsum([SHARES.get(key, 1.0) for key in channels]),
            np.array([key in PEOPLE for key in channels]),
            matters,
            np.array([m.code for m in matters], np.object_),
            np.cumsum([m.frequency for m in matters]),
            np.round(hours * HOUR).astype(np.int64),
            hours / np.where(working, 8.0, 24.0),
            working,
            np.array([m.dispatches_itself for m in matters]),
            np.array([m.depth for m in matters], np.int64),
            Crews.of(context, leaves, [m.duty for m in matters]),
            context.calendar,
        )


def _households(tree: Tree, leaves: Sequence[int]) -> Floats:
    found = np.array([tree.cells[at].households for at in leaves], float)
    return found if found.any() else np.ones(len(leaves))


def _liveliness(tree: Tree, leaves: Sequence[int]) -> Floats:
    """Return how much more happens in a leaf than its households say: the same for one parent.

    A market or a station has many times the cases of a quiet yard; without such places no cell
    would ever stand out. Log-normal with the mean 1.
    """
    parents, which = np.unique(tree.parent[np.array(leaves)], return_inverse=True)
    normal = np.random.Generator(np.random.PCG64(LIVELY_SEED)).standard_normal(len(parents))
    factors = np.exp(LIVELY_SPREAD * normal - LIVELY_SPREAD**2 / 2)
    found: Floats = factors[which]
    return found


def _parent_name(tree: Tree, at: int) -> str:
    up = int(tree.parent[at])
    return tree.cells[up].name if up > 0 else ""
