"""`db archive`: take moves and photos of cases that ended long ago out, into files."""

from contextlib import closing
from datetime import datetime
from pathlib import Path

import typer

from commandcenter.cases.archive import Wanted
from commandcenter.cases.archive import archive as take_out
from commandcenter.cases.photo_archive import archive_photos
from commandcenter.live.checkpoint import NAME
from commandcenter.settings import Settings
from commandcenter.store.checkpoints import saved_seq
from commandcenter.store.city_facts import city_now, load_catalogue
from commandcenter.store.engines import Limits
from commandcenter.store.log import last_seq
from commandcenter.store.schema import upgrade
from commandcenter.store.settings import city_clock
from commandcenter.store.store import Store


def archive(settings: Settings, before: datetime, folder: Path) -> None:
    """Archive what was moved before a day of the city, and say what lies where."""
    with closing(Store(settings.database, limits=Limits.of_worker(settings))) as store:
        upgrade(store)
        start = load_catalogue(store).calendar.instant(before.date())
        with store.read() as connection:
            now = city_now(city_clock(connection))()
            # What no saved counts hold yet, a start must still find in the log.
            saved = saved_seq(connection, NAME)
            upto = last_seq(connection) if saved is None else saved
        total = 0
        wanted = Wanted(start, upto, folder)
        for written in take_out(store, wanted, now):
            total += written.moves
            typer.echo(f"{written.path}: {written.moves:,} moves, SHA-256 {written.digest}")
        if (pictures := archive_photos(store, wanted)) is not None:
            typer.echo(f"{pictures.path}: {pictures.photos:,} photos, SHA-256 {pictures.digest}")
    typer.echo(f"archived {total:,} moves; the cases themselves stay where they are")
