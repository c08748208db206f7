"""The catalogue of matters as a table that people edit in a spreadsheet.

Its heads and most of its values are Chinese, as those who edit it are.
"""

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from commandcenter.domain.cells import Level
from commandcenter.domain.clocks import Limit
from commandcenter.domain.evidence import Evidence
from commandcenter.domain.matters import Duty, Matter
from commandcenter.domain.text import Text
from commandcenter.errors import PluginError

COLUMNS = (
    "编码", "大类", "小类", "事项", "英文名", "立案条件", "结案条件", "时限", "时钟", "责任单位",
    "层级", "自动派遣", "禁入", "自拟", "关键词", "频度",
)  # fmt: skip
EVIDENCE = "佐证"
"""A column that tables from before it do not have: then nothing is asked for."""
PROOFS = {
    "": Evidence.NONE, "无": Evidence.NONE, "文字": Evidence.WORDS, "照片": Evidence.PHOTO,
}  # fmt: skip
CLOCKS: Mapping[str, Callable[[float], Limit]] = {
    "紧急工作时": Limit.urgent_hours,
    "工作时": Limit.working_hours,
    "工作日": Limit.working_days,
    "自然日": Limit.natural_days,
}
ANSWERS = {"是": True, "否": False}
Row = Mapping[str, str]
T = TypeVar("T")


@dataclass(frozen=True)
class Terms:
    """What a table may name: levels, kinds of units, and classes with their English names."""

    levels: Mapping[str, int]
    duties: Mapping[str, Duty]
    classes: Mapping[str, str]

    @classmethod
    def of(
        cls, levels: Sequence[Level], duties: Sequence[Duty], classes: Mapping[str, str]
    ) -> "Terms":
        """Return the terms of a city; a level or duty is named by its title or its key."""
        by_key = {level.key: depth for depth, level in enumerate(levels)}
        by_title = {level.title.zh: depth for depth, level in enumerate(levels)}
        # Where all units of a kind bear just their cell's name, the table says its level's.
        titled = {duty.title.zh or levels[duty.depth].title.zh: duty for duty in duties}
        return cls(by_title | by_key, titled | {duty.key: duty for duty in duties}, classes)


@dataclass(frozen=True)
class Fault:
    """What is wrong with a table, and where; the column is empty where it is the whole line."""

    file: str
    line: int
    column: str
    what: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.column}{self.what}"


class _Wrong(Exception):
    """A value of a row that cannot be used."""

    def __init__(self, column: str, what: str) -> None:
        self.column, self.what = column, what


def read_matters(path: Path, terms: Terms) -> tuple[Matter, ...]:
    """Read a table; raises PluginError that names file, line and column."""
    found = list(checked(path, terms))
    for each in found:
        if isinstance(each, Fault):
            raise PluginError(str(each))
    return tuple(each for each in found if isinstance(each, Matter))


def checked(path: Path, terms: Terms) -> Iterator[Matter | Fault]:
    """Yield for each row its matter or its first fault; raises PluginError for what is no table."""
    seen: dict[str, str] = {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            table = csv.DictReader(lines)
            missing = [name for name in COLUMNS if name not in (table.fieldnames or ())]
            if missing:
                yield Fault(path.name, 1, missing[0], " is missing: it is the name of a column")
                return
            for row in table:
                yield _one(row, path.name, table.line_num, terms, seen)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise PluginError(f"{path}: cannot be read: {error}; save it as CSV in UTF-8") from error


def _one(
    row: Row, file: str, line: int, terms: Terms, seen: dict[str, str]
) -> Matter | Fault:
    if any(row[name] is None for name in COLUMNS):
        return Fault(file, line, "", f"has not all of the {len(COLUMNS)} columns")
    try:
        given = {name: row[name].strip() for name in COLUMNS}
        matter = _matter(given | {EVIDENCE: (row.get(EVIDENCE) or "").strip()}, terms)
        _unseen("编码", matter.code, seen)
        _unseen("事项", matter.title.zh, seen)
    except _Wrong as wrong:
        return Fault(file, line, wrong.column, wrong.what)
    return matter


def _matter(row: Row, terms: Terms) -> Matter:
    duty = _known(row, "责任单位", terms.duties)
    depth = _known(row, "层级", terms.levels) if row["层级"] else duty.depth
    if depth < duty.depth:
        raise _Wrong("层级", f" = {row['层级']!r} lies above its unit: the unit could not reach it")
    forbidden = tuple(_each(row, "禁入", terms.levels))
    if duty.depth in forbidden:
        raise _Wrong("禁入", f" = {row['禁入']!r} forbids the very unit that is responsible")
    return Matter(
        code=_said(row, "编码"),
        title=Text(_said(row, "事项"), row["英文名"]),
        group=_class(row, "大类", terms),
        subgroup=_class(row, "小类", terms),
        limit=_known(row, "时钟", CLOCKS)(_number(row, "时限")),
        duty=duty.key,
        depth=depth,
        dispatches_itself=_known(row, "自动派遣", ANSWERS),
        words=tuple(row["关键词"].split()),
        frequency=_number(row, "频度"),
        filing=Text(_said(row, "立案条件")),
        closing=Text(_said(row, "结案条件")),
        invented=_known(row, "自拟", ANSWERS),
        forbidden=forbidden,
        evidence=_known(row, EVIDENCE, PROOFS),
    )


def _unseen(column: str, value: str, seen: dict[str, str]) -> None:
    if value in seen:
        raise _Wrong(column, f" {value} is given twice")
    seen[value] = column


def _said(row: Row, column: str) -> str:
    if not row[column]:
        raise _Wrong(column, " is empty")
    return row[column]


def _class(row: Row, column: str, terms: Terms) -> Text:
    return Text(row[column], _known(row, column, terms.classes))


def _known(row: Row, column: str, choices: Mapping[str, T]) -> T:
    return _choice(column, row[column], choices)


def _each(row: Row, column: str, choices: Mapping[str, T]) -> Iterator[T]:
    for value in row[column].replace("、", " ").split():
        yield _choice(column, value, choices)


def _choice(column: str, value: str, choices: Mapping[str, T]) -> T:
    if value not in choices:
        named = [name for name in choices if name]
        known = ", ".join(name for name in named if not name.isascii()) or ", ".join(named)
        raise _Wrong(column, f" = {value!r} is unknown: write one of {known}")
    return choices[value]


def _number(row: Row, column: str) -> float:
    try:
        number = float(row[column])
    except ValueError:
        number = 0.0
    if not 0 < number < float("inf"):
        raise _Wrong(column, f" = {row[column]!r} must be a number above 0")
    return number
