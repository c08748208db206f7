"""The one module that plugins import."""

from commandcenter.domain.cases import OPEN, STEPS, Command, State
from commandcenter.domain.cells import Cell, Chief, Level, Tree
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
from commandcenter.domain.coordination import TITLES as STRAIN_TITLES
from commandcenter.domain.coordination import LevelStatus, Strain
from commandcenter.domain.indices import Index, composite, grade
from commandcenter.domain.matters import Channel, Matter, Unit
from commandcenter.domain.text import Text
from commandcenter.errors import CityError, PluginError
from commandcenter.host.city import City, CityData, Progress
from commandcenter.host.hookspecs import hookimpl
from commandcenter.host.kit import (
    AnyPart,
    Bars,
    Board,
    Chart,
    CityMap,
    Column,
    Flow,
    Legend,
    Note,
    Number,
    Part,
    Tone,
)
from commandcenter.host.panel import CaseLine, ColourChange, Panel, RiskRule, UnitLoad, View
from commandcenter.host.reports import Delivery, Filing, Life, Report, Reporter, Update
from commandcenter.host.source import History, Source, SourceContext

__all__ = [
    "DAY", "HOUR", "MINUTE", "OPEN", "SECOND", "STEPS", "STRAIN_TITLES", "AnyPart", "Bars",
    "Board", "Calendar", "CaseLine", "Cell", "Channel", "Chart", "Chief", "City", "CityClock",
    "CityData", "CityError", "CityMap", "ClockKind", "Colour", "ColourChange", "Column",
    "Command", "Delivery", "Filing", "Flow", "History", "Index", "Legend", "Level",
    "LevelStatus", "Life", "Limit", "Matter", "Millis", "Note", "Number", "Panel", "Part",
    "PluginError", "Progress", "Report", "Reporter", "RiskRule", "Source", "SourceContext",
    "State", "Strain", "Text", "Tone", "Tree", "Unit", "UnitLoad", "Update", "View",
    "composite", "grade", "hookimpl", "iso", "millis",
]
