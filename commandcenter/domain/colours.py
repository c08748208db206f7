"""The three colours (三色) as levels of the law's four."""

from dataclasses import dataclass
from enum import IntEnum


class Colour(IntEnum):
    """Blue the constant, yellow the variable, red the risk; orange is stored, shown as red."""

    BLUE = 1
    YELLOW = 2
    ORANGE = 3
    RED = 4

    @property
    def shown(self) -> str:
        """One of blue, yellow, red."""
        return "red" if self >= Colour.ORANGE else self.name.lower()


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a cell has its colour: the rule, its words, who owns it and when it is next checked."""

    rule: str
    words: str
    owner: str
    next_check: int
