"""What is said beside a command: the unit, the reason, the rating."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from commandcenter.api import Command, Evidence, Exhibit

from .chance import Chance
from .draws import Draw
from .plans import Plans
from .steps import COLUMNS, MOST_PARTS, Step
from .world import World

REASONS: Mapping[int, Sequence[str]] = {
    Step.FILE: (
        "查无此事，现场未发现问题", "不在受理范围，已告知诉求人", "位置不清，无法联系诉求人",
    ),
    Step.MERGE: ("同一问题重复上报，并案处理",),
    Step.RETURN: (
        "不属本单位职责，建议改派主管部门", "权属不在我单位，退回重新派遣", "点位不在本单位辖区",
    ),
    Step.ESCALATE: (
        "本级无执法权，提请上级协调", "需多部门协同，本级难以解决", "涉及历史遗留问题，请上级研判",
    ),
    Step.HAND_DOWN: ("经研判，由下级按职责办理", "属地可以解决，交回办理"),
    Step.SUSPEND: ("等待材料到货", "连续降雨无法施工", "需权属单位办理手续", "涉及经费审批"),
    Step.RESUME: ("条件具备，恢复处置",),
    Step.SUPERVISE: ("请加快办理，今日反馈", "群众反映强烈，请盯办", "临近时限，请说明进展"),
    Step.RELEASE: ("已办结，解除督办",),
    Step.REWORK: ("现场仍有残留，返工", "处置不彻底，请复查", "照片与点位不符"),
    Step.HANDLE: ("已到场处置，现场恢复正常", "已清理完毕", "已修复，恢复使用", "已劝离并教育"),
    Step.HANDLE_AGAIN: ("已按要求整改到位",),
    Step.LAST_HANDLE: ("已再次处置完毕",),
    Step.REOPEN: ("问题反弹，申请重办", "没有真正解决"),
}  # fmt: skip
PHOTO_NOTE = "处置后照片（模拟，非实拍）"
SAID = np.array(
    [
        (column in REASONS and column not in (Step.FILE, Step.HANDLE))
        or column in (Step.DISPATCH_ABOVE, Step.RATE)
        or any(first <= column < first + MOST_PARTS for first in (Step.JOIN, Step.PART))
        or Step.LAST_PART <= column < Step.LAST_PART + MOST_PARTS
        for column in range(COLUMNS)
    ]
)
"""Columns of which something is said with every case; of FILE and DISPATCH it is with some."""


class Telling(NamedTuple):
    """What is said beside one command; None and empty is nothing."""

    unit: str | None = None
    note: str = ""
    units: tuple[str, ...] = ()
    lead: str | None = None
    rating: int | None = None
    names_matter: bool = False


NOTHING = Telling()
CLASSIFIED = Telling(names_matter=True)
"""Whoever files a case says what it is; most reports have said so themselves."""


@dataclass(frozen=True)
class Tellings:
    """Finds what is said; the same for the same case and step."""

    world: World

    def speaks(
        self, plans: Plans, row: NDArray[np.intp], column: NDArray[np.intp]
    ) -> NDArray[np.bool_]:
        """Tell of which commands something is said."""
        odd = plans.odd
        found = SAID[column]
        found |= (column == Step.FILE) & odd.rejected[row]
        found |= (column == Step.DISPATCH) & (odd.returned | odd.cross)[row]
        return found

    def of(self, plans: Plans, row: int, column: int) -> Telling:
        """Return what is said beside the command in a column."""
        odd = plans.odd
        is_odd = (column == Step.FILE and odd.rejected[row]) or (
            column == Step.DISPATCH and (odd.returned[row] or odd.cross[row])
        )
        if column == Step.FILE and not odd.rejected[row]:
            return CLASSIFIED
        if not (is_odd or SAID[column]):
            return NOTHING
        chance = Chance(plans.chance.root[row : row + 1])
        matter, cell = int(plans.matter[row]), int(plans.cell[row])
        crews = self.world.crews
        if column == Step.DISPATCH and plans.odd.returned[row]:
            wrong = crews.others(matter, cell, 1, float(chance.draw(Draw.UNIT)[0]))
            return Telling(unit=wrong[0]) if wrong else NOTHING
        if column == Step.DISPATCH:
            units = self._units(plans, row)
            return Telling(units=units, lead=units[0]) if units else NOTHING
        if column == Step.DISPATCH_ABOVE:
            return self._above(plans, row, float(chance.draw(Draw.UNIT)[0]))
        if column == Step.RATE:
            return Telling(rating=int(plans.odd.rating[row]))
        for first in (Step.JOIN, Step.PART, Step.LAST_PART):
            if first <= column < first + MOST_PARTS:
                units = self._units(plans, row)[column - first :]
                return Telling(unit=units[0]) if units else NOTHING
        said = REASONS.get(column, ("",))
        return Telling(note=said[int(chance.draw(Draw.NOTE)[0] * len(said))])

    def done(self, plans: Plans, row: int, command: Command) -> str:
        """Return what a unit says that it did; in a history nobody reads it."""
        if command is not Command.HANDLE:
            return ""
        said = REASONS[Step.HANDLE]
        chance = Chance(plans.chance.root[row : row + 1])
        return said[int(chance.draw(Draw.NOTE)[0] * len(said))]

    def evidence(self, plans: Plans, row: int, command: Command) -> tuple[Exhibit, ...]:
        """Return the photo that the case's matter asks for: a drawn one, which says so."""
        matter = self.world.matters[plans.matter[row]]
        if command is not Command.HANDLE or matter.evidence is not Evidence.PHOTO:
            return ()
        return (Exhibit.stand_in(matter.code, PHOTO_NOTE),)

    def _units(self, plans: Plans, row: int) -> tuple[str, ...]:
        matter, cell = int(plans.matter[row]), int(plans.cell[row])
        draw = float(Chance(plans.chance.root[row : row + 1]).draw(Draw.UNIT)[0])
        crews = self.world.crews
        own = crews.own(matter, cell)
        others = crews.others(matter, cell, int(plans.odd.parts[row]) - (own is not None), draw)
        return tuple([own] if own else []) + tuple(others)

    def _above(self, plans: Plans, row: int, draw: float) -> Telling:
        matter, cell = int(plans.matter[row]), int(plans.cell[row])
        level = int(self.world.depth[matter]) - 1
        if plans.odd.handed_down[row] or level < 0:
            return NOTHING
        found = self.world.crews.at(level, cell, 1, draw)
        return Telling(unit=found[0]) if found else NOTHING
