"""Makes a store ready: schema, city, map tiles, and for a demonstration a history."""

import gc
from threading import Thread

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)

from commandcenter.cases import sources
from commandcenter.cli.preparation import HISTORY_DAYS
from commandcenter.host.source import History
from commandcenter.live import checkpoint
from commandcenter.live.exchange import MemoryBus
from commandcenter.settings import Settings
from commandcenter.worker import Worker, create_worker, prepare_tiles, start_replay


class Bars:
    """Progress bars on the error stream, one for each part of the work; safe in threads."""

    def __init__(self) -> None:
        self._progress = Progress(
            TextColumn("{task.description:<12}"), BarColumn(), MofNCompleteColumn(),
            TimeElapsedColumn(), console=Console(stderr=True),
        )  # fmt: skip
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> "Bars":
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def __call__(self, what: str, done: int, total: int) -> None:
        """Move a bar."""
        if what not in self._tasks:
            self._tasks[what] = self._progress.add_task(what, total=total)
        self._progress.update(self._tasks[what], completed=done, total=total)


def prepare(settings: Settings, history: int) -> None:
    """Install the city, then build the tiles beside the back-filling."""
    # Half of the time of making a million rows would go into looking for garbage among them.
    gc.disable()
    with Bars() as progress:
        worker = start_replay(create_worker(settings, lambda _: MemoryBus(), progress))
        tiles = Thread(target=prepare_tiles, args=(worker, progress), name="tiles")
        tiles.start()
        if history:
            _backfill(worker, history, progress)
        tiles.join()
        worker.sandbox.close()


def _backfill(worker: Worker, history: int, progress: Bars) -> None:
    for source in worker.registry.sources:
        context = worker.context(source)
        with worker.store.read() as connection:
            if sources.any_case(connection, context.viewer):
                return
        wanted = History(history, HISTORY_DAYS, worker.now())
        worker.backfill(source).run(wanted, progress)
    progress("counts", 0, 1)
    rollup = worker.rollup()
    rollup.rebuild(worker.now())
    checkpoint.save(rollup)
    progress("counts", 1, 1)
