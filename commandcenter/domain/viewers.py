"""Who looks or acts: a scope in the tree, a clearance, a language, a role."""

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
    """One who looks or acts: cells outside `first`..`last` do not exist for this viewer.

    `depth` is the level of the scope's cell. Without a role one may look and nothing else.
    """

    name: str
    scope: str
    first: int
    last: int
    clearance: Clearance
    language: str = "zh"
    kind: str = "user"
    """user, operator, wall, source or system."""
    role: Role | None = None
    unit: str | None = None
    """The code of the unit for which it acts."""
    depth: int = 0

    def sees(self, position: int) -> bool:
        """Tell whether the cell at a pre-order position lies in the scope."""
        return self.first <= position <= self.last

    @property
    def is_system(self) -> bool:
        """Whether this is the server itself, acting by a rule."""
        return self.kind == "system"
