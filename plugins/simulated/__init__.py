"""A simulated source: cases of a whole city that never happened."""

from commandcenter.api import Source, hookimpl

from . import source


@hookimpl
def register_sources() -> list[Source]:
    """List the simulation."""
    return [source.SOURCE]
