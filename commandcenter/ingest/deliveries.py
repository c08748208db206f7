"""What a source may hand in: its lists are checked before any of them reaches the store."""

from collections.abc import Sequence

from commandcenter.domain.cases import Command
from commandcenter.errors import PluginError
from commandcenter.host.readings import Reading, body_of
from commandcenter.host.reports import Delivery, Filing, Report, Update

LATEST = 253_402_300_799_999
"""The last millisecond of the year 9999."""
LONGEST_NOTE = 4000
LONGEST_NAME = 128
LONGEST_UNIT = 64
LONGEST_KEY = 64


def check(batch: object, source: str) -> Sequence[Delivery]:
    """Return a list that can be handed in; raises PluginError that names the item at fault.

    A source speaks for itself alone: whatever it hands in names `source`, its own key.
    """
    if not isinstance(batch, (list, tuple)):
        raise PluginError(
            f"yielded {type(batch).__name__}: yield lists of Report, Filing, "
            "Update, Reading"
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
    words = (
        ("source", update.source, LONGEST_NAME),
        ("external_id", update.external_id, LONGEST_NAME),
        ("unit", update.unit or "", LONGEST_UNIT),
        ("note", update.note, LONGEST_NOTE),
    )
    return next((f"{name} cannot be kept" for name, s, most in words if not _fits(s, most)), "")


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
    try:
        return "" if reading.values is None else body_of(reading) and ""
    except ValueError as error:
        return f"reading {reading.key}: {error}"


def _is_instant(at: object) -> bool:
    return isinstance(at, int) and not isinstance(at, bool) and 0 <= at <= LATEST


def _fits(words: object, most: int) -> bool:
    """Tell whether a text can be written to both databases."""
    if not isinstance(words, str) or len(words) > most or "\x00" in words:
        return False
    return words.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in words)
