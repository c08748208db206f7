"""Who looks: a scope in the tree, a clearance, a language."""

from dataclasses import dataclass
from enum import IntEnum

from commandcenter.domain.roles import Role


class Clearance(IntEnum):
    """How much a viewer may see of what lies in the scope."""

    PUBLIC = 0
    """Counts and cases without persons: what may hang on a wall."""
    STAFF = 1
    """Descriptions and who is responsible."""
    PERSONAL = 2
    """Reporters' names and phones."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """One who looks or acts: cells outside `first`..`last` do not exist for this viewer."""

    name: str
    scope: str
    first: int
    last: int
    clearance: Clearance
    language: str = "zh"
    kind: str = "user"
    """user, wall, source or system."""
    role: Role | None = None
    unit: str | None = None
    """The code of the unit for which it acts."""

    def sees(self, position: int) -> bool:
        """Tell whether the cell at a pre-order position lies in the scope."""
        return self.first <= position <= self.last
