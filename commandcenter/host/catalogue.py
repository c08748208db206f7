"""The catalogue: everything the web process needs to know of city and plugins, without code."""

import hashlib
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import orjson
from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    SerializerFunctionWrapHandler,
    Tag,
    ValidationError,
    WrapSerializer,
)

from commandcenter import __version__
from commandcenter.domain.cells import Level, Tree
from commandcenter.domain.classification import Sign
from commandcenter.domain.clocks import Calendar
from commandcenter.domain.indices import Index
from commandcenter.domain.matters import Channel, Duty, Matter, Unit
from commandcenter.domain.rights import Block
from commandcenter.domain.routing import Routes
from commandcenter.domain.text import Text
from commandcenter.errors import NotFound, StoreError
from commandcenter.host.kit import (
    AnyPart,
    Bars,
    Board,
    Chart,
    CityMap,
    Delta,
    Flow,
    Gauge,
    Legend,
    MapLayer,
    Note,
    Number,
    Picture,
    Sparkline,
    Table,
    Timeline,
)
from commandcenter.host.plugin import PluginState
from commandcenter.host.registry import Registry
from commandcenter.host.remote import RemotePanel
from commandcenter.host.routing import Placed, PlacedSign, placed, placed_sign, routes, signs
from commandcenter.host.setting import Setting


def _kind(value: Any) -> str:
    return str(value["kind"] if isinstance(value, Mapping) else value.kind)


