"""A registry and a catalogue of the small city, without any folder."""

from commandcenter.host.catalogue import Catalogue
from commandcenter.host.plugin import Plugin
from commandcenter.host.registry import Registry
from commandcenter.testing.city import small_data, small_plugin


def small_registry(*plugins: Plugin) -> Registry:
    """Return a registry of the small city and these plugins."""
    return Registry.of([small_plugin(), *plugins])


def small_catalogue(*plugins: Plugin) -> Catalogue:
    """Return the catalogue of the small city and these plugins."""
    return Catalogue.of(small_registry(*plugins), small_data().units)
