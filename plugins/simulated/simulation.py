"""All that the simulated cases of one city are drawn from, and what they look like outside."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from commandcenter.api import Command, Report, Reporter, SourceContext, Update

from .arrivals import Arrivals, Options
from .chance import Chance, Floats
from .draws import Draw
from .places import Places
from .plans import Planner, Plans
from .stories import Stories, reporters
from .tellings import Tellings
from .twins import SUFFIX, VAGUE, nearby, second_titles, unclassified
from .world import World

KEY = "simulated.city"


@dataclass(frozen=True)
class Simulation:
    """All that is drawn from, for one city and one seed."""

    world: World
    planner: Planner
    places: Places
    stories: Stories
    arrivals: Arrivals
    tellings: Tellings

    @classmethod
    def of(cls, context: SourceContext) -> "Simulation":
        """Prepare the simulation of a city; raises PluginError for options it cannot use."""
        options = Options.of(context.options)
        world = World.of(context)
        return cls(
            world,
            Planner(world, options.seed),
            Places(world.leaves, context),
            Stories.of(world),
            Arrivals(context.calendar, options),
            Tellings(world),
        )

    def points(self, plans: Plans) -> Floats:
        """Return where the cases are: rows of lng, lat."""
        return self.places.draw(plans.chance, Draw.PLACE, plans.cell)

    def reports(self, plans: Plans) -> list[Report]:
        """Return the reports of cases; some are so vague that nobody can classify them."""
        titles = self.stories.titles_of(plans)
        stories = self.stories.stories_of(plans, self.world)
        matters: list[str | None] = list(self.world.matter_codes[plans.matter])
        for row in np.flatnonzero(unclassified(plans, self.world)).tolist():
            titles[row] = VAGUE[int(plans.number[row]) % len(VAGUE)]
            matters[row], stories[row] = None, ""
        told = [*zip(titles, stories, matters, strict=True)]
        return self._made(plans, external_ids(plans), told, self.points(plans))

    def second_reports(
        self, plans: Plans, rows: NDArray[np.intp], second: Plans
    ) -> list[Report]:
        """Return the reports of those who report the cases in `rows` of `plans` again."""
        titles = second_titles(second, self.world)
        codes = self.world.matter_codes[second.matter].tolist()
        told = [(title, "", code) for title, code in zip(titles, codes, strict=True)]
        ids = [key + SUFFIX for key in np.array(external_ids(plans), object)[rows]]
        first = self.places.draw(Chance(plans.chance.root[rows]), Draw.PLACE, plans.cell[rows])
        return self._made(second, ids, told, nearby(first, second.chance))

    def update(self, plans: Plans, row: int, column: int, external_id: str) -> Update:
        """Return the update that a column holds for a case."""
        told = self.tellings.of(plans, row, column)
        command, at = plans.command(row, column), int(plans.times[row, column])
        first = external_id.removesuffix(SUFFIX)
        return Update(
            KEY,
            external_id,
            command,
            at,
            told.unit,
            note=told.note or self.tellings.done(plans, row, command),
            matter=self.world.matters[plans.matter[row]].code if told.names_matter else None,
            units=told.units,
            lead=told.lead,
            master=first if command is Command.MERGE else None,
            rating=told.rating,
            evidence=self.tellings.evidence(plans, row, command),
        )

    def _made(
        self,
        plans: Plans,
        ids: Sequence[str],
        told: Sequence[tuple[str, str, str | None]],
        points: Floats,
    ) -> list[Report]:
        people: list[Reporter | None] = reporters(plans, self.world)
        world, places = self.world, points.tolist()
        return [
            Report(
                source=KEY,
                external_id=key,
                channel=world.channels[plans.channel[row]],
                title=told[row][0],
                description=told[row][1],
                matter=told[row][2],
                lng=places[row][0],
                lat=places[row][1],
                cell=world.leaves[plans.cell[row]].code,
                occurred_at=datetime.fromtimestamp(int(plans.at[row]) / 1000, UTC),
                reporter=people[row],
            )
            for row, key in enumerate(ids)
        ]


def external_ids(plans: Plans) -> list[str]:
    """Return what the cases are called: their instant and number, from which all follows."""
    return [f"{at}-{n}" for at, n in zip(plans.at.tolist(), plans.number.tolist(), strict=True)]
