"""Small facts that all processes share, by name."""

from sqlalchemy import Connection, select

from commandcenter.domain.clocks import CityClock
from commandcenter.store.tables import settings
from commandcenter.store.upsert import upsert

CITY_DIGEST = "city_digest"
CATALOGUE = "catalogue"
CLOCK = "clock"


def setting(connection: Connection, key: str) -> str | None:
    """Return a setting, None if it was never set."""
    return connection.execute(select(settings.c.value).where(settings.c.key == key)).scalar()


def set_setting(connection: Connection, key: str, value: str) -> None:
    """Set a setting."""
    upsert(connection, settings, [{"key": key, "value": value}], ("key",))


def city_clock(connection: Connection) -> CityClock:
    """Return the city's clock, the real time unless a replay has set another."""
    value = setting(connection, CLOCK)
    if value is None:
        return CityClock()
    real, city, speed = value.split()
    return CityClock(int(real), int(city), float(speed))


def set_city_clock(connection: Connection, clock: CityClock) -> None:
    """Set the city's clock for all processes that start from now on."""
    set_setting(connection, CLOCK, f"{clock.real_origin} {clock.city_origin} {clock.speed}")
