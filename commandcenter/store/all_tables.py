"""The metadata with every table of the product in it."""

from commandcenter.store import (
    coordination_tables,
    desk_tables,
    field_tables,
    plugin_tables,
    tables,
)

metadata = tables.metadata
TABLES = (tables, plugin_tables, desk_tables, coordination_tables, field_tables)
"""The modules that name tables; importing them is what completes the metadata."""
