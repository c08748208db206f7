"""Boston: 26 neighbourhoods, and the replay of the requests of July to December 2011."""

from commandcenter.api import Channel, City, Matter, Source, hookimpl

from . import catalogue, city, replay


@hookimpl
def register_city() -> City:
    """Describe Boston."""
    return city.boston()


@hookimpl
def register_channels() -> list[Channel]:
    """List the ways in which the requests came."""
    return catalogue.channels()


@hookimpl
def register_matters() -> list[Matter]:
    """List the types of requests."""
    return catalogue.matters()


@hookimpl
def register_sources() -> list[Source]:
    """List the replay."""
    return [replay.SOURCE]
