"""What the authors of plugins type: each command imports its room when it runs."""

from pathlib import Path
from typing import Annotated

import typer

from commandcenter.cli.options import settings_with
from commandcenter.cli.plugins.group import plugins
from commandcenter.errors import SettingsError

Districts = Annotated[list[str] | None, typer.Option(help="Code of a district; may be repeated.")]


@plugins.command("new")
def plugin_new(
    name: Annotated[str, typer.Argument(help="Its name, as jinshui_flood.")],
    source: Annotated[bool, typer.Option("--source", help="With a source of reports.")] = False,
    panel: Annotated[bool, typer.Option("--panel", help="With a panel (the default).")] = False,
    risk_rule: Annotated[bool, typer.Option("--risk-rule", help="With a rule.")] = False,
    district: Districts = None,
    title: Annotated[str, typer.Option(help="What it is called, in Chinese.")] = "",
    english: Annotated[str, typer.Option(help="The same in English.")] = "",
    owner: Annotated[str, typer.Option(help="Who answers for it.")] = "",
    folder: Annotated[Path | None, typer.Option(help="Where; else in the plugins folder.")] = None,
) -> None:
    """Write a new plugin that already works with its recorded sample."""
    from commandcenter.cli.plugins.scaffold import Wanted, write_plugin

    wanted = Wanted(name, source, panel, risk_rule, district or (), title, english, owner)
    place = folder or settings_with().plugins / name
    for path in write_plugin(wanted, place):
        typer.echo(path)
    typer.echo(f"\nNow: commandcenter plugin check {place}\n     commandcenter plugin dev {place}")


@plugins.command("check")
def plugin_check(
    names: Annotated[list[str] | None, typer.Argument(help="Folders or names.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All in the plugins folder.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, for scripts.")] = False,
    browser: Annotated[bool, typer.Option(help="Without it nothing is drawn.")] = True,
    tests: Annotated[bool, typer.Option(help="Without it its own tests are not run.")] = True,
) -> None:
    """Check plugins as CI does: what is wrong, where, and how to mend it.

    Ends with 0 where all is well, 1 for a fault, 3 where nothing is wrong but not all could be
    looked at, as how panels look without Chromium.
    """
    from commandcenter.cli.plugins import checking
    from commandcenter.testing.conformance.check import Wishes

    if everything == bool(names):
        raise SettingsError("name plugins or their folders, or give --all")
    wishes = Wishes(browser, tests)
    raise typer.Exit(checking.check(names or [], settings_with(), wishes, as_json))


@plugins.command("dev")
def plugin_dev(
    path: Annotated[Path, typer.Argument(help="The plugin's folder.")],
    port: Annotated[int, typer.Option(help="Port; 0 takes a free one.")] = 8610,
    as_json: Annotated[bool, typer.Option("--json", help="First line: what scripts need.")] = False,
) -> None:
    """Run a small city with just this plugin on its wall; each saved file is seen at once."""
    from commandcenter.cli.plugins import developing

    developing.run(settings_with(), path, port, as_json)
