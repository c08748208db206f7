"""Back-fills history: past cases that a source gives for a demonstration, written in bulk."""

from collections.abc import Sequence

from commandcenter.cases import history
from commandcenter.domain.desk import Desk
from commandcenter.host.city import Progress
from commandcenter.host.reports import Life
from commandcenter.host.source import History, Source
from commandcenter.ingest.context import Context
from commandcenter.ingest.intake import Intake

CHUNK = 10_000


class Backfill:
    """Writes the history of one source; what has no place goes through intake's dead letters."""

    def __init__(self, source: Source, context: Context, intake: Intake, desk: Desk) -> None:
        self._source = source
        self._context = context
        self._intake = intake
        self._past = history.Past(context.tree, desk, context.matters, context.viewer.name)

    def run(self, wanted: History, progress: Progress) -> tuple[int, int]:
        """Write all lives the source gives; returns how many were written and how many refused."""
        if self._source.history is None:
            return 0, 0
        written = refused = 0
        waiting: list[Life] = []
        for batch in self._source.history(self._context, wanted):
            lives = [item for item in batch if isinstance(item, Life)]
            others = [item for item in batch if not isinstance(item, Life)]
            if others:
                refused += len(others)
                self._intake.accept(self._context.viewer, others)
            waiting += lives
            if len(waiting) >= CHUNK:
                written += self._write(waiting)
                waiting = []
                progress("history", written + refused, wanted.cases)
        written += self._write(waiting)
        progress("history", written + refused, written + refused)
        return written, refused

    def _write(self, lives: Sequence[Life]) -> int:
        with self._context.store.write() as connection:
            history.write(connection, self._past, lives)
        return len(lives)
