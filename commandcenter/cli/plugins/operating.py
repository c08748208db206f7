"""What the operators of plugins type: each command imports its room when it runs."""

from pathlib import Path
from typing import Annotated

import typer

from commandcenter.cli.options import Data, settings_with
from commandcenter.cli.plugins.group import plugins

Name = Annotated[str, typer.Argument(help="The plugin's name.")]
Folder = Annotated[Path, typer.Argument(help="The plugin's folder.")]


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


@plugins.command("pack")
def plugin_pack(
    path: Folder,
    into: Annotated[Path, typer.Option(help="Folder of the file.")] = Path(),
) -> None:
    """Write a plugin into one file, NAME-VERSION.zip."""
    from commandcenter.cli.plugins import installing

    installing.pack(path, into)


@plugins.command("install")
def plugin_install(file: Path, data: Data = None) -> None:
    """Install a plugin from its zip, or put another version in its place."""
    from commandcenter.cli.plugins import installing

    installing.install(settings_with(data), file)


@plugins.command("keygen")
def plugin_keygen(file: Path) -> None:
    """Make a key to sign plugins with; prints the public key for the setting plugin_keys."""
    from commandcenter.cli.plugins import installing

    installing.keygen(file)


@plugins.command("sign")
def plugin_sign(
    path: Folder, key: Annotated[Path, typer.Option(help="The private key's file.")]
) -> None:
    """Sign a plugin as it lies there; whatever changes later makes the signature void."""
    from commandcenter.cli.plugins import installing

    installing.sign(path, key)


@plugins.command("verify")
def plugin_verify(
    path: Folder,
    key: Annotated[list[str] | None, typer.Option(help="Public key; else plugin_keys.")] = None,
) -> None:
    """Say who has signed a plugin, or why its signature does not count."""
    from commandcenter.cli.plugins import installing

    installing.verify(settings_with(), path, key or [])
