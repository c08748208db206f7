"""The group of commands that begin with `commandcenter plugin`."""

import typer

plugins = typer.Typer(no_args_is_help=True, help="Plugins.")
