"""The group `audit`: its commands and their options."""

from typing import Annotated

import typer

from commandcenter.cli.options import Data, settings_with

audit = typer.Typer(no_args_is_help=True, help="The log of who did what.")
Kept = Annotated[str, typer.Option("--head", help="SEQ:HASH as `audit head` printed it before.")]


@audit.command("head")
def audit_head(data: Data = None) -> None:
    """Print where the chain of the log ends, to be kept outside the server."""
    from commandcenter.cli import auditing

    auditing.head(settings_with(data))


@audit.command("verify")
def audit_verify(data: Data = None, kept: Kept = "") -> None:
    """Prove that no entry was changed, put in between or taken out; 1 if one was."""
    from commandcenter.cli import auditing

    raise typer.Exit(0 if auditing.verify(settings_with(data), kept) else 1)


@audit.command("search")
def audit_search(
    words: Annotated[str, typer.Argument(help="Words that entries say.")] = "",
    who: Annotated[str, typer.Option(help="The name of an account or key.")] = "",
    kind: Annotated[str, typer.Option(help="Such as unmasked, commanded, sign_in_failed.")] = "",
    since: Annotated[str, typer.Option(help="A day or a time of the city.")] = "",
    until: Annotated[str, typer.Option(help="A day, which counts, or a time before it.")] = "",
    cell: Annotated[str, typer.Option(help="The code of a cell: what is about it.")] = "",
    limit: Annotated[int, typer.Option(help="Entries at most, up to 500.")] = 100,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
    data: Data = None,
) -> None:
    """Show what is found, the newest first; that it was looked for is written down too."""
    from commandcenter.cli import auditing

    asked = auditing.Asked(who, kind, since, until, cell, words, limit)
    auditing.search(settings_with(data), asked, as_json)
