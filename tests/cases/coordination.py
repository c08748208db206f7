"""Who whistles and orders in the small city."""

from commandcenter.domain.roles import Role
from commandcenter.domain.viewers import Clearance, Viewer
from commandcenter.domain.whistles import Ground
from commandcenter.testing import small_data
from commandcenter.testing.city import LEVELS
from commandcenter.testing.stored import StoredCity

CITY, EAST, WEST = "990100", "990102", "990103"


def ground_of(city: StoredCity) -> Ground:
    """The small city's tree, levels and units."""
    return Ground.of(city.tree, LEVELS, small_data().units)


def officer(
    city: StoredCity, scope: str = CITY, role: Role = Role.DUTY_OFFICER, unit: str | None = None
) -> Viewer:
    """A person with a role in a scope."""
    first, last = city.tree.range_of(scope)
    name = f"{role}-{unit or scope}"
    return Viewer(name, scope, first, last, Clearance.STAFF, role=role, unit=unit)
