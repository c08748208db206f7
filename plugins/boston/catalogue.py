"""Channels, matters and units, from the tables made of the requests."""

from collections.abc import Iterable

from commandcenter.api import Channel, Limit, Matter, Unit

from .folder import ROOT, read_table, slug
from .names import Names

NO_TARGET = Limit.natural_days(365)
"""Stands for no target: the data counts such requests as on time whenever they were closed."""
OWN_PEOPLE = "Employee Generated"
"""The source of what the city's own people have seen on their way."""
IN_THE_STREETS = ("PWDx", "PARK", "PROP")
"""Departments whose work lies in one neighbourhood; the offices of the others serve the city."""


def channels() -> list[Channel]:
    """Return one channel for each source of requests."""
    texts = Names.read().texts
    return [
        Channel(slug(key), text, field=key == OWN_PEOPLE)
        for (kind, key), text in texts.items()
        if kind == "source"
    ]


def matters() -> list[Matter]:
    """Return one matter for each type; its limit is the median target of its requests."""
    names = Names.read()
    return [_matter(names, row) for row in read_table("matters.csv")]


def units() -> list[Unit]:
    """Return one unit for each queue; all serve the whole city."""
    names = Names.read()
    return [
        Unit(row["code"], names.unit(row["queue"], row["department"]), row["code"], ROOT)
        for row in read_table("units.csv")
    ]


def _matter(names: Names, row: dict[str, str]) -> Matter:
    title = names.text("type", row["type"])
    return Matter(
        code=row["code"],
        title=title,
        group=names.text("subject", row["subject"]),
        subgroup=names.text("reason", row["reason"]),
        limit=limit_of(row["limit_hours"]),
        duty=row["unit"],
        depth=1 if row["department"] in IN_THE_STREETS else 0,
        dispatches_itself=True,
        words=tuple(_words(title.zh, title.en)),
        frequency=float(row["requests"]),
    )


def limit_of(hours: str) -> Limit:
    """Return the limit for the median target in hours: round the clock below two days."""
    if not hours:
        return NO_TARGET
    length = float(hours)
    return Limit.urgent_hours(length) if length < 48 else Limit.natural_days(length / 24)


def _words(*titles: str) -> Iterable[str]:
    return (title.lower() for title in dict.fromkeys(titles) if title)
