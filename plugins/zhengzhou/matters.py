"""The catalogue of matters, from a table that people edit by hand."""

from pathlib import Path

from commandcenter.api import Matter, Terms
from commandcenter.api import read_matters as read

from .levels import LEVELS
from .units import read_duties

CLASSES = {
    "事件": "Events",
    "部件": "Components",
    "市容环境": "City appearance",
    "宣传广告": "Advertising",
    "施工管理": "Construction",
    "街面秩序": "Street order",
    "突发事件": "Emergencies",
    "公用设施": "Public facilities",
    "道路交通": "Roads and traffic",
    "园林绿化": "Greening",
    "其他": "Other",
}


def read_matters(path: Path) -> tuple[Matter, ...]:
    """Read the table at `path`; the duties stand in duties.csv beside it.

    Raises PluginError that names file, line and column.
    """
    duties = read_duties(path.with_name("duties.csv"))
    return read(path, Terms.of(LEVELS, duties, CLASSES))
