"""Who somebody is in the city's work: one role, which says what may be done to a case."""

from collections.abc import Mapping
from enum import StrEnum

from commandcenter.domain.text import Text


class Role(StrEnum):
    """What a person or a program is; who has none looks and does nothing."""

    LEADER = "leader"
    """Supervises, escalates and hands down within the scope."""
    DUTY_OFFICER = "duty_officer"
    """Runs the desk of the scope, and speaks for units that cannot."""
    UNIT_OFFICER = "unit_officer"
    """Handles what the own unit is responsible for, and nothing else."""
    GRID_CHIEF = "grid_chief"
    GRID_WORKER = "grid_worker"
    OPERATOR = "operator"
    """Keeps the server running; does nothing to a case."""
    AUDITOR = "auditor"
    """Looks at what others did."""
    WALL = "wall"
    SOURCE = "source"
    """A system that says what was done elsewhere."""


ROLE_TITLES: Mapping[Role, Text] = {
    Role.LEADER: Text("领导", "Leader"),
    Role.DUTY_OFFICER: Text("值班员", "Duty officer"),
    Role.UNIT_OFFICER: Text("部门经办人", "Unit officer"),
    Role.GRID_CHIEF: Text("网格长", "Grid chief"),
    Role.GRID_WORKER: Text("网格员", "Grid worker"),
    Role.OPERATOR: Text("运维员", "Operator"),
    Role.AUDITOR: Text("审计员", "Auditor"),
    Role.WALL: Text("大屏", "Wall"),
    Role.SOURCE: Text("来源", "Source"),
}

NOBODY: frozenset[Role] = frozenset()
"""Only the system itself, by a rule."""
SOURCES = frozenset({Role.SOURCE})
DESK = frozenset({Role.DUTY_OFFICER, Role.SOURCE})
"""Who decides at the desk."""
LEADING = frozenset({Role.LEADER, Role.DUTY_OFFICER, Role.SOURCE})
"""Who may press, and change who holds a case."""
DOING = frozenset(
    {Role.UNIT_OFFICER, Role.GRID_CHIEF, Role.GRID_WORKER, Role.DUTY_OFFICER, Role.SOURCE}
)
"""Who handles; the desk does it for a unit that has told it by telephone."""
HANDING_UP = frozenset(
    {Role.LEADER, Role.DUTY_OFFICER, Role.UNIT_OFFICER, Role.GRID_CHIEF, Role.SOURCE}
)
"""Who may say that a level cannot do it."""
NOTING = frozenset(
    {Role.LEADER, Role.DUTY_OFFICER, Role.UNIT_OFFICER, Role.GRID_CHIEF, Role.GRID_WORKER,
     Role.SOURCE}
)
"""Who may say what was seen, without changing anything."""
