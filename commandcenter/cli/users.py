"""The groups `user` and `sessions`: their commands and their options."""

from typing import Annotated

import typer

from commandcenter.cli.options import ABlocks, ARole, AUnit, Clear, Data, settings_with
from commandcenter.errors import SettingsError

users = typer.Typer(no_args_is_help=True, help="Accounts of persons.")
open_sessions = typer.Typer(no_args_is_help=True, help="Where persons are signed in.")


@users.command("add")
def user_add(
    user: str,
    scope: str,
    clearance: Clear = 1,
    role: ARole = "",
    unit: AUnit = "",
    block: ABlocks = None,
    oidc: Annotated[bool, typer.Option("--oidc", help="Comes in by the provider alone.")] = False,
    data: Data = None,
    password: str = "",
) -> None:
    """Add an account; without --password it asks for one, twice; without a role it only looks."""
    from commandcenter.cli import accounts

    secret = password
    if not (password or oidc):
        secret = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    grant = accounts.grant(user, scope, clearance)
    duty = accounts.Duty(role, unit, tuple(block or ()))
    accounts.add_user(settings_with(data), grant, duty, accounts.Way(secret, oidc))


@users.command("role")
def user_role(
    user: str,
    role: Annotated[str, typer.Argument(help="The new role; none takes it away.")] = "",
    unit: AUnit = "",
    data: Data = None,
) -> None:
    """Say what an account is to do."""
    from commandcenter.cli import accounts

    accounts.give_role(settings_with(data), user, accounts.Duty(role, unit))


@users.command("blocks")
def user_blocks(user: str, block: ABlocks = None, data: Data = None) -> None:
    """Say which kinds of data an account sees; without any, those of its level and role."""
    from commandcenter.cli import accounts

    accounts.give_blocks(settings_with(data), user, block or ())


@users.command("password")
def user_password(user: str, data: Data = None, password: str = "") -> None:
    """Give an account a password for one sign-in; without --password a random one is printed."""
    from commandcenter.cli import signing_in

    signing_in.set_password(settings_with(data), user, password)


@users.command("unlock")
def user_unlock(user: str, data: Data = None) -> None:
    """Let a name that is locked be tried again."""
    from commandcenter.cli import signing_in

    signing_in.unlock(settings_with(data), user)


@users.command("factor")
def user_factor(user: str, data: Data = None) -> None:
    """Take the second factor of an account away, as when the phone and all codes are lost."""
    from commandcenter.cli import signing_in

    signing_in.reset_factor(settings_with(data), user)


@users.command("oidc")
def user_oidc(
    user: str,
    off: Annotated[bool, typer.Option("--off", help="No longer.")] = False,
    data: Data = None,
) -> None:
    """Let an account come in by the provider; again after it was given to somebody else there."""
    from commandcenter.cli import signing_in

    signing_in.mark(settings_with(data), user, oidc=not off)


@users.command("disable")
def user_disable(user: str, data: Data = None) -> None:
    """Close an account; its sessions end at once."""
    from commandcenter.cli import accounts

    accounts.disable_user(settings_with(data), user)


@open_sessions.command("list")
def sessions_list(
    user: Annotated[str, typer.Option(help="Of this account alone.")] = "", data: Data = None
) -> None:
    """Show who is signed in where, and since when."""
    from commandcenter.cli import signing_in

    signing_in.show(settings_with(data), user)


@open_sessions.command("end")
def sessions_end(
    session: Annotated[int | None, typer.Argument(help="Its number, as listed.")] = None,
    user: Annotated[str, typer.Option(help="All of this account.")] = "",
    data: Data = None,
) -> None:
    """End a session, or all of an account, at once, with its open pages."""
    from commandcenter.cli import signing_in

    if (session is None) is not bool(user):
        raise SettingsError("sessions end: give the number of a session, or --user NAME")
    typer.echo(f"ended {signing_in.end(settings_with(data), session, user)}")
