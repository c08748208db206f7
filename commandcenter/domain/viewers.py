"""Who looks or acts: a scope in the tree, a clearance, a language, a role."""

from dataclasses import dataclass
from enum import IntEnum

from commandcenter.domain.rights import Block, Right, blocks_of, rights_of
from commandcenter.domain.roles import Role

ROLE_OF_KIND = {"wall": Role.WALL, "source": Role.SOURCE}
"""As what a key without a role is given blocks."""


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

    `depth` is the level of the scope's cell. Without a role one may look and search, nothing else.
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
    given: frozenset[Block] | None = None
    """The blocks that the account was given; None for those of its tier and role."""

    @property
    def rights(self) -> frozenset[Right]:
        """What the viewer may do."""
        return rights_of(self.role, self.kind)

    @property
    def blocks(self) -> frozenset[Block]:
        """The kinds of data that exist for the viewer."""
        if self.given is not None:
            return self.given
        return blocks_of(self.role or ROLE_OF_KIND.get(self.kind), self.depth)

    def may(self, right: Right) -> bool:
        """Tell whether the viewer has a right."""
        return right in self.rights

    @property
    def has_desk(self) -> bool:
        """Whether there is a desk for the viewer: a right, and cases to sit over."""
        return self.may(Right.DESK) and Block.CASES in self.blocks

    def sees(self, position: int) -> bool:
        """Tell whether the cell at a pre-order position lies in the scope."""
        return self.first <= position <= self.last

    @property
    def is_system(self) -> bool:
        """Whether this is the server itself, acting by a rule."""
        return self.kind == "system"
