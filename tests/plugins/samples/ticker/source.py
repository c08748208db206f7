"""The beat: one report each so many milliseconds, in the micro-grids by turns."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from commandcenter.api import Delivery, Report, Source, SourceContext, Text

KEY = "ticker.beat"


def ticking(every: int) -> Source:
    def run(context: SourceContext) -> Iterator[Sequence[Delivery]]:
        leaves = context.tree.at_depth(context.tree.deepest)
        at, number = context.last_at() or context.now(), 0
        while context.wait(at := at + every):
            cell = context.tree.cells[int(leaves[number % len(leaves)])]
            number += 1
            yield [report(cell.code, at)]

    return Source(KEY, Text("节拍", "Ticker"), run, interval=10.0, simulated=True)


def report(cell: str, at: int) -> Report:
    return Report(
        source=KEY,
        external_id=f"beat-{at}",
        channel="patrol",
        title="路边暴露垃圾",
        matter="E0101",
        cell=cell,
        occurred_at=datetime.fromtimestamp(at / 1000, UTC),
    )
