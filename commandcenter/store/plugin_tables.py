"""The tables of what plugins are set to, what they push and what their sources read."""

from sqlalchemy import BigInteger, Boolean, Column, Double, Integer, String, Table, Text

from commandcenter.store.tables import metadata

# What operators have set for plugins; `value` is JSON, of a secret the sealed JSON.
plugin_settings = Table(
    "plugin_settings",
    metadata,
    Column("plugin", String(48), primary_key=True),
    Column("key", String(48), primary_key=True),
    Column("value", Text, nullable=False),
    Column("is_secret", Boolean, nullable=False),
    Column("set_at", BigInteger, nullable=False),
    Column("set_by", String(64), nullable=False),
)

# Plugins that operators have disabled, or enabled again; all others are in use.
plugin_switches = Table(
    "plugin_switches",
    metadata,
    Column("plugin", String(48), primary_key=True),
    Column("enabled", Boolean, nullable=False),
    Column("set_at", BigInteger, nullable=False),
    Column("set_by", String(64), nullable=False),
)

# What was pushed to remote panels; `payload` is JSON: {part: [instant, value]}, `version` grows
# with every change, `refusal` is why the last put was refused, null after one that was taken.
remote_values = Table(
    "remote_values",
    metadata,
    Column("panel", String(64), primary_key=True),
    Column("cell", Integer, primary_key=True, autoincrement=False),
    Column("payload", Text, nullable=False),
    Column("at", BigInteger),
    Column("version", BigInteger, nullable=False),
    Column("refused_at", BigInteger),
    Column("refusal", Text),
)

# The latest reading of each thing that a source watches; `body` is JSON, `written_at` real time.
readings = Table(
    "readings",
    metadata,
    Column("source", String(64), primary_key=True),
    Column("key", String(64), primary_key=True),
    Column("plugin", String(48), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("cell", Integer, nullable=False),
    Column("lng", Double, nullable=True),
    Column("lat", Double, nullable=True),
    Column("body", Text, nullable=False),
    Column("written_at", BigInteger, nullable=False),
)
