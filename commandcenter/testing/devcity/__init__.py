"""The city of `plugin dev`: made up, or the plugin's part of the real one, with a gentle stream."""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from commandcenter.api import Channel, City, Matter, Source, hookimpl
from commandcenter.testing.devcity.stream import SOURCE
from commandcenter.testing.devcity.town import Town


@hookimpl
def register_city(settings: Mapping[str, Any]) -> City:
    """Give the city."""
    return _town(settings).city()


@hookimpl
def register_channels(settings: Mapping[str, Any]) -> Sequence[Channel]:
    """Give the channels of the city that the plugin is for."""
    return _town(settings).channels


@hookimpl
def register_matters(settings: Mapping[str, Any]) -> Sequence[Matter]:
    """Give its matters."""
    return _town(settings).matters


@hookimpl
def register_sources() -> Sequence[Source]:
    """Give the stream of simulated cases."""
    return [SOURCE]


def _town(settings: Mapping[str, Any]) -> Town:
    return _town_of(*(Path(settings[name]) for name in ("plugin", "plugins", "cache")))


# A pure function of folders that this process reads once: a start asks three times.
@cache
def _town_of(plugin: Path, plugins: Path, cache: Path) -> Town:
    return Town.of(plugin, plugins, cache)
