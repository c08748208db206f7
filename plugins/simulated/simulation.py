"""All that the simulated cases of one city are drawn from."""

from dataclasses import dataclass

from commandcenter.api import SourceContext

from .arrivals import Arrivals, Options
from .places import Places
from .plans import Planner, Plans
from .stories import Stories
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
        )


def external_ids(plans: Plans) -> list[str]:
    """Return what the cases are called: their instant and number, from which all follows."""
    return [f"{at}-{n}" for at, n in zip(plans.at.tolist(), plans.number.tolist(), strict=True)]
