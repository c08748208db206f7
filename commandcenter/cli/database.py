"""`db`: bring the schema up, prove the counts."""

import typer

from commandcenter.app import city_now, load_catalogue
from commandcenter.live.rollup import Frame
from commandcenter.live.verify import verify as prove
from commandcenter.settings import Settings
from commandcenter.store import cities
from commandcenter.store.schema import upgrade
from commandcenter.store.settings import city_clock
from commandcenter.store.store import Store


def upgrade_schema(settings: Settings) -> None:
    """Run the migrations that are missing."""
    upgrade(Store(settings.database))
    typer.echo("the schema is up to date")


def verify(settings: Settings) -> bool:
    """Compare all counts with recounts and say what differs; True if nothing does."""
    store = Store(settings.database)
    catalogue = load_catalogue(store)
    with store.read() as connection:
        tree = cities.load_tree(connection)
        clock = city_clock(connection)
    frame = Frame(tree, len(catalogue.levels), catalogue.calendar, tuple(catalogue.channels))
    proof = prove(frame, store, city_now(clock)())
    for difference in proof.differences:
        typer.echo(str(difference))
    typer.echo(
        f"{proof.compared:,} counts over {proof.cases:,} cases and {proof.moves:,} moves: "
        f"{len(proof.differences)} differ"
    )
    return not proof.differences