def _with_kind(part: AnyPart, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
    return {"kind": part.kind, **dump(part)}


def _in_order(calendar: Calendar, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
    # Sets have another order in each process, and the build must not depend on it.
    days = ("holidays", "makeup_days")
    return {k: sorted(v) if k in days else v for k, v in dump(calendar).items()}


SomePart = Annotated[
    Annotated[Number, Tag("Number")]
    | Annotated[Bars, Tag("Bars")]
    | Annotated[Flow, Tag("Flow")]
    | Annotated[Board, Tag("Board")]
    | Annotated[Chart, Tag("Chart")]
    | Annotated[CityMap, Tag("CityMap")]
    | Annotated[Legend, Tag("Legend")]
    | Annotated[Note, Tag("Note")]
    | Annotated[Delta, Tag("Delta")]
    | Annotated[Sparkline, Tag("Sparkline")]
    | Annotated[Table, Tag("Table")]
    | Annotated[Gauge, Tag("Gauge")]
    | Annotated[Timeline, Tag("Timeline")]
    | Annotated[MapLayer, Tag("MapLayer")]
    | Annotated[Picture, Tag("Picture")],
    Discriminator(_kind),
    WrapSerializer(_with_kind),
]


@dataclass(frozen=True)
class CitySpec:
    """A city without its data."""

    key: str
    title: Text
    platform: Text
    attribution: str
    notes: tuple[Text, ...]
    digest: str
    duties: tuple[Duty, ...] = ()


@dataclass(frozen=True)
class PanelSpec:
    """A panel without its code."""

    key: str
    title: Text
    parts: tuple[SomePart, ...]
    pace: Literal["numbers", "charts", "slow"]
    interval: float
    columns: int
    formula: Text | None
    plugin: str
    districts: tuple[str, ...]
    remote: bool = False
    block: Block = Block.CASES


@dataclass(frozen=True)
class SourceSpec:
    """A source without its code; `interval` is in real seconds."""

    key: str
    title: Text
    interval: float
    simulated: bool
    plugin: str
    districts: tuple[str, ...]


@dataclass(frozen=True)
class RuleSpec:
    """A rule of risk without its code."""

    key: str
    title: Text
    check_hours: float
    plugin: str
    districts: tuple[str, ...]


class Catalogue(BaseModel):
    """What a city and its plugins offer; the worker writes it to the store, web reads it.

    `build` names the content: it changes when anything in here or the product's version does.
    """

    model_config = ConfigDict(frozen=True)

    version: str
    city: CitySpec
    levels: tuple[Level, ...]
    calendar: Annotated[Calendar, WrapSerializer(_in_order)]
    channels: dict[str, Channel]
    matters: dict[str, Matter]
    units: tuple[Unit, ...]
    panels: dict[str, PanelSpec]
    sources: dict[str, SourceSpec]
    rules: dict[str, RuleSpec]
    indices: tuple[Index, ...]
    routing: tuple[Placed, ...] = ()
    classification: tuple[PlacedSign, ...] = ()
    plugins: tuple[PluginState, ...]
    settings: dict[str, dict[str, Setting]] = {}
    """What can be set, by plugin; never a value."""
    build: str = ""

    @classmethod
    def of(cls, registry: Registry, units: Sequence[Unit]) -> "Catalogue":
        """Make the catalogue of what is registered and of the city's units."""
        city = registry.city
        bare = cls(
            version=__version__,
            city=CitySpec(
                city.key, city.title, city.platform, city.attribution, city.notes, city.digest,
                city.duties,
            ),
            levels=city.levels,
            calendar=city.calendar,
            channels={key: found.item for key, found in registry.channels.items()},
            matters={key: found.item for key, found in registry.matters.items()},
            units=tuple(units),
            panels=_panels(registry),
            sources=_sources(registry),
            rules=_rules(registry),
            indices=tuple(found.item for found in registry.indices),
            routing=tuple(map(placed, registry.routing)),
            classification=tuple(map(placed_sign, registry.classification)),
            plugins=tuple(registry.states),
            settings={name: m.settings for name, m in registry.manifests.items() if m.settings},
        )
        digest = hashlib.sha256(bare.to_json()).hexdigest()[:12]
        return bare.model_copy(update={"build": digest})

    def routes(self, tree: Tree) -> Routes:
        """Return the routing rules in the order in which they are asked."""
        return routes(self.routing, tree)

    def signs(self, tree: Tree) -> tuple[Sign, ...]:
        """Return what reports are classified by, in the order in which they are asked."""
        return signs(self.classification, tree)

    def panel(self, key: str) -> PanelSpec:
        """Return the panel called `key`; raises NotFound that names the panels there are."""
        if key not in self.panels:
            raise NotFound(f"no panel {key}; there are {', '.join(sorted(self.panels)) or 'none'}")
        return self.panels[key]

    def shown_in(self, blocks: Set[Block]) -> "Catalogue":
        """Return the catalogue as it is for who sees some blocks: without the panels of others."""
        panels = {key: spec for key, spec in self.panels.items() if spec.block in blocks}
        if len(panels) == len(self.panels):
            return self
        return self.model_copy(update={"panels": panels})

    def to_json(self) -> bytes:
        """Return the catalogue as JSON: the same bytes for the same content."""
        return orjson.dumps(self.model_dump(mode="json"), option=orjson.OPT_SORT_KEYS)

    @classmethod
    def from_json(cls, document: bytes | str) -> "Catalogue":
        """Read a catalogue; raises StoreError for one that another version wrote differently."""
        try:
            return cls.model_validate_json(document)
        except ValidationError as error:
            raise StoreError(
                f"the stored catalogue cannot be read ({error.error_count()} faults): "
                "start the worker, it writes a new one"
            ) from error


def _panels(registry: Registry) -> dict[str, PanelSpec]:
    return {
        key: PanelSpec(
            key, p.item.title, p.item.parts, p.item.pace, p.item.interval, p.item.columns,
            p.item.formula, p.plugin, p.districts, isinstance(p.item, RemotePanel), p.item.block,
        )
        for key, p in registry.panels.items()
    }  # fmt: skip


def _sources(registry: Registry) -> dict[str, SourceSpec]:
    return {
        s.item.key: SourceSpec(
            s.item.key, s.item.title, s.item.interval, s.item.simulated, s.plugin, s.districts
        )
        for s in registry.sources
    }


def _rules(registry: Registry) -> dict[str, RuleSpec]:
    return {
        r.item.key: RuleSpec(r.item.key, r.item.title, r.item.check_hours, r.plugin, r.districts)
        for r in registry.rules
    }
