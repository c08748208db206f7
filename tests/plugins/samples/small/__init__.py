"""The small city as a plugin folder, for tests that start whole processes."""

from commandcenter.testing import SmallCity

hooks = SmallCity()
register_city = hooks.register_city
register_channels = hooks.register_channels
register_matters = hooks.register_matters
