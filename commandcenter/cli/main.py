"""The commands and their options.

Each command imports its room when it runs: loading the web's libraries takes seconds, which
`commandcenter user add` need not pay.
"""

import gc
import socket
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from commandcenter import logs
from commandcenter.cli.audit import audit
from commandcenter.cli.options import ABlocks, ARole, AUnit, City, Clear, Data, Port, settings_with
from commandcenter.cli.plugins import plugins
from commandcenter.cli.processes import end_with_supervisor
from commandcenter.cli.users import open_sessions, users
from commandcenter.errors import CommandCenterError, SettingsError, Unavailable

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
db = typer.Typer(no_args_is_help=True, help="Look after the database.")
keys = typer.Typer(no_args_is_help=True, help="Keys of walls, sources, operators and metrics.")
letters = typer.Typer(no_args_is_help=True, help="Reports that could not be accepted.")
catalogue = typer.Typer(no_args_is_help=True, help="The catalogue of matters.")
for name, group in (
    ("db", db), ("user", users), ("key", keys), ("letters", letters), ("plugin", plugins),
    ("matters", catalogue), ("audit", audit), ("sessions", open_sessions),
):  # fmt: skip
    app.add_typer(group, name=name)


def main() -> None:
    """Run the command; errors of this product are one line, without a traceback."""
    try:
        logs.set_up("-".join(sys.argv[1:2]) or "commandcenter")
        app(standalone_mode=True)
    except CommandCenterError as error:
        typer.secho(f"commandcenter: {error}", fg="red", err=True)
        # What may be there later is worth another start: a refused boot is not.
        raise SystemExit(1 if isinstance(error, Unavailable) else 2) from error


@app.command()
def serve(
    data: Data = None,
    city: City = None,
    port: Port = None,
    processes: Annotated[int | None, typer.Option(help="Web processes.")] = None,
    web: Annotated[bool, typer.Option(help="Without it, wsgi.py serves the same data.")] = True,
    workers: Annotated[bool, typer.Option(help="Without it, workers run elsewhere.")] = True,
) -> None:
    """Start the server: web, live counts and sources."""
    from commandcenter.cli import serving

    if not (web or workers):
        raise SettingsError("serve --no-web --no-workers leaves nothing to serve: drop one of them")
    part = serving.Part.ALL
    if not (web and workers):
        part = serving.Part.WEB if web else serving.Part.WORKERS
    serving.serve(settings_with(data, city, port, processes), part)


@app.command()
def reload(data: Data = None) -> None:
    """Replace the processes of the server in the data folder, one after another."""
    from commandcenter.cli import serving

    serving.reload(settings_with(data))


@app.command()
def demo(
    data: Data = None,
    city: Annotated[str, typer.Option(help="zhengzhou (simulated) or boston (replayed).")] = "",
    port: Port = None,
    history: Annotated[int, typer.Option(help="Past cases to begin with.")] = 200_000,
    rate: Annotated[str, typer.Option(help="Cases a day, or with /s at the end a second.")] = "",
    speed: Annotated[float, typer.Option(help="How fast a replay runs, in times real.")] = 600.0,
    as_json: Annotated[bool, typer.Option("--json", help="First line: what scripts need.")] = False,
) -> None:
    """Start a living city with made-up or replayed cases."""
    from commandcenter.cli import demonstration

    wanted = demonstration.Wanted(city or "zhengzhou", history, rate, speed, as_json)
    demonstration.run(settings_with(data, city or None, port), wanted)


@app.command()
def qr(
    cells: Annotated[list[str], typer.Argument(help="Codes of cells.")],
    url: Annotated[str, typer.Option(help="The address by which people reach this server.")],
    out: Annotated[Path, typer.Option(help=".pdf, .svg for one poster, or a folder of SVGs.")],
    below: Annotated[str, typer.Option(help="All cells of this level below them.")] = "",
    language: Annotated[str, typer.Option(help="zh or en")] = "zh",
    data: Data = None,
) -> None:
    """Print posters of places: their codes lead staff there, and anybody to report there."""
    from commandcenter.cli import qr as posters

    posters.run(settings_with(data), posters.Wanted(cells, below, url, out, language))


@app.command(hidden=True)
def web(fd: Annotated[int, typer.Option()]) -> None:
    """Run one web process on a listening socket."""
    gc.disable()  # until everything that stays is made, see `settle`
    from commandcenter.cli import web_process

    end_with_supervisor()
    web_process.run(settings_with(), socket.socket(fileno=fd))


