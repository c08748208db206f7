"""Looking at plugins: what there is, who answers for it, and with which settings."""

import json
from contextlib import closing
from dataclasses import asdict
from typing import Annotated

import typer

from commandcenter.cli.options import City, Data, settings_with
from commandcenter.cli.plugins.group import plugins


@plugins.command("list")
def plugin_list(city: City = None, data: Data = None) -> None:
    """Show every plugin with its version, owner and state."""
    from commandcenter.cli.plugins.deciding import decided
    from commandcenter.host.registry import load
    from commandcenter.sandbox.sandbox import Sandbox

    settings = settings_with(data, city)
    with closing(Sandbox(settings)) as sandbox:
        found = load(settings, settings.city, decided(settings), isolation=sandbox)
    for state in found.states:
        typer.echo(json.dumps(asdict(state), ensure_ascii=False))


@plugins.command("show")
def plugin_show(
    name: str,
    city: City = None,
    data: Data = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, for scripts.")] = False,
) -> None:
    """Show one plugin: its state, what it gives, its limits and settings, without secrets."""
    from commandcenter.cli.plugins import showing

    showing.show(settings_with(data, city), name, as_json)
