"""It fails as soon as it is imported."""

from commandcenter.api import Panel, hookimpl

LIMIT = int("five")


@hookimpl
def register_panels() -> list[Panel]:
    return []
