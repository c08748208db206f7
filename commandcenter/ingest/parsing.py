"""Reads the items of a list: reports as they must be, or why they cannot be taken."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import orjson
from pydantic import TypeAdapter, ValidationError

from commandcenter.cases import dead_letters
from commandcenter.domain.clocks import Millis
from commandcenter.domain.viewers import Viewer
from commandcenter.host.reports import Filing, Report

Item = Report | Filing | Mapping[str, Any] | Any
REPORTS = TypeAdapter(list[Report])


@dataclass(frozen=True, slots=True)
class Rejected(Exception):
    """Why an item is not accepted."""

    code: str
    field: str | None
    message: str


def parse_all(items: Sequence[Item]) -> list[tuple[Report | Rejected, Millis | None]]:
    """Check a list at once, or item by item if anything in it cannot be accepted."""
    if not any(isinstance(item, Filing) for item in items):
        with suppress(ValidationError):
            return [(report, None) for report in REPORTS.validate_python(items)]
    return [_parse(item) for item in items]


def _parse(item: Item) -> tuple[Report | Rejected, Millis | None]:
    if isinstance(item, Filing):
        return item.report, item.at
    if isinstance(item, Report):
        return item, None
    try:
        return Report.model_validate(item), None
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        return Rejected("invalid", _storable(field, 64) or None, first["msg"]), None


def letter_of(viewer: Viewer, item: Item, why: Rejected) -> dead_letters.Letter:
    """Return what is kept of an item that is not accepted."""
    plain = item.report if isinstance(item, Filing) else item
    plain = plain.model_dump(mode="json") if isinstance(plain, Report) else plain
    source = plain.get("source") if isinstance(plain, Mapping) else None
    known = _storable(source, 64) if isinstance(source, str) else None
    return dead_letters.Letter(_json(plain), viewer.name, known, why.code, why.field, why.message)


def _json(plain: object) -> str:
    """Return anything as JSON; what cannot be told is told as it prints."""
    try:
        return orjson.dumps(plain, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
    except TypeError:  # lone surrogates, numbers beyond 64 bits, endless depth
        return orjson.dumps(_printed(plain)).decode()


def _printed(plain: object) -> str:
    try:
        return ascii(plain)
    except RecursionError:
        return f"a {type(plain).__name__} without end"


def _storable(words: str, length: int) -> str:
    """Return words that both databases take: they may be a sender's own and of any kind."""
    return words.encode(errors="replace").decode().replace("\x00", "\ufffd")[:length]
