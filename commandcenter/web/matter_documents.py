"""What the API gives out of the catalogue of matters."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from commandcenter.domain.cells import Level
from commandcenter.domain.matters import Matter
from commandcenter.web.documents import Document, MatterDocument

Word = Annotated[str, Field(min_length=1, max_length=64)]


class MattersDocument(Document):
    """Matters of the catalogue, in its order."""

    matters: list[MatterDocument]


class MattersQuery(BaseModel):
    """Which matters: of a level (事项清单), of a duty (权责清单), or not for a level (禁入清单).

    With `q` those that what was typed may mean, the likeliest first.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    level: Word | None = None
    duty: Word | None = None
    forbidden: Word | None = None
    dispatches_itself: Literal["true", "false"] | None = None
    q: Annotated[str, Field(min_length=1, max_length=60)] | None = None
    limit: Annotated[int, Field(ge=1, le=1000)] = 1000


def matter_document(
    matter: Matter, levels: tuple[Level, ...], duties: dict[str, str], language: str
) -> MatterDocument:
    """Return a matter as documents have it, in a language."""
    return MatterDocument(
        code=matter.code,
        title=matter.title.in_language(language),
        group=matter.group.in_language(language),
        subgroup=matter.subgroup.in_language(language),
        filing=matter.filing.in_language(language),
        closing=matter.closing.in_language(language),
        clock=matter.limit.clock,
        limit_hours=matter.limit.hours,
        duty=matter.duty,
        duty_title=duties.get(matter.duty) or matter.duty,
        level=levels[matter.depth].key,
        dispatches_itself=matter.dispatches_itself,
        forbidden=[levels[depth].key for depth in matter.forbidden],
        invented=matter.invented,
        evidence=matter.evidence,
    )
