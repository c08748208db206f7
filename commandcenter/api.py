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
from commandcenter.domain.state_titles import STATE_TITLES
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
    encode_colours,
)
from commandcenter.host.panel import CaseLine, ColourChange, Panel, RiskRule, UnitLoad, View
from commandcenter.host.places import place_of
from commandcenter.host.reports import Delivery, Filing, Life, Report, Reporter, Update
from commandcenter.host.source import History, Source, SourceContext

__all__ = [
    "DAY", "HOUR", "MINUTE", "OPEN", "SECOND", "STATE_TITLES", "STEPS", "STRAIN_TITLES", "AnyPart",
    "Bars", "Board", "Calendar", "CaseLine", "Cell", "Channel", "Chart", "Chief", "City",
    "CityClock", "CityData", "CityError", "CityMap", "ClockKind", "Colour", "ColourChange",
    "Column", "Command", "Delivery", "Filing", "Flow", "History", "Index", "Legend", "Level",
    "LevelStatus", "Life", "Limit", "Matter", "Millis", "Note", "Number", "Panel", "Part",
    "PluginError", "Progress", "Report", "Reporter", "RiskRule", "Source", "SourceContext", "State",
    "Strain", "Text", "Tone", "Tree", "Unit", "UnitLoad", "Update", "View", "composite",
    "encode_colours", "grade", "hookimpl", "iso", "millis", "place_of",
]
