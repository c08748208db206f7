"""Back-fills history: past cases that a source gives for a demonstration, written in bulk."""

from collections.abc import Sequence
from datetime import UTC, datetime

from commandcenter.cases import history
from commandcenter.domain.desk import Desk
from commandcenter.host.city import Progress
from commandcenter.host.reports import Filing, Life, Report
from commandcenter.host.source import History, Source
from commandcenter.ingest.bounds import Bounds
from commandcenter.ingest.context import Context
from commandcenter.ingest.intake import Intake

CHUNK = 10_000


class Backfill:
    """Writes the history of one source; what has no place goes through intake's dead letters.

    So does what lies outside `bounds`.
    """

    def __init__(
        self,
        source: Source,
        context: Context,
        intake: Intake,
        desk: Desk,
        bounds: Bounds | None = None,
    ) -> None:
        self._source = source
        self._context = context
        self._intake = intake.within(bounds)
        self._bounds = bounds
        self._past = history.Past(context.tree, desk, context.matters, context.viewer.name)

    def run(self, wanted: History, progress: Progress) -> tuple[int, int]:
        """Write all lives the source gives; returns how many were written and how many refused."""
        if self._source.history is None:
            return 0, 0
        written = refused = 0
        waiting: list[Life] = []
        for batch in self._source.history(self._context, wanted):
            lives = [item for item in batch if isinstance(item, Life) and self._holds(item)]
            others = [
                self._filing(item) if isinstance(item, Life) else item
                for item in batch
                if not (isinstance(item, Life) and self._holds(item))
            ]
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

    def _holds(self, life: Life) -> bool:
        """Tell whether a past case lies where the source may report from."""
        at = self._context.tree.position.get(life.cell)
        return self._bounds is None or at is None or self._bounds.hold(at)

    def _filing(self, life: Life) -> Filing:
        report = Report(
            source=self._source.key,
            external_id=life.external_id,
            channel=life.channel,
            matter=life.matter,
            title=life.title,
            cell=life.cell,
            occurred_at=datetime.fromtimestamp(life.at / 1000, UTC),
            attachments=[],
        )
        return Filing(report, life.at)

    def _write(self, lives: Sequence[Life]) -> int:
        with self._context.store.write() as connection:
            history.write(connection, self._past, lives)
        return len(lives)
