"""What the reports say, and who says it: made-up words and people."""

from collections.abc import Sequence
from dataclasses import dataclass

from commandcenter.api import Reporter

from .draws import Draw
from .plans import Plans
from .world import PEOPLE, World

TITLES = ("{}", "发现{}", "疑似{}", "{}待处理", "{}，请尽快处理")
STORIES = (
    "{}，已影响通行。",
    "{}，居民多次反映。",
    "{}，现场已拍照。",
    "{}，今早发现。",
    "{}，范围不大。",
    "{}，请核实。",
)
SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超霞平刚"
TELLS = 0.6
"""How many of the citizens leave a name."""


@dataclass(frozen=True)
class Stories:
    """All titles and stories by matter, ready to be picked."""

    titles: Sequence[Sequence[str]]
    stories: Sequence[Sequence[str]]

    @classmethod
    def of(cls, world: World) -> "Stories":
        """Write them for each matter of the city."""
        names = [matter.title.zh for matter in world.matters]
        titles = [[title.format(name)[:200] for title in TITLES] for name in names]
        stories = [[story.format(name) for story in STORIES] for name in names]
        return cls(titles, stories)

    def titles_of(self, plans: Plans) -> list[str]:
        """Return the title of each case."""
        which = (plans.chance.draw(Draw.TITLE) * len(TITLES)).astype(int).tolist()
        matters = plans.matter.tolist()
        return [self.titles[m][w] for m, w in zip(matters, which, strict=True)]

    def stories_of(self, plans: Plans, world: World) -> list[str]:
        """Return the description of each case; it names the cell above the one it lies in."""
        which = (plans.chance.draw(Draw.STORY) * len(STORIES)).astype(int).tolist()
        rows = zip(plans.matter.tolist(), which, plans.cell.tolist(), strict=True)
        parents, stories = world.parents, self.stories
        return [parents[cell] + stories[m][w] for m, w, cell in rows]


def reporters(plans: Plans, world: World) -> list[Reporter | None]:
    """Return who reported each case, None for most: the names are made up.

    No phone of the country begins with 100, so that nobody can be called by mistake.
    """
    tells = (plans.chance.draw(Draw.REPORTER) < TELLS).tolist()
    names = plans.chance.draw(Draw.NAME).tolist()
    phones = (plans.chance.draw(Draw.PHONE) * 1e8).astype(int).tolist()
    rows = zip(plans.channel.tolist(), tells, names, phones, strict=True)
    return [
        Reporter(name=_name(name), phone=f"100{phone:08d}")
        if told and world.channels[channel] in PEOPLE
        else None
        for channel, told, name, phone in rows
    ]


def _name(draw: float) -> str:
    surname, rest = divmod(draw * len(SURNAMES), 1)
    first, rest = divmod(rest * len(GIVEN), 1)
    second = int(rest * (len(GIVEN) + 5))
    return SURNAMES[int(surname)] + GIVEN[int(first)] + GIVEN[second : second + 1]
