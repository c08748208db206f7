"""`demo`: a city with cases, logins and a wall, ready to be looked at."""

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import typer

from commandcenter.cli import access
from commandcenter.cli.children import children
from commandcenter.cli.preparation import HISTORY_DAYS, is_prepared, prepare_in_child
from commandcenter.cli.processes import listen
from commandcenter.cli.serving import address
from commandcenter.cli.supervisor import Supervisor
from commandcenter.errors import SettingsError
from commandcenter.settings import Settings

LEAST_RATE = 200


@dataclass(frozen=True, slots=True)
class Wanted:
    """What `demo` was asked for; `rate` is cases a day, or with /s at the end a second."""

    city: str
    history: int
    rate: str
    speed: float
    as_json: bool


def run(settings: Settings, wanted: Wanted) -> None:
    """Prepare the city if that was not done yet, then serve it until stopped."""
    settings = _settings(settings, wanted)
    settings.data.mkdir(parents=True, exist_ok=True)
    settings.secret()
    if not is_prepared(settings):
        prepare_in_child(settings, wanted.history)
    listener = listen(settings)
    url = address(settings, listener)
    announce = _Announcement(url, access.made(settings, wanted.history), wanted.as_json)
    supervisor = Supervisor(settings, children(listener.fileno(), settings.web_processes))
    supervisor.run(announce)
    sys.exit(supervisor.exit_code)


def _settings(settings: Settings, wanted: Wanted) -> Settings:
    data = settings.data
    if "data" not in settings.model_fields_set:
        data = Path("data") / f"demo-{wanted.city}"
    options = dict(settings.options) | {"speed": str(wanted.speed)} | _rate(wanted, data)
    given = {"city": wanted.city, "options": options, "data": data}
    return settings.model_copy(update=given)


def _rate(wanted: Wanted, data: Path) -> dict[str, str]:
    """Return the option for how many cases come: by default as many as in the history.

    Else today would stand out against the usual, and the rules would rightly see a surge.
    """
    if wanted.rate:
        number = wanted.rate.removesuffix("/s")
        if not number.replace(".", "", 1).isdigit():
            raise SettingsError(f"--rate {wanted.rate}: give cases a day as 10000, or 50/s")
        return {"per_second" if wanted.rate.endswith("/s") else "rate": number}
    kept = access.kept(data)
    history = kept["history"] if kept else wanted.history
    return {"rate": str(max(history // HISTORY_DAYS, LEAST_RATE))}


class _Announcement:
    """Says how to open the city, once, as soon as it answers."""

    def __init__(self, url: str, given: dict[str, Any], as_json: bool) -> None:
        self._url = url
        self._access = given
        self._as_json = as_json
        self._said = False

    def __call__(self) -> None:
        """Look whether the server is ready and say so."""
        if self._said or not self._is_ready():
            return
        self._said = True
        wall = f"{self._url}/wall/{access.WALL}?key={self._access['wall_key']}"
        if self._as_json:
            said = {
                "url": self._url, "wall": wall, "source_key": self._access["source_key"],
                "operator_key": self._access["operator_key"], "logins": self._access["logins"],
            }  # fmt: skip
            print(json.dumps(said), flush=True)
            return
        typer.echo(f"\n  The wall    {wall}")
        for login in self._access["logins"]:
            typer.echo(
                f"  {login['role']:<13} {self._url}{login['path']}   "
                f"user {login['user']}, password {login['password']}"
            )
        typer.echo("  Ctrl-C ends it; the next start goes on where this one was.\n")

    def _is_ready(self) -> bool:
        try:
            with urlopen(f"{self._url}/readyz", timeout=1) as answer:
                return bool(answer.status == 200)
        except (URLError, TimeoutError, ConnectionError):
            return False
