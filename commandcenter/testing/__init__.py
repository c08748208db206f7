"""What plugin authors and the product's own tests get: a small city, a fake view, the checks."""

from commandcenter.host.plugin import Plugin
from commandcenter.host.registry import Registry
from commandcenter.host.values import check_values
from commandcenter.testing.city import SmallCity, small_city, small_data, small_plugin, small_tree
from commandcenter.testing.registry import small_catalogue, small_registry
from commandcenter.testing.view import FakeView

__all__ = [
    "FakeView",
    "Plugin",
    "Registry",
    "SmallCity",
    "check_values",
    "small_catalogue",
    "small_city",
    "small_data",
    "small_plugin",
    "small_registry",
    "small_tree",
]
