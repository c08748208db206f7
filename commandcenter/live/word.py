"""The words by which processes tell each other that plugins or the catalogue have changed."""

from collections.abc import Iterable

import orjson

from commandcenter.live.bus import Bus
from commandcenter.live.hub import REVOKED

EVERY = "*"
"""Stands for all plugins."""
PLUGINS, CATALOGUE = "plugins", "catalogue"
"""A plugin has other settings, another switch, other code; another catalogue lies in the store."""


def tell_plugin(bus: Bus, plugin: str) -> None:
    """Say that a plugin is to be taken up anew."""
    bus.publish(PLUGINS, orjson.dumps({"plugin": plugin}))


def plugin_told(payload: bytes) -> str:
    """Return which plugin was meant, EVERY for all of them."""
    return str(orjson.loads(payload)["plugin"])


def tell_revoked(bus: Bus, holders: Iterable[str]) -> None:
    """Have the open streams of accounts, keys and sessions ended, as `user:7` or `session:12`."""
    for holder in holders:
        bus.publish(REVOKED, orjson.dumps({"holder": holder}))


def tell_catalogue(bus: Bus, build: str) -> None:
    """Say that another catalogue lies in the store."""
    bus.publish(CATALOGUE, orjson.dumps({"build": build}))
