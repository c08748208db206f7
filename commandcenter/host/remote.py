"""Remote panels: declared in a manifest alone, their values pushed by who has them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import or_
from typing import Annotated, Any, Literal, get_args

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    SerializerFunctionWrapHandler,
    Tag,
    WrapSerializer,
)

from commandcenter.domain.rights import Block
from commandcenter.domain.text import Text
from commandcenter.host.kit import AnyPart
from commandcenter.host.panel import Panel, View

KINDS: Mapping[str, type[Any]] = {part.kind: part for part in get_args(AnyPart)}


def nothing(_: View) -> Mapping[str, Any]:
    """Return no values: a remote panel has only what was pushed."""
    return {}


@dataclass(frozen=True)
class RemotePanel(Panel):
    """A panel that nobody renders: its values were pushed, and its age is that of the push."""

    render: Callable[[View], Mapping[str, Any]] = field(default=nothing, repr=False)
    interval: float = 60.0


def _kind_of(raw: Any) -> str | None:
    return raw.get("kind") if isinstance(raw, Mapping) else getattr(raw, "kind", None)


def _known(raw: Any) -> Any:
    if _kind_of(raw) not in KINDS:
        raise ValueError(f"kind = {_kind_of(raw)!r} is no part of the kit: {', '.join(KINDS)}")
    return raw


def _fields(raw: Any) -> Any:
    if isinstance(raw, Mapping):
        return {key: value for key, value in raw.items() if key != "kind"}
    return raw


def _with_kind(part: AnyPart, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
    return {"kind": part.kind, **dump(part)}


_BRANCHES = [Annotated[cls, BeforeValidator(_fields), Tag(kind)] for kind, cls in KINDS.items()]
_Part: Any = Annotated[
    reduce(or_, _BRANCHES), Discriminator(_kind_of), BeforeValidator(_known),
    WrapSerializer(_with_kind),
]


class RemoteManifest(BaseModel):
    """One of the `remote_panels` of a manifest; a part is a table with its `kind` and fields."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: str
    title: Text
    parts: Annotated[tuple[_Part, ...], Field(min_length=1)]
    interval: float = 60.0
    columns: int = 1
    pace: Literal["numbers", "charts", "slow"] = "numbers"
    formula: Text | None = None
    block: Block = Block.CASES

    def panel(self) -> RemotePanel:
        """Return the panel that is declared."""
        return RemotePanel(
            key=self.key,
            title=self.title,
            parts=self.parts,
            pace=self.pace,
            interval=self.interval,
            columns=self.columns,
            formula=self.formula,
            block=self.block,
        )


def panels_of(declared: Sequence[RemoteManifest]) -> list[RemotePanel]:
    """Return the panels of a manifest."""
    return [one.panel() for one in declared]
