"""Watch (观): one screen sees the whole city."""

from collections.abc import Sequence

from commandcenter.api import Panel, hookimpl

from .channels import channels_panel
from .city_map import map_panel
from .last24 import last24_panel
from .newest import newest_panel, newest_short_panel
from .pulse import pulse_panel, pulse_row_panel


@hookimpl
def register_panels() -> Sequence[Panel]:
    """List the panels of the face."""
    return [
        pulse_panel(), pulse_row_panel(), map_panel(), channels_panel(), last24_panel(),
        newest_panel(), newest_short_panel(),
    ]  # fmt: skip
