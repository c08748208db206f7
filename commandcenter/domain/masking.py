"""Covering what is personal: in free words, in fields of persons, in links and in kept payloads."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import orjson

from commandcenter.personal import masked, masked_number
from commandcenter.personal import masked_name as masked_name

NO_PERSONS = frozenset(
    {"匿名", "市民", "热心市民", "群众", "居民", "网格员", "系统", "本人", "无", "未知", "不详"}
)
"""What stands where a name is asked for and names nobody."""
SHORTEST_NUMBER = 5
NAMES = re.compile(r"name|reporter|contact|owner|姓名|联系人", re.IGNORECASE)
PHONES = re.compile(r"phone|mobile|tel|电话|手机", re.IGNORECASE)
NO_NAMES = re.compile(r"service|matter|channel|file|place|area|device|source", re.IGNORECASE)
"""Keys that speak of a name, and of nobody's."""


def mask(words: str) -> str:
    """Return words with all that is personal in them covered."""
    return masked(words)


def masked_phone(phone: str) -> str:
    """Return a phone number of which the middle is covered."""
    return masked_number(phone)


@dataclass(frozen=True, slots=True)
class Person:
    """Who is known to be behind some words: this name and number are covered wherever they stand.

    `shows_houses` is for who may read where a house is, though not which home in it.
    """

    name: str = ""
    phone: str = ""
    shows_houses: bool = False

    def covered(self, words: str) -> str:
        """Return words with all that is personal in them covered."""
        found = words
        if len(self.name) > 1 and self.name not in NO_PERSONS:
            found = found.replace(self.name, masked_name(self.name))
        if len(self.phone) >= SHORTEST_NUMBER:
            found = found.replace(self.phone, masked_phone(self.phone))
        return masked(found, covers_houses=not self.shows_houses)


def person(name: str | None, phone: str | None, *, shows_houses: bool = False) -> Person:
    """Return who reported something, as far as it was said."""
    return Person((name or "").strip(), (phone or "").strip(), shows_houses)


def masked_link(link: str, who: Person) -> str:
    """Return a link as it is, or its words with what is personal in them covered."""
    said = unquote(link)
    covered = who.covered(said)
    return link if covered == said else covered


def masked_payload(payload: str) -> str:
    """Return what somebody handed in, JSON or not, with all that is personal in it covered."""
    try:
        found = orjson.loads(payload)
    except orjson.JSONDecodeError:
        return mask(payload)
    return orjson.dumps(_masked_value("", found)).decode()


def _masked_value(key: str, value: Any) -> Any:
    if isinstance(value, Mapping):
        return {mask(name): _masked_value(name, each) for name, each in value.items()}
    if isinstance(value, list):
        return [_masked_value(key, each) for each in value]
    if isinstance(value, int) and not isinstance(value, bool) and len(str(value)) > 6:
        said = masked_phone(str(value)) if PHONES.search(key) else mask(str(value))
        return value if said == str(value) else said
    if not isinstance(value, str):
        return value
    if PHONES.search(key):
        return masked_phone(value)
    if NAMES.search(key) and not NO_NAMES.search(key):
        return masked_name(value)
    return mask(value)
