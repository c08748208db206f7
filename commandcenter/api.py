"""The one module that plugins import."""

from commandcenter.domain.cases import OPEN, STEPS, Command, Mark, State
from commandcenter.domain.cells import Cell, Chief, Level, Officer, Tree
from commandcenter.domain.checks import FINDING_TITLES, Checked
from commandcenter.domain.classification import ClassificationRule
from commandcenter.domain.clocks import (
    DAY,
    HOUR,
    MINUTE,
    SECOND,
    Calendar,
    CityClock,
    ClockKind,
    Limit,
    Millis,
    iso,
    millis,
)
from commandcenter.domain.colours import Colour
from commandcenter.domain.coordination import (
    CALL_TITLES,
    PROGRESS_TITLES,
    CallState,
    CellProgress,
    LevelStatus,
    Strain,
)
from commandcenter.domain.coordination import TITLES as STRAIN_TITLES
from commandcenter.domain.directives import Act as DirectiveAct
from commandcenter.domain.evidence import Evidence, Exhibit
from commandcenter.domain.indices import Index, composite, grade
from commandcenter.domain.matters import Channel, Duty, Matter, PublicForm, Unit
from commandcenter.domain.rights import Block
from commandcenter.domain.routing import RoutingRule
from commandcenter.domain.state_titles import STATE_TITLES
from commandcenter.domain.text import Text
from commandcenter.domain.whistles import Act as WhistleAct
from commandcenter.errors import CityError, PluginError
from commandcenter.host.city import City, CityData, Progress
from commandcenter.host.coordination import (
    CallLine,
    DirectiveLine,
    FourLists,
    LateCell,
    Listed,
    PartLine,
    ProgressCounts,
    WhistleLine,
)
from commandcenter.host.feed import Feed, is_sample
from commandcenter.host.hookspecs import hookimpl
from commandcenter.host.kit import (
    AnyPart,
    Bars,
    Board,
    Chart,
    CityMap,
    Column,
    Delta,
    Flow,
    Gauge,
    Key,
    Legend,
    MapLayer,
    Note,
    Number,
    Part,
    Picture,
    Sparkline,
    Table,
    Timeline,
    Tone,
    encode_colours,
)
from commandcenter.host.matter_table import Terms, read_matters
from commandcenter.host.panel import (
    CaseLine,
    ColourChange,
    Month,
    Panel,
    RiskRule,
    UnitLoad,
    UnitRecord,
    View,
)
from commandcenter.host.pictures import encode_picture
from commandcenter.host.places import place_of
from commandcenter.host.readings import Device, Reading
from commandcenter.host.reports import Delivery, Filing, Life, Report, Reporter, Update
from commandcenter.host.source import History, Source, SourceContext
from commandcenter.host.told import (
    CallUpdate,
    CellUpdate,
    Directive,
    Whistle,
)

__all__ = [
    "CALL_TITLES", "DAY", "FINDING_TITLES", "HOUR", "MINUTE", "OPEN", "PROGRESS_TITLES", "SECOND",
    "STATE_TITLES", "STEPS", "STRAIN_TITLES", "AnyPart", "Bars", "Block", "Board", "Calendar",
    "CallLine", "CallState", "CallUpdate", "CaseLine", "Cell", "CellProgress", "CellUpdate",
    "Channel", "Chart", "Checked", "Chief", "City", "CityClock", "CityData", "CityError", "CityMap",
    "ClassificationRule", "ClockKind", "Colour", "ColourChange", "Column", "Command", "Delivery",
    "Delta", "Device", "Directive", "DirectiveAct", "DirectiveLine", "Duty", "Evidence",
    "Exhibit", "Feed", "Filing", "Flow", "FourLists", "Gauge", "History", "Index", "Key",
    "LateCell", "Legend", "Level", "LevelStatus",
    "Life", "Limit", "Listed", "MapLayer", "Mark", "Matter", "Millis", "Month", "Note", "Number",
    "Officer", "Panel", "Part", "PartLine", "Picture", "PluginError", "Progress", "ProgressCounts",
    "PublicForm", "Reading", "Report", "Reporter", "RiskRule", "RoutingRule", "Source",
    "SourceContext", "Sparkline", "State", "Strain", "Table", "Terms", "Text", "Timeline", "Tone",
    "Tree", "Unit", "UnitLoad", "UnitRecord", "Update", "View", "Whistle", "WhistleAct",
    "WhistleLine", "composite", "encode_colours", "encode_picture", "grade", "hookimpl",
    "is_sample", "iso", "millis", "place_of", "read_matters",
]
