"""`audit`: search the audit log, prove that it is whole, say where it ends."""

from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, time, timedelta

import orjson
import typer
from rich.console import Console
from rich.table import Table

from commandcenter.cases import audit, audit_proof, audit_search
from commandcenter.cases.audit import Entry
from commandcenter.cases.audit_search import Page, Wanted
from commandcenter.domain.audit import AuditKind
from commandcenter.domain.clocks import Millis, iso, millis
from commandcenter.domain.roles import Role
from commandcenter.domain.viewers import Clearance, Viewer
from commandcenter.errors import SettingsError
from commandcenter.settings import Settings
from commandcenter.store import cities
from commandcenter.store.city_facts import city_now, load_catalogue
from commandcenter.store.settings import city_clock
from commandcenter.store.store import Store

CLI = "cli"
"""Who has a shell on the server is nobody by name."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What `audit search` was asked for; empty for what may be anything. Days are the city's."""

    who: str = ""
    kind: str = ""
    since: str = ""
    until: str = ""
    cell: str = ""
    words: str = ""
    limit: int = 100


def head(settings: Settings) -> None:
    """Print where the chain ends, to be kept where nobody of the server can write."""
    with closing(Store(settings.database)) as store, store.read() as connection:
        typer.echo(str(audit.head(connection)))


def verify(settings: Settings, kept: str) -> bool:
    """Walk the chain and say what is wrong with it; True if nothing is."""
    known = audit_proof.head_from(kept) if kept else None
    with closing(Store(settings.database)) as store:
        proof = audit_proof.verify(store, known)
    if not proof.is_whole:
        typer.secho(f"broken: {proof.broken}", fg="red", err=True)
    typer.echo(f"{proof.entries:,} entries, head {proof.head}")
    return proof.is_whole


def search(settings: Settings, asked: Asked, as_json: bool) -> None:
    """Print what is found, the newest first, and write down that it was looked for."""
    with closing(Store(settings.database)) as store:
        wanted, viewer = _wanted(store, asked)
        with store.write() as connection:
            said = {name: getattr(asked, name) for name in Asked.__slots__ if getattr(asked, name)}
            entry = Entry(AuditKind.EXPORTED, CLI, "audit", said, viewer.scope)
            audit.append(connection, [entry], _now(store))
        with store.read() as connection:
            page = audit_search.search(connection, viewer, wanted)
    _print(page, as_json)


def _print(page: Page, as_json: bool) -> None:
    if as_json:
        for line in page.lines:
            typer.echo(orjson.dumps(line).decode())
        return
    table = Table("seq", "time", "kind", "who", "what", "detail", "address")
    for line in page.lines:
        detail = orjson.dumps(line.detail).decode() if line.detail else ""
        table.add_row(
            str(line.seq), iso(line.at), line.kind, line.who, line.what, detail, line.address
        )
    Console().print(table)
    if page.reached is not None:
        typer.echo(f"looked back until {iso(page.reached)}: give --until to go on from there")
    elif page.cursor is not None:
        typer.echo("there is more: give a larger --limit, or --until")


def _wanted(store: Store, asked: Asked) -> tuple[Wanted, Viewer]:
    if asked.kind and asked.kind not in tuple(AuditKind):
        raise SettingsError(f"{asked.kind} is no kind: give {', '.join(AuditKind)}")
    zone = load_catalogue(store).calendar.zone
    with store.read() as connection:
        tree = cities.load_tree(connection)
    code = asked.cell or tree.cells[0].code
    if code not in tree:
        raise SettingsError(f"there is no cell {code}: give the code of one")
    first, last = tree.range_of(code)
    viewer = Viewer(CLI, code, first, last, Clearance.STAFF, kind="system", role=Role.AUDITOR)
    kind = AuditKind(asked.kind) if asked.kind else None

    def instant(said: str, is_end: bool) -> Millis | None:
        if not said:
            return None
        try:
            at = datetime.fromisoformat(said)
        except ValueError as error:
            raise SettingsError(f"{said} is no day and no time: give 2026-11-21T08:00") from error
        if is_end and at.time() == time() and "T" not in said:
            at += timedelta(days=1)  # the day that is named is one of those that are wanted
        return millis(at if at.tzinfo else at.replace(tzinfo=zone))

    return Wanted(
        asked.who, kind, instant(asked.since, False), instant(asked.until, True), asked.words,
        first, last, limit=asked.limit,
    ), viewer  # fmt: skip


def _now(store: Store) -> Millis:
    with store.read() as connection:
        clock = city_clock(connection)
    return city_now(clock)()
