"""What the operators of plugins type: each command imports its room when it runs."""

from typing import Annotated

import typer

from commandcenter.cli.options import Data, settings_with
from commandcenter.cli.plugins.group import plugins

Name = Annotated[str, typer.Argument(help="The plugin's name.")]


@plugins.command("enable")
def plugin_enable(name: Name, data: Data = None) -> None:
    """Use a plugin again that was disabled; a running server takes it up at once."""
    from commandcenter.cli.plugins import deciding

    deciding.switch(settings_with(data), name, True)


@plugins.command("disable")
def plugin_disable(name: Name, data: Data = None) -> None:
    """Leave a plugin out until it is enabled again; a running server does so at once."""
    from commandcenter.cli.plugins import deciding

    deciding.switch(settings_with(data), name, False)


@plugins.command("settings")
def plugin_settings(
    name: Name,
    values: Annotated[
        list[str] | None, typer.Argument(help="KEY=VALUE; for a secret KEY=- asks for it.")
    ] = None,
    unset: Annotated[list[str] | None, typer.Option(help="Forget what was set.")] = None,
    data: Data = None,
) -> None:
    """Show the settings of a plugin, or change them; a running server takes them up at once."""
    from commandcenter.cli.plugins import deciding

    settings = settings_with(data)
    if values or unset:
        deciding.change(settings, name, values or (), unset or ())
    deciding.show(settings, name)
