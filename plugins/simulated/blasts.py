"""Whistles as the simulation draws them: who is called, who comes, late or never."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from commandcenter.api import HOUR, MINUTE, Millis, WhistleAct

from .arrivals import Arrivals
from .chance import Chance
from .crews import Crews
from .draws import WHISTLED, Draw
from .plans import Plans
from .steps import NEVER, Step
from .world import World

LEVELS = ((3, 0.5), (2, 0.85), (1, 1.0))
"""Communities blow every second whistle, then streets, then districts: cumulative shares."""
LIMITS: Mapping[int, Millis] = {1: 2 * HOUR, 2: HOUR, 3: HOUR // 2}
"""How soon the called must come, by the level that whistles."""
COMES, COMES_LATE = 0.76, 0.94
"""Cumulative shares of the called who come in time and late; the others never come."""
A_DAY, PER_CASE = 24.0, 0.004
"""Whistles without a case: so many a day, and so many for each case of a day."""
OF_CASES = 0.12
"""In a small city no more of them than so many for each case of a day."""
QUIET = 20.0
"""With fewer cases a day nobody whistles but on a case, and there are no rounds."""
SHORTEST: Millis = 2 * HOUR
"""For a case that is handled sooner nobody whistles."""
LONGEST: Millis = 10 * HOUR
"""No whistle without a case is open for longer."""
TITLES = (
    "占道经营联合整治", "物业纠纷现场协调", "僵尸车联合清理", "楼顶违建会商", "积水点联合抢排",
    "夜间噪声扰民联合处置", "出租房消防隐患排查", "消防通道占用清理", "校门口交通秩序疏导",
    "老旧小区停水协调", "工地扬尘联合检查", "独居老人走访帮扶",
)  # fmt: skip
REASON = "本级力量不足，请相关单位到场"
RECALLED = "久未到场，另行协调"


@dataclass(frozen=True, slots=True)
class Said:
    """One act of a whistle; a recall names no unit."""

    at: Millis
    act: WhistleAct
    unit: str = ""
    note: str = ""
    rating: int | None = None


@dataclass(frozen=True, slots=True)
class Blast:
    """A whistle with all that comes of it; `case` is the external id of the case it is on."""

    key: str
    at: Millis
    due: Millis
    cell: str
    depth: int
    title: str
    place: str
    units: tuple[str, ...]
    case: str | None
    acts: tuple[Said, ...]


@dataclass(frozen=True, slots=True)
class Ground:
    """Where and when somebody whistles: the leaf, from when until when, and about what."""

    leaf: int
    at: Millis
    end: Millis
    title: str
    key: str
    case: str | None = None


@dataclass(frozen=True)
class Blasts:
    """Draws whistles; the same for the same case, or for the same hour."""

    world: World
    arrivals: Arrivals
    seed: int

    def on_cases(self, plans: Plans, ids: Mapping[int, str]) -> Iterator[Blast]:
        """Yield the whistles that are blown while cases are handled; `ids` go by row."""
        whole = ~plans.odd.suspended & ~plans.odd.rejected
        drawn = plans.chance.draw(Draw.WHISTLED) < WHISTLED
        for row in np.flatnonzero(whole & drawn).tolist():
            begun, end = (int(plans.times[row, step]) for step in (Step.TAKE_UP, Step.HANDLE))
            if row not in ids or NEVER in (begun, end) or end - begun < SHORTEST:
                continue
            title = self.world.matters[int(plans.matter[row])].title.zh
            at = begun + (end - begun) // 20
            ground = Ground(
                int(plans.cell[row]), at, end, f"{title}：请到场", f"w-{ids[row]}", ids[row]
            )
            if (blast := self._blow(Chance(plans.chance.root[row : row + 1]), ground)) is not None:
                yield blast

    def in_hour(self, hour: int) -> Iterator[Blast]:
        """Yield the whistles without a case that are blown in an hour since 1970."""
        options = self.arrivals.options
        if options.rate < QUIET:
            return
        usual = (min(A_DAY, OF_CASES * options.rate) + PER_CASE * options.rate) / 24
        chance = np.random.default_rng((self.seed, 7, hour))
        number = int(chance.poisson(usual * (0.2 + 0.8 * self.arrivals.busy(hour * HOUR))))
        at = hour * HOUR + np.sort(chance.integers(0, HOUR, number))
        draws = Chance.of(self.seed + 7, at, np.arange(number))
        leaves = draws.pick(Draw.CELL, self.world.by_households).tolist()
        titles = (draws.draw(Draw.TITLE) * len(TITLES)).astype(int).tolist()
        for n, (leaf, title) in enumerate(zip(leaves, titles, strict=True)):
            begun = int(at[n])
            ground = Ground(leaf, begun, begun + LONGEST, TITLES[title], f"w-{begun}-{n}")
            if (blast := self._blow(Chance(draws.root[n : n + 1]), ground)) is not None:
                yield blast

    def _blow(self, chance: Chance, ground: Ground) -> Blast | None:
        draw = float(chance.draw(Draw.UNITS)[0])
        depth = next(level for level, share in LEVELS if draw <= share)
        crews: Crews = self.world.crews
        if depth >= len(crews.above) or (at := int(crews.above[depth, ground.leaf])) < 0:
            return None
        number = 1 + int(float(chance.draw(Draw.SHARES)[0]) * (4 if depth == 1 else 3))
        units = crews.at(depth - 1, ground.leaf, number, float(chance.draw(Draw.UNIT)[0]))
        units = units or crews.at(depth, ground.leaf, number, float(chance.draw(Draw.UNIT)[0]))
        if not units:
            return None
        cell = self.world.tree.cells[at]
        limit = LIMITS[depth]
        acts = self._acts(chance, ground, (units, limit))
        return Blast(
            ground.key, ground.at, ground.at + limit, cell.code, depth, ground.title,
            self.world.parents[ground.leaf] or cell.name, tuple(units), ground.case, acts,
        )  # fmt: skip

    def _acts(
        self, chance: Chance, ground: Ground, called: tuple[list[str], Millis]
    ) -> tuple[Said, ...]:
        units, limit = called
        found: list[Said] = []
        for number, unit in enumerate(units):
            draws = [float(chance.draw(Draw.CALLED + 6 * number + k)[0]) for k in range(6)]
            found += _call(unit, ground.at, limit, draws)
        done = {said.unit for said in found if said.act is WhistleAct.DONE and said.at < ground.end}
        found = [said for said in found if said.at < ground.end]
        if len(done) < len(units):
            waited = max([said.at for said in found], default=ground.at) + 3 * limit
            found.append(Said(min(ground.end, waited), WhistleAct.RECALL, note=RECALLED))
        return tuple(sorted(found, key=lambda said: said.at))


def _call(unit: str, at: Millis, limit: Millis, draws: list[float]) -> list[Said]:
    """Return what a called unit does; nothing if it never comes."""
    kind, when, begins, ends, rates, rating = draws
    if kind >= COMES_LATE:
        return []
    is_late = kind >= COMES
    share = 1.05 + 1.5 * when if is_late else 0.1 + 0.85 * when
    came = at + round(limit * share)
    acts = came + round((2 + 13 * begins) * MINUTE)
    done = acts + round((20 + 130 * ends) * MINUTE)
    stars = (2 + round(2 * rating)) if is_late else 5 - round(rating * rating * 2)
    return [
        Said(came, WhistleAct.REPORT_IN, unit, "已到场"),
        Said(acts, WhistleAct.ACT, unit),
        Said(done, WhistleAct.DONE, unit, "现场处置完毕"),
        Said(done + round((1 + 15 * rates) * MINUTE), WhistleAct.RATE, unit, rating=stars),
    ]
