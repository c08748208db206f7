"""The catalogue of matters, from a table that people edit by hand."""

import csv
from collections.abc import Callable, Mapping
from pathlib import Path

from commandcenter.api import Limit, Matter, PluginError, Text

from .levels import depth_of
from .units import read_duties

CLOCKS: Mapping[str, Callable[[float], Limit]] = {
    "紧急工作时": Limit.urgent_hours,
    "工作时": Limit.working_hours,
    "工作日": Limit.working_days,
    "自然日": Limit.natural_days,
}
ENGLISH = {
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
YES, NO = "是", "否"


def read_matters(path: Path) -> tuple[Matter, ...]:
    """Read the table at `path`; the duties stand in duties.csv beside it.

    Raises PluginError that names file, line and column.
    """
    depths = {duty.key: duty.depth for duty in read_duties(path.with_name("duties.csv"))}
    found: dict[str, Matter] = {}
    with path.open(encoding="utf-8-sig", newline="") as lines:
        table = csv.DictReader(lines)
        for row in table:
            where = f"{path.name}:{table.line_num}"
            matter = _matter(row, where, depths)
            if matter.code in found:
                raise PluginError(f"{where}: code {matter.code} is given twice")
            found[matter.code] = matter
    return tuple(found.values())


def _matter(row: Mapping[str, str], where: str, depths: Mapping[str, int]) -> Matter:
    try:
        duty = row["duty"]
        _known(duty, depths, f"{where}: duty")
        _known(row["clock"], CLOCKS, f"{where}: clock")
        return Matter(
            code=row["code"],
            title=Text(row["title"], row["title_en"]),
            group=_text(row["group"], f"{where}: group"),
            subgroup=_text(row["subgroup"], f"{where}: subgroup"),
            limit=CLOCKS[row["clock"]](_number(row["limit"], f"{where}: limit")),
            duty=duty,
            depth=depth_of(row["level"], f"{where}: level") if row["level"] else depths[duty],
            dispatches_itself=_yes(row["dispatches_itself"], f"{where}: dispatches_itself"),
            words=tuple(row["words"].split()),
            frequency=_number(row["frequency"], f"{where}: frequency"),
        )
    except KeyError as missing:
        raise PluginError(f"{where}: column {missing} is missing") from missing


def _text(zh: str, where: str) -> Text:
    _known(zh, ENGLISH, where)
    return Text(zh, ENGLISH[zh])


def _known(value: str, choices: Mapping[str, object], where: str) -> None:
    if value not in choices:
        raise PluginError(f"{where} = {value!r} is unknown: write one of {', '.join(choices)}")


def _number(value: str, where: str) -> float:
    try:
        number = float(value)
    except ValueError:
        number = 0.0
    if not 0 < number < float("inf"):
        raise PluginError(f"{where} = {value!r} must be a number above 0")
    return number


def _yes(value: str, where: str) -> bool:
    _known(value, {YES: True, NO: False}, where)
    return value == YES