@app.command()
def worker(
    role: Annotated[str, typer.Option(help="live, ingest or all.")] = "live", data: Data = None
) -> None:
    """Run one worker: `live` counts and renders, `ingest` runs the sources; or one of each."""
    if role == "all":
        from commandcenter.cli import serving

        serving.run_workers(settings_with(data))
    gc.disable()  # until everything that stays is made, see `settle`
    from commandcenter.cli import worker_process

    end_with_supervisor()
    logs.set_up(role)
    worker_process.run(settings_with(data), role)


@app.command(hidden=True)
def prepare(history: Annotated[int, typer.Option()] = 0) -> None:
    """Install the city, build the map and back-fill a history."""
    from commandcenter.cli import preparing

    preparing.prepare(settings_with(), history)


@app.command()
def city(key: Annotated[str, typer.Argument(help="The city's key.")] = "") -> None:
    """Build a city's cells, outlines and map tiles into the cache."""
    from commandcenter.cli import preparing

    preparing.prepare(settings_with(city=key or None), 0)


@db.command("upgrade")
def db_upgrade(data: Data = None) -> None:
    """Bring the database to the present schema."""
    from commandcenter.cli import database

    database.upgrade_schema(settings_with(data))


@db.command("verify")
def db_verify(data: Data = None, city: City = None) -> None:
    """Prove that all counts equal a recount from the cases, and from the moves."""
    from commandcenter.cli import database

    raise typer.Exit(0 if database.verify(settings_with(data, city)) else 1)


@db.command("recount")
def db_recount(data: Data = None) -> None:
    """Throw the saved counts away and count all cases and moves anew."""
    from commandcenter.cli import database

    database.recount(settings_with(data))


@db.command("archive")
def db_archive(
    before: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="A day of the city.")],
    to: Annotated[Path, typer.Option(help="Folder of the files.")],
    data: Data = None,
) -> None:
    """Take old moves of cases that have ended out of the log, into files."""
    from commandcenter.cli import archive

    archive.archive(settings_with(data), before, to)


@db.command("backup")
def db_backup(file: Path, data: Data = None) -> None:
    """Write the whole database into one file, also while the server runs."""
    from commandcenter.cli import database

    database.backup(settings_with(data), file)


@db.command("restore")
def db_restore(file: Path, data: Data = None) -> None:
    """Bring a backup back into an empty database."""
    from commandcenter.cli import database

    database.restore(settings_with(data), file)


@keys.command("add")
def key_add(
    kind: Annotated[str, typer.Argument(help="wall, source, operator, metrics or plugin")] = "",
    name: Annotated[str, typer.Argument(help="Who holds it.")] = "",
    scope: Annotated[str, typer.Argument(help="The code of a cell.")] = "",
    plugin: Annotated[str, typer.Option(help="The plugin that the key belongs to.")] = "",
    clearance: Clear = 0,
    layout: Annotated[str, typer.Option(help="The wall's layout.")] = "",
    role: ARole = "",
    unit: AUnit = "",
    block: ABlocks = None,
    data: Data = None,
) -> None:
    """Add a key and print it; it cannot be shown again."""
    from commandcenter.cli import accounts

    duty = accounts.Duty(role, unit, tuple(block or ()))
    wanted = accounts.Key(kind, name, scope, clearance, layout, plugin, duty)
    typer.echo(accounts.add_key(settings_with(data), wanted))


@keys.command("revoke")
def key_revoke(name: str, data: Data = None) -> None:
    """Revoke all keys of this name."""
    from commandcenter.cli import accounts

    accounts.revoke_key(settings_with(data), name)


@letters.command("list")
def letters_list(data: Data = None) -> None:
    """Show what waits, without personal data."""
    from commandcenter.cli import dead_letters

    dead_letters.show(settings_with(data))


@letters.command("resend")
def letters_resend(data: Data = None, city: City = None) -> None:
    """Send all waiting letters through intake again."""
    from commandcenter.cli import dead_letters

    dead_letters.resend(settings_with(data, city))


@catalogue.command("list")
def matters_list(
    level: Annotated[str, typer.Option(help="What this level must do.")] = "",
    duty: Annotated[str, typer.Option(help="What units of this duty answer for.")] = "",
    forbidden: Annotated[str, typer.Option(help="What this level must not be given.")] = "",
    data: Data = None,
    city: City = None,
) -> None:
    """List the matters in force, or one of the three lists of them, and where each comes from."""
    from commandcenter.cli import matters

    matters.show(settings_with(data, city), matters.Wanted(level, duty, forbidden))


@catalogue.command("check")
def matters_check(file: Path, city: City = None) -> None:
    """Check an edited table of matters: says line and column of all that is wrong."""
    from commandcenter.cli import matters

    if not matters.check(settings_with(city=city), file):
        raise typer.Exit(1)
