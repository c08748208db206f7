"""What plugin authors and the product's own tests get: a small city, a fake view, the checks.

Names are looked up when they are used: pytest loads the plugin in this package in every run.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from commandcenter.host.plugin import Plugin
    from commandcenter.host.registry import Registry
    from commandcenter.host.values import check_values
    from commandcenter.testing.city import (
        SmallCity,
        small_city,
        small_data,
        small_plugin,
        small_tree,
    )
    from commandcenter.testing.clock import FrozenClock
    from commandcenter.testing.context import FakeContext
    from commandcenter.testing.feed import FakeFeed
    from commandcenter.testing.picture import render_panel_to_image
    from commandcenter.testing.ready import ReadyCity
    from commandcenter.testing.registry import small_catalogue, small_registry
    from commandcenter.testing.scoped import assert_scoped
    from commandcenter.testing.view import FakeView

_PLACES = {
    "Plugin": "commandcenter.host.plugin",
    "Registry": "commandcenter.host.registry",
    "check_values": "commandcenter.host.values",
    "SmallCity": "commandcenter.testing.city",
    "small_city": "commandcenter.testing.city",
    "small_data": "commandcenter.testing.city",
    "small_plugin": "commandcenter.testing.city",
    "small_tree": "commandcenter.testing.city",
    "FrozenClock": "commandcenter.testing.clock",
    "FakeContext": "commandcenter.testing.context",
    "FakeFeed": "commandcenter.testing.feed",
    "render_panel_to_image": "commandcenter.testing.picture",
    "ReadyCity": "commandcenter.testing.ready",
    "small_catalogue": "commandcenter.testing.registry",
    "small_registry": "commandcenter.testing.registry",
    "assert_scoped": "commandcenter.testing.scoped",
    "FakeView": "commandcenter.testing.view",
}
__all__ = [
    "FakeContext", "FakeFeed", "FakeView", "FrozenClock", "Plugin", "ReadyCity", "Registry",
    "SmallCity", "assert_scoped", "check_values", "render_panel_to_image", "small_catalogue",
    "small_city", "small_data", "small_plugin", "small_registry", "small_tree",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    """Return one of the names above from the module that has it."""
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_PLACES[name]), name)
