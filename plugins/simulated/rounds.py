"""Rounds: directives to all cells of a level, and how each cell goes about them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from commandcenter.api import DAY, HOUR, MINUTE, DirectiveAct, Millis, Tree

from .arrivals import Arrivals
from .blasts import QUIET
from .chance import Floats, Ints
from .steps import NEVER

RECALLED = 0.06
"""How many of the rounds in one district are recalled."""
LATE, NEVER_DONE, UNHEARD = 0.04, 0.015, 0.004
"""Shares of cells that are done late, that stop half way, that do not even hear of it."""
BUSY = 1000.0
"""With so many cases a day a round goes to all cells that its list names."""
CELLS_PER_CASE = 4
"""In a smaller city to so many cells at most for each case of a day: those of one part of it."""
LAST_WORD: Millis = HOUR
"""So long after the deadline nobody says anything any more."""
ACTS = (DirectiveAct.RECEIVE, DirectiveAct.ACT, DirectiveAct.DONE)
"""What a cell says when it is how far, by the order in which it goes on."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One directive of the day's list: at which hour, for how many, to which level (depth)."""

    hour: int
    hours: int
    title: str
    body: str
    depth: int
    whole_city: bool = False


LIST = (
    Kind(0, 2, "夜间值守巡查", "检查在岗情况和重点部位", 5),
    Kind(2, 2, "夜间消防通道巡查", "清理占用，登记隐患", 5),
    Kind(4, 2, "凌晨低洼点巡查", "查看积水和井盖", 5),
    Kind(6, 2, "早高峰路面巡查", "路面、井盖、护栏", 5),
    Kind(8, 2, "入户走访：独居老人", "逐户走访，登记需求", 5),
    Kind(9, 9, "社区隐患台账更新", "当日更新隐患台账", 3, True),
    Kind(10, 2, "两小时入户排查", "微网格逐户排查，两小时完成", 5, True),
    Kind(12, 2, "用气安全排查", "检查燃气软管和报警器", 5),
    Kind(14, 2, "出租房排查", "核对登记，查看消防", 5),
    Kind(16, 2, "飞线充电排查", "劝离并登记", 5),
    Kind(18, 2, "沿街商户排查", "门前三包，油烟噪声", 5),
    Kind(20, 2, "夜间消防巡查", "楼道堆物和电动车", 5),
    Kind(22, 2, "夜间噪声巡查", "工地和商户", 5),
)  # fmt: skip


@dataclass(frozen=True)
class Round:
    """A directive with what its cells will say of it.

    `at` is when, `cells` at which position and `act` (of ACTS) what; all in the order of time.
    """

    key: str
    kind: Kind
    cell: str
    depth: int
    issued: Millis
    deadline: Millis
    recalled: Millis | None
    at: Ints
    cells: Ints
    act: Ints

    @property
    def end(self) -> Millis:
        """When nothing more is to be said."""
        last = int(self.at[-1]) if len(self.at) else self.issued
        return last if self.recalled is None else self.recalled

    def after(self, said: Millis, now: Millis) -> "Round":
        """Return the round with what is said after `said`, up to `now` the last of each cell."""
        first, cut = np.searchsorted(self.at, [said, now], side="right")
        past = np.arange(first, cut)[::-1]
        _, furthest = np.unique(self.cells[past], return_index=True)
        kept = np.concatenate([np.sort(past[furthest]), np.arange(cut, len(self.at))])
        return replace(self, at=self.at[kept], cells=self.cells[kept], act=self.act[kept])


