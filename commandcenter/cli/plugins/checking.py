"""`plugin check`: finds the plugins that are meant and prints what was found of each."""

import json
from collections.abc import Sequence
from pathlib import Path

import typer

from commandcenter.errors import SettingsError
from commandcenter.host.discovery import discover
from commandcenter.host.manifest import FILE
from commandcenter.settings import Settings
from commandcenter.testing.conformance.check import Wishes, check_plugins
from commandcenter.testing.conformance.findings import Report

FAULT, LEFT = 1, 3
"""The exit codes where something is wrong, and where nothing is but not all could be looked at."""
COLOURS = {"ok": "green", "wrong": "red", "note": "yellow", "left": "yellow"}


def check(names: Sequence[str], settings: Settings, wishes: Wishes, as_json: bool) -> int:
    """Check plugins by name or folder, without any all there are; returns the exit code."""
    folders = [_folder(name, settings) for name in names] or _all(settings)
    reports: list[Report] = []
    for report in check_plugins(folders, settings, wishes):
        reports.append(report)
        if not as_json:
            _print(report)
    if as_json:
        typer.echo(json.dumps([report.plain() for report in reports], ensure_ascii=False))
    else:
        _sum_up(reports)
    if any(report.faults for report in reports):
        return FAULT
    return LEFT if any(report.left for report in reports) else 0


def _all(settings: Settings) -> list[Path]:
    return [candidate.folder for candidate in discover(settings.plugins)]


def _folder(name: str, settings: Settings) -> Path:
    """Return the folder that is meant; raises SettingsError that says which plugins there are."""
    as_path = Path(name)
    if "/" in name or (as_path / FILE).exists():
        if as_path.is_dir():
            return as_path
        raise SettingsError(f"{name}: is no folder; `commandcenter plugin new` makes one")
    known = {candidate.name: candidate.folder for candidate in discover(settings.plugins)}
    if name not in known:
        raise SettingsError(
            f"no plugin {name}; there are {', '.join(known) or 'none'}; give a folder with a / in "
            "it for one that lies elsewhere"
        )
    return known[name]


def _print(report: Report) -> None:
    typer.secho(report.folder, bold=True)
    for finding in report.findings:
        label = typer.style(f"{finding.state:6}", fg=COLOURS[finding.state])
        said = f"{finding.where}: {finding.words}" if finding.where else finding.words
        typer.echo(f"  {label} {finding.check:12} {said}")
        if finding.mend and finding.state != "ok":
            typer.echo(f"{'':22}-> {finding.mend}")


def _sum_up(reports: Sequence[Report]) -> None:
    faults = sum(len(report.faults) for report in reports)
    wrong = sum(bool(report.faults) for report in reports)
    total = f"{len(reports)} plugin{'' if len(reports) == 1 else 's'}"
    if faults:
        typer.secho(f"{total}: {wrong} refused, {faults} faults", fg="red")
        return
    left = sorted({finding.words for report in reports for finding in report.left})
    if left:
        typer.secho(f"{total}: no faults, but not all was checked: {'; '.join(left)}", fg="yellow")
        return
    typer.secho(f"{total}: ok", fg="green")
