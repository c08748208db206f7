"""Roles: what somebody is in the city's work; what each may do stands in the tables of commands."""

from enum import StrEnum


class Role(StrEnum):
    """What an account or a key is for; without one it looks and may do nothing."""

    LEADER = "leader"
    DUTY_OFFICER = "duty_officer"
    UNIT_OFFICER = "unit_officer"
    GRID_CHIEF = "grid_chief"
    GRID_WORKER = "grid_worker"
    OPERATOR = "operator"
    AUDITOR = "auditor"
    WALL = "wall"
    SOURCE = "source"
