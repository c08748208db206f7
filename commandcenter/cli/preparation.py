"""Whether a store is ready, and having it made ready by a process of its own."""

import subprocess
import sys

from commandcenter.cli.processes import environment
from commandcenter.settings import Settings
from commandcenter.store.schema import revision
from commandcenter.store.settings import CATALOGUE, setting
from commandcenter.store.store import Store

HISTORY_DAYS = 90
"""Over how many days a demonstration's past is spread."""


def is_prepared(settings: Settings) -> bool:
    """Tell whether a worker has been here before: its catalogue lies in the store."""
    if not settings.database_url and not (settings.data / "commandcenter.db").exists():
        return False
    store = Store(settings.database)
    try:
        return revision(store) is not None and _has_catalogue(store)
    finally:
        store.close()


def _has_catalogue(store: Store) -> bool:
    with store.read() as connection:
        return setting(connection, CATALOGUE) is not None


def prepare_in_child(settings: Settings, history: int) -> None:
    """Run the preparation in a process of its own: plugins' code stays out of the supervisor."""
    command = [sys.executable, "-m", "commandcenter", "prepare", "--history", str(history)]
    done = subprocess.run(command, env=environment(settings), check=False)
    if done.returncode != 0:
        sys.exit(done.returncode)
