"""The steps of the schema, run by Alembic."""

from pathlib import Path

from alembic.config import Config


def configuration() -> Config:
    """Return alembic's configuration for these migrations."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    return config
