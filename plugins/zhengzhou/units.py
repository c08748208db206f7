"""Units: for each duty of the table one in every cell of the duty's level."""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

from commandcenter.api import Cell, CityError, Duty, Text, Unit

from .levels import depth_of

COLUMNS = ("duty", "level", "title", "title_en")


def read_duties(path: Path) -> tuple[Duty, ...]:
    """Read the table of duties; raises CityError that names the line."""
    duties: dict[str, Duty] = {}
    with path.open(encoding="utf-8-sig", newline="") as lines:
        table = csv.DictReader(lines)
        for row in table:
            missing = [column for column in COLUMNS if row.get(column) is None]
            if missing:
                raise CityError(f"{path.name}:{table.line_num}: column {missing[0]!r} is missing")
            depth = depth_of(row["level"], f"{path.name}:{table.line_num}: level")
            if row["duty"] in duties:
                raise CityError(
                    f"{path.name}:{table.line_num}: duty {row['duty']!r} is given twice: "
                    "a case goes to the nearest unit of a duty, so each has one level"
                )
            duties[row["duty"]] = Duty(row["duty"], depth, Text(row["title"], row["title_en"]))
    return tuple(duties.values())


def units(cells: Iterable[Cell], duties: Sequence[Duty]) -> tuple[Unit, ...]:
    """Return the units of all cells, named like 金水区城市管理局."""
    by_depth: dict[int, list[Duty]] = {}
    for duty in duties:
        by_depth.setdefault(duty.depth, []).append(duty)
    return tuple(
        Unit(f"{cell.code}-{duty.key}", _title(cell, duty), duty.key, cell.code)
        for cell in cells
        for duty in by_depth.get(cell.depth, ())
    )


def _title(cell: Cell, duty: Duty) -> Text:
    # A city's unit already says 市 in the table: 市供电服务中心.
    name = cell.name if cell.depth else cell.name.removesuffix("市")
    return Text(name + duty.title.zh, f"{cell.name} {duty.title.en}")
