"""`letters`: what intake could not accept."""

import typer
from rich.console import Console
from rich.table import Table

from commandcenter.cases import dead_letters
from commandcenter.domain.clocks import iso
from commandcenter.domain.viewers import Clearance, Viewer
from commandcenter.live.bus import connect
from commandcenter.settings import Settings
from commandcenter.store.store import Store
from commandcenter.worker import create_worker

SHOWN = 50


def show(settings: Settings) -> None:
    """List the waiting letters by reason; payloads may hold persons and are not shown."""
    with Store(settings.database).read() as connection:
        waiting = dead_letters.shown(connection, SHOWN)
        counts = dead_letters.count_by_code(connection)
    table = Table("id", "received", "times", "source", "code", "field", "message")
    for kept in waiting:
        letter = kept.letter
        table.add_row(
            str(kept.id), iso(kept.received_at), str(kept.times), letter.source or "",
            letter.code, letter.field or "", letter.message,
        )  # fmt: skip
    Console().print(table)
    typer.echo(", ".join(f"{code}: {count}" for code, count in counts.items()) or "none wait")


def resend(settings: Settings) -> None:
    """Send the waiting letters through intake again."""
    worker = create_worker(settings, connect)
    viewer = Viewer(
        "resend", worker.tree.cells[0].code, 0, len(worker.tree) - 1, Clearance.STAFF,
        kind="system",
    )  # fmt: skip
    accepted, rejected = worker.intake().resend(viewer)
    typer.echo(f"{accepted} accepted, {rejected} still rejected")
    worker.bus.close()