@dataclass(frozen=True)
class Rounds:
    """Draws rounds; the same for the same day."""

    tree: Tree
    arrivals: Arrivals
    seed: int

    @cached_property
    def _districts(self) -> Ints:
        """Districts by how many cells they have, the smallest ones left out."""
        found = np.array(self.tree.children(0), np.int64)
        sizes = self.tree.last[found] - found
        return found[sizes >= np.median(sizes)] if len(found) else found

    def between(self, first: Millis, last: Millis) -> Iterator[Round]:
        """Yield the rounds that are issued from `first` to before `last`."""
        if self.arrivals.options.rate < QUIET:
            return
        calendar = self.arrivals.calendar
        day = calendar.day_start(first)
        while day < last:
            for number, kind in enumerate(LIST):
                issued = day + kind.hour * HOUR
                if first <= issued < last and (found := self._drawn(issued, number)) is not None:
                    yield found
            day = calendar.day_start(day + DAY + HOUR)

    def _drawn(self, issued: Millis, number: int) -> Round | None:
        kind, tree = LIST[number], self.tree
        depth = min(kind.depth, tree.deepest)
        chance = np.random.default_rng((self.seed, 9, number, issued // HOUR))
        is_recalled = not kind.whole_city and chance.random() < RECALLED
        where, cells = self._ground(chance, kind.whole_city, depth)
        if depth == 0 or not len(cells):
            return None
        length = kind.hours * HOUR
        recalled = issued + round(length * (0.3 + 0.3 * chance.random())) if is_recalled else None
        at, act, which = _said(chance, cells, issued, length, tree)
        said = at < (issued + length + LAST_WORD if recalled is None else recalled)
        return Round(
            f"d-{issued}-{number}", kind, tree.cells[where].code, depth, issued, issued + length,
            recalled, at[said], which[said], act[said],
        )  # fmt: skip

    def _ground(self, chance: np.random.Generator, whole: bool, depth: int) -> tuple[int, Ints]:
        """Return under which cell a round goes, and to which cells: no more than suit the city."""
        rate = self.arrivals.options.rate
        most = self.tree.last[0] if rate >= BUSY else CELLS_PER_CASE * rate
        where = 0 if whole else int(chance.choice(self._districts))
        cells = self._cells(where, depth)
        while len(cells) > most:
            parts = [at for at in self.tree.children(where) if len(self._cells(at, depth))]
            where = int(chance.choice(parts))
            cells = self._cells(where, depth)
        return where, cells

    def _cells(self, where: int, depth: int) -> Ints:
        tree = self.tree
        return where + np.flatnonzero(tree.depth[where : int(tree.last[where]) + 1] == depth)


def _said(
    chance: np.random.Generator, cells: Ints, issued: Millis, length: Millis, tree: Tree
) -> tuple[Ints, Ints, Ints]:
    """Return when which cell is how far, in the order of time; slow streets are slow together."""
    size = len(cells)
    pace = _pace(chance, cells, tree)
    heard = np.minimum(0.02 + 0.05 * pace * chance.lognormal(0, 0.6, size), 0.5)
    received = issued + length * heard
    acting = received + length * (0.01 + 0.06 * pace * chance.random(size))
    done = acting + length * np.minimum(0.15 + 0.55 * pace * chance.random(size), 0.8)
    lot = chance.random(size)
    deadline = issued + length
    in_time = np.minimum(done, deadline - MINUTE - 20 * MINUTE * chance.random(size))
    late = deadline + LAST_WORD * 0.9 * chance.random(size)
    done = np.where(lot < LATE, late, np.maximum(in_time, acting + MINUTE))
    done = np.where(lot > 1 - NEVER_DONE, NEVER, done)
    unheard = lot > 1 - UNHEARD
    times = np.concatenate([
        np.where(unheard, NEVER, received), np.where(unheard, NEVER, acting), done,
    ])  # fmt: skip
    act = np.repeat(np.arange(len(ACTS)), size)
    order = np.argsort(times, kind="stable")
    order = order[times[order] < NEVER]
    return times[order].astype(np.int64), act[order], np.tile(cells, 3)[order]


def _pace(chance: np.random.Generator, cells: Ints, tree: Tree) -> Floats:
    """Return how slow each cell is: alike in one street, since it has one who urges."""
    above = cells.copy()
    while (deep := tree.depth[above] > 2).any():
        above[deep] = tree.parent[above[deep]]
    _, which = np.unique(above, return_inverse=True)
    streets: Floats = chance.uniform(0.6, 1.5, which.max() + 1)[which]
    return streets
