"""Options that several commands take, and the settings that follow from them."""

from pathlib import Path
from typing import Annotated

import typer

from commandcenter.settings import Settings, read_settings

Data = Annotated[Path | None, typer.Option(help="Folder of the database and the local bus.")]
City = Annotated[str | None, typer.Option(help="Which city, by its plugin's key.")]
Port = Annotated[int | None, typer.Option(help="Port; 0 takes a free one.")]
ARole = Annotated[
    str,
    typer.Option(
        "--role",
        help="leader, duty_officer, unit_officer, grid_chief, grid_worker, operator or auditor.",
    ),
]
AUnit = Annotated[str, typer.Option("--unit", help="The code of the unit that one acts for.")]
ABlocks = Annotated[
    list[str] | None,
    typer.Option(
        "--block",
        help="A kind of data that is seen, may be given again: cases, people, places, things, "
        "sentiments, organisations, devices, appraisal. Without any: by level and role.",
    ),
]
Clear = Annotated[int, typer.Option(help="0 what may hang on a wall, 1 staff, 2 personal data.")]


def settings_with(
    data: Path | None = None,
    city: str | None = None,
    port: int | None = None,
    processes: int | None = None,
) -> Settings:
    """Read the settings with what was given on the command line."""
    given = {"data": data, "city": city, "port": port, "web_processes": processes}
    return read_settings(**{name: value for name, value in given.items() if value is not None})
