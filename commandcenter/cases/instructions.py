"""What somebody wants done to a case, with everything that a command can take."""

from dataclasses import dataclass

from commandcenter.domain.cases import Command
from commandcenter.domain.clocks import Millis
from commandcenter.domain.evidence import Exhibit as Exhibit


@dataclass(frozen=True, slots=True)
class Instruction:
    """One command on one case, as somebody gave it.

    `version` is the one that was read: with another one the command is refused. `unit` is who is
    to handle the case, or whose part it is; `units` and `lead` share a cross case; `master` is the
    case into which one is merged. `asks_legal` wants to know what is legal afterwards.
    """

    case_id: int
    command: Command
    at: Millis
    unit: str | None = None
    deadline: Millis | None = None
    note: str = ""
    version: int | None = None
    units: tuple[str, ...] = ()
    lead: str | None = None
    matter: str | None = None
    master: int | None = None
    rating: int | None = None
    evidence: tuple[Exhibit, ...] = ()
    asks_legal: bool = False
