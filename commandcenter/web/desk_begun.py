"""What the form for whistles and directives tells the server: checked, as documents and commands.

The same documents check it that check what comes over HTTP.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from commandcenter.cases import directive_queries
from commandcenter.domain import directives as directive_rules
from commandcenter.domain.clocks import millis
from commandcenter.domain.directives import Acknowledgement, Act, Order
from commandcenter.domain.viewers import Viewer
from commandcenter.domain.whistles import Summons
from commandcenter.errors import Invalid
from commandcenter.screen.desk_order_form import KINDS
from commandcenter.store.store import Connection
from commandcenter.web.coordination_documents import BlowDocument, IssueDocument
from commandcenter.web.services import Services
from commandcenter.web.whistles import depth_of, position_of

LARGEST = 2**53
LONGEST_NOTE = 1000
Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Begun:
    """A form: its kind, its key, and what it is about."""

    kind: str
    key: str
    case: int | None = None
    whistle: int = 0
    directive: int = 0
    unit: str = ""

    @classmethod
    def of(cls, given: object) -> "Begun | None":
        """Read what the page tells; None for what is no form."""
        if not isinstance(given, dict) or given.get("kind") not in KINDS:
            return None
        key = given.get("key")
        if not isinstance(key, str) or not 8 <= len(key) <= 64:
            return None
        case = _number(given.get("case"))
        return cls(
            given["kind"], key, case or None, _number(given.get("whistle")),
            _number(given.get("directive")), str(given.get("unit") or "")[:64],
        )  # fmt: skip


def _number(given: object) -> int:
    if isinstance(given, str) and given.isascii() and given.isdecimal() and len(given) < 16:
        given = int(given)
    is_one = isinstance(given, int) and not isinstance(given, bool)
    return given if is_one and isinstance(given, int) and 0 < given < LARGEST else 0


def summons_of(
    services: Services, viewer: Viewer, begun: Begun, fields: Mapping[str, Any]
) -> Summons:
    """Return the whistle that a form asks for; raises Invalid or NotFound."""
    asked = _checked(BlowDocument, {
        "cell": fields["cell"], "title": _line(fields["title"]), "units": fields["units"] or [],
        "level": fields["level"], "due": _moment(services, fields["by"]),
        "reason": fields["words"] or "", "place": _line(fields["place"]), "case": begun.case,
    })  # fmt: skip
    return Summons(
        position_of(services, viewer, asked.cell), asked.title, tuple(asked.units),
        millis(asked.due) if asked.due else None, depth_of(services, asked.level), asked.reason,
        asked.place, case_id=asked.case, key=f"desk:{begun.key}",
    )  # fmt: skip


def order_of(
    services: Services, viewer: Viewer, begun: Begun, fields: Mapping[str, Any]
) -> Order:
    """Return the directive that a form asks for; raises Invalid or NotFound."""
    asked = _checked(IssueDocument, {
        "cell": fields["cell"], "level": fields["level"], "title": _line(fields["title"]),
        "body": fields["words"] or "", "deadline": _moment(services, fields["by"]),
    })  # fmt: skip
    return Order(
        position_of(services, viewer, asked.cell), depth_of(services, asked.level) or 0,
        asked.title, asked.body, millis(asked.deadline) if asked.deadline else None,
        f"desk:{begun.key}",
    )  # fmt: skip


def answered_cells(
    services: Services, connection: Connection, viewer: Viewer, number: int, code: object
) -> list[int]:
    """Return the cells of a directive under a cell, as far as the scope goes; raises NotFound."""
    tree = services.tree
    at = position_of(services, viewer, code if isinstance(code, str) else viewer.scope)
    line = directive_queries.directive(connection, viewer, number, services.now()).line
    first, last = max(at, viewer.first), min(int(tree.last[at]), viewer.last)
    cells = directive_rules.cells_of(tree, line.cell, line.depth_to)
    return [int(cell) for cell in cells[(cells >= first) & (cells <= last)]]


def answers_of(cells: list[int], fields: Mapping[str, Any]) -> list[Acknowledgement]:
    """Return what is said of cells; raises Invalid where there is none or nothing is said."""
    if not cells:
        raise Invalid("the directive has no cell there", "cell")
    try:
        step = Act(str(fields["step"]))
    except ValueError as error:
        raise Invalid("say how far the cells are", "step") from error
    note = note_of(fields)
    return [Acknowledgement(cell, step, note) for cell in cells]


def note_of(fields: Mapping[str, Any]) -> str:
    """Return what was said in words."""
    words = fields["words"]
    return words.strip()[:LONGEST_NOTE] if isinstance(words, str) else ""


def rating_of(fields: Mapping[str, Any]) -> int | None:
    """Return the stars that were given, None for none."""
    rating = fields["rating"]
    return int(rating) if isinstance(rating, str) and rating in tuple("12345") else None


def _moment(services: Services, given: object) -> datetime | None:
    """Return a moment of the city's time; None where nothing was chosen."""
    if not given:
        return None
    try:
        at = datetime.fromisoformat(str(given))
    except ValueError as error:
        raise Invalid("is no day with its time", "due") from error
    return at.replace(tzinfo=services.catalogue.calendar.zone)


def _line(given: object) -> object:
    return given.strip() if isinstance(given, str) else ""


def _checked(model: type[Model], given: dict[str, Any]) -> Model:
    try:
        return model.model_validate(given)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise Invalid(first["msg"], str(first["loc"][0]) if first["loc"] else "") from error
