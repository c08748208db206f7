"""The metadata with every table of the product in it."""

from commandcenter.store import (
    audit_tables,
    coordination_tables,
    desk_tables,
    field_tables,
    photo_tables,
    plugin_tables,
    public_tables,
    sign_in_tables,
    tables,
)

metadata = tables.metadata
TABLES = (
    tables, plugin_tables, desk_tables, coordination_tables, field_tables, audit_tables,
    photo_tables, sign_in_tables, public_tables,
)  # fmt: skip
"""The modules that name tables; importing them is what completes the metadata."""
