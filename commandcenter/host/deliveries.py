"""What a source may hand in: its lists are checked before any of them reaches the store.

Between processes they go as JSON, in pieces of a size that is easily held.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import orjson
from pydantic import TypeAdapter, ValidationError

from commandcenter.domain.cases import Command
from commandcenter.domain.evidence import STAND_IN, Exhibit
from commandcenter.errors import PluginError
from commandcenter.host.readings import Reading, body_of
from commandcenter.host.reports import Delivery, Filing, Report, Update
from commandcenter.host.told import KINDS, LATEST, Told

LONGEST_NOTE = 4000
LONGEST_NAME = 128
LONGEST_UNIT = 64
PIECE_ITEMS, PIECE_BYTES = 500, 1 << 20
"""A list that is longer goes to the server in several pieces, each taken before the next."""
LONGEST_KEY = 64
MOST_UNITS = 20
LONGEST_LINK = 2000
LINKS = ("https://", "http://")
RATINGS = range(1, 6)
MORE = len(Update._fields) - 3
NOTHING_MORE = tuple(Update._field_defaults.values())[3:]
"""What an update says beyond its note, where it says nothing."""
TOLD = {name: TypeAdapter[Told](kind) for name, kind in KINDS.items()}
NAMES = {kind: name for name, kind in KINDS.items()}


def check(batch: object, source: str) -> Sequence[Delivery]:
    """Return a list that can be handed in; raises PluginError that names the item at fault.

    A source speaks for itself alone: whatever it hands in names `source`, its own key.
    """
    if not isinstance(batch, (list, tuple)):
        raise PluginError(
            f"yielded {type(batch).__name__}: yield lists of Report, Filing, "
            "Update, Reading, Whistle, CallUpdate, Directive, CellUpdate"
        )
    for number, item in enumerate(batch):
        fault = _fault(item) or _fault_of_name(item, source)
        if fault:
            raise PluginError(f"item {number} of a list: {fault}")
    return batch


def _fault(item: object) -> str:
    if isinstance(item, Update):
        return _fault_of_update(item)
    if isinstance(item, Reading):
        return _fault_of_reading(item)
    if isinstance(item, Told):
        return _fault_of_told(item)
    if isinstance(item, Filing):
        if not isinstance(item.report, Report):
            return f"a Filing of {type(item.report).__name__}, a Report is needed"
        return "" if _is_instant(item.at) else f"at = {item.at!r:.40} is no instant"
    return "" if isinstance(item, Report) else f"is {type(item).__name__}, no Delivery"


def _fault_of_name(item: Delivery, source: str) -> str:
    if isinstance(item, Reading):
        return ""
    named = item.report.source if isinstance(item, Filing) else item.source
    return "" if named == source else f"names the source {named!r:.70}, this is {source}"


def _fault_of_update(update: Update) -> str:
    if not isinstance(update.command, Command):
        return f"command = {update.command!r:.40} is no Command"
    if not _is_instant(update.at):
        return f"at = {update.at!r:.40} is no instant"
    if update.due is not None and not _is_instant(update.due):
        return f"due = {update.due!r:.40} is no instant"
    words: tuple[tuple[str, str, int], ...] = (
        ("source", update.source, LONGEST_NAME),
        ("external_id", update.external_id, LONGEST_NAME),
        ("unit", update.unit or "", LONGEST_UNIT),
        ("note", update.note, LONGEST_NOTE),
    )
    if update[7:] != NOTHING_MORE:
        if not isinstance(update.units, tuple) or len(update.units) > MOST_UNITS:
            return f"units = {update.units!r:.40} is no tuple of at most {MOST_UNITS} codes"
        if update.rating is not None and update.rating not in RATINGS:
            return f"rating = {update.rating!r:.40} is not 1 to 5"
        if not _are_exhibits(update.evidence):
            return f"evidence = {update.evidence!r:.60} is no tuple of at most {MOST_UNITS} links"
        words += (
            ("matter", update.matter or "", LONGEST_KEY),
            ("lead", update.lead or "", LONGEST_UNIT),
            ("master", update.master or "", LONGEST_NAME),
            *(("units", unit, LONGEST_UNIT) for unit in update.units),
        )
    return next((f"{name} cannot be kept" for name, s, most in words if not _fits(s, most)), "")


def _are_exhibits(given: object) -> bool:
    return isinstance(given, tuple) and len(given) <= MOST_UNITS and all(
        isinstance(each, Exhibit)
        and _fits(each.url, LONGEST_LINK)
        and (each.url.startswith(LINKS) or STAND_IN.fullmatch(each.url))
        and _fits(each.note, LONGEST_NOTE)
        for each in given
    )


def _fault_of_reading(reading: Reading) -> str:
    if not (_fits(reading.key, LONGEST_KEY) and reading.key):
        return f"key = {reading.key!r:.40} must be a text of 1 to {LONGEST_KEY} characters"
    if not _is_instant(reading.at):
        return f"at = {reading.at!r:.40} is no instant"
    point = (reading.lng, reading.lat)
    if point != (None, None) and not all(isinstance(x, (int, float)) for x in point):
        return f"lng, lat = {point!r:.60} is no point"
    if reading.cell is not None and not isinstance(reading.cell, str):
        return f"cell = {reading.cell!r:.40} is no code"
    if reading.values is not None:
        try:
            body_of(reading)
        except ValueError as error:
            return f"reading {reading.key}: {error}"
    return ""


def _fault_of_told(told: Told) -> str:
    """Return what is wrong with its shape; whether it can be is decided when it is heard."""
    try:
        TOLD[NAMES[type(told)]].validate_python(told)
    except ValidationError as error:
        return _first(error)
    return ""


def _first(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    field = ".".join(str(part) for part in first["loc"])
    return f"{field}: {first['msg']}"


def _is_instant(at: object) -> bool:
    return isinstance(at, int) and not isinstance(at, bool) and 0 <= at <= LATEST


def _fits(words: object, most: int) -> bool:
    """Tell whether a text can be written to both databases."""
    if not isinstance(words, str) or len(words) > most or "\x00" in words:
        return False
    return words.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in words)


def pieces(batch: Sequence[Delivery]) -> Iterator[bytes]:
    """Yield a checked list as JSON, in pieces; raises PluginError for what is none."""
    piece: list[bytes] = []
    size = 0
    for number, item in enumerate(batch):
        try:
            words = orjson.dumps(_plain(item))
        except (TypeError, ValueError) as error:
            raise PluginError(f"item {number} of a list: {error}") from error
        if piece and (len(piece) == PIECE_ITEMS or size + len(words) > PIECE_BYTES):
            yield b"[" + b",".join(piece) + b"]"
            piece, size = [], 0
        piece.append(words)
        size += len(words)
    yield b"[" + b",".join(piece) + b"]"


def unpacked(piece: bytes, source: str) -> Sequence[Delivery]:
    """Read what `pieces` gave, believing none of it; raises PluginError that names the item."""
    try:
        found = orjson.loads(piece)
    except orjson.JSONDecodeError as error:
        raise PluginError("yielded what is no JSON") from error
    if not isinstance(found, list):
        raise PluginError("yielded what is no list")
    return check([_made(number, data) for number, data in enumerate(found)], source)


def _plain(item: Delivery) -> list[Any]:
    if isinstance(item, Update):
        proofs = [list(each) for each in item.evidence]
        return ["update", *item[:2], item.command.value, *item[3:-1], proofs]
    if isinstance(item, Filing):
        return ["filing", item.report.model_dump(mode="json"), item.at]
    if isinstance(item, Reading):
        values = None if item.values is None else orjson.Fragment(body_of(item))
        return ["reading", item.key, item.at, values, item.cell, item.lng, item.lat]
    if isinstance(item, Told):
        return [NAMES[type(item)], *item]
    return ["report", item.model_dump(mode="json")]


def _exhibits(given: Any) -> Any:
    if not isinstance(given, list):
        return given
    return tuple(
        Exhibit(*each) if isinstance(each, list) and len(each) == len(Exhibit._fields) else each
        for each in given
    )


def _made(number: int, data: Any) -> Delivery:
    try:
        match data:
            case ["report", {**fields}]:
                return Report.model_validate(fields)
            case ["filing", {**fields}, int(at)]:
                return Filing(Report.model_validate(fields), at)
            case ["update", source, external_id, str(command), *rest] if len(rest) == MORE:
                rest[5] = tuple(rest[5]) if isinstance(rest[5], list) else rest[5]
                rest[9] = _exhibits(rest[9])
                return Update(source, external_id, Command(command), *rest)
            case ["reading", key, at, values, *rest] if len(rest) == 3:
                return Reading(key, at, values, *rest)
            case [str(name), *rest] if name in TOLD:
                return TOLD[name].validate_python(rest)
    except ValidationError as error:
        raise PluginError(f"item {number} of a list: {_first(error)}") from error
    except ValueError as error:
        raise PluginError(f"item {number} of a list: {error}") from error
    raise PluginError(f"item {number} of a list: is no Delivery")
