"""`db`: bring the schema up, prove the counts, make them anew, back up and restore."""

from contextlib import closing
from pathlib import Path
from time import sleep, time

import typer

from commandcenter.cli.processes import held_folder
from commandcenter.errors import SettingsError
from commandcenter.live import checkpoint
from commandcenter.live.rollup import Frame, Rollup
from commandcenter.live.verify import verify as prove
from commandcenter.settings import Settings
from commandcenter.store import backups, checkpoints, cities
from commandcenter.store.backup_postgres import PostgresBackup
from commandcenter.store.backup_sqlite import SqliteBackup
from commandcenter.store.backups import Kind, Manifest
from commandcenter.store.city_facts import city_now, load_catalogue
from commandcenter.store.leases import BEAT_SECONDS, LIVE, Table
from commandcenter.store.schema import upgrade
from commandcenter.store.settings import city_clock
from commandcenter.store.store import Store


def upgrade_schema(settings: Settings) -> None:
    """Run the migrations that are missing."""
    with closing(Store(settings.database)) as store:
        upgrade(store)
    typer.echo("the schema is up to date")


def verify(settings: Settings) -> bool:
    """Compare all counts with recounts and say what differs; True if nothing does."""
    with closing(Store(settings.database)) as store:
        frame, now = _frame(store)
        proof = prove(frame, store, now)
    for difference in proof.differences:
        typer.echo(str(difference))
    typer.echo(
        f"{proof.compared:,} counts over {proof.cases:,} cases and {proof.moves:,} moves: "
        f"{len(proof.differences)} differ"
    )
    return not proof.differences


def recount(settings: Settings) -> None:
    """Throw the saved counts away and count all cases and moves anew.

    Raises SettingsError while a worker counts: it would write its own counts over these.
    """
    if _is_counting(settings.database):
        raise SettingsError("a live worker is counting: stop the workers first, screens wait")
    with closing(Store(settings.database)) as store:
        frame, now = _frame(store)
        with store.write() as connection:
            checkpoints.forget(connection)
        rollup = Rollup(frame, store)
        rollup.rebuild(now)
        checkpoint.save(rollup)
    typer.echo(f"counted {int(rollup.stock.of('total')[0]):,} cases anew")


def backup(settings: Settings, file: Path) -> None:
    """Write the whole database, as it is now, into one file; the server may run."""
    manifest = backups.write(_kind(settings), file, round(time() * 1000))
    typer.echo(f"{file}: {_said(manifest)}, {file.stat().st_size:,} bytes")


def restore(settings: Settings, file: Path) -> None:
    """Bring a backup back into an empty database and up to the present schema."""
    settings.data.mkdir(parents=True, exist_ok=True)
    with held_folder(settings.data):
        manifest = backups.restore(_kind(settings), file, settings.data)
        upgrade_schema(settings)
    typer.echo(f"restored {_said(manifest)}")


def _frame(store: Store) -> tuple[Frame, int]:
    """Return what is counted over, and the city's time."""
    catalogue = load_catalogue(store)
    with store.read() as connection:
        tree = cities.load_tree(connection)
        clock = city_clock(connection)
    frame = Frame(tree, len(catalogue.levels), catalogue.calendar, tuple(catalogue.channels))
    return frame, city_now(clock)()


def _is_counting(url: str) -> bool:
    """Tell whether the lease of the live worker is beaten."""
    with closing(Table(url)) as table:
        before = table.read(LIVE)
        if not before.holder:
            return False
        sleep(3 * BEAT_SECONDS)
        return table.read(LIVE) != before


def _kind(settings: Settings) -> Kind:
    if settings.database.startswith("sqlite"):
        return SqliteBackup(Path(settings.database.partition(":///")[2]))
    return PostgresBackup(settings.database)


def _said(manifest: Manifest) -> str:
    rows = manifest.rows
    return f"{rows.get('cases', 0):,} cases and {rows.get('moves', 0):,} moves of {manifest.kind}"
