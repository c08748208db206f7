"""`commandcenter plugin`: writing plugins, checking them, and looking after them.

Each module named here adds its commands to the group when it is imported.
"""

from commandcenter.cli.plugins import authoring as authoring
from commandcenter.cli.plugins import looking as looking
from commandcenter.cli.plugins import operating as operating
from commandcenter.cli.plugins.group import plugins

__all__ = ["plugins"]
