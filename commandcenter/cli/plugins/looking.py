"""Looking at plugins: what there is, who answers for it, and with which settings."""

import json
from dataclasses import asdict

import typer

from commandcenter.cli.options import City, settings_with
from commandcenter.cli.plugins.group import plugins


@plugins.command("list")
def plugin_list(city: City = None) -> None:
    """Show every plugin with its version, owner and state."""
    from commandcenter.host.registry import load

    settings = settings_with(city=city)
    for state in load(settings, settings.city).states:
        typer.echo(json.dumps(asdict(state), ensure_ascii=False))
