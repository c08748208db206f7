"""The scripts of a tablet's page: what it needs in one file, what it needs later by itself.

A wall loads its scripts once in months, and each by itself; a tablet on a bad connection waits for
every question it asks.
"""

import pkgutil
import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from dash.fingerprint import check_fingerprint

SCRIPT = re.compile(r'<script src="(/[^"]+)"></script>\n?')
SUITES, ASSETS = "/_dash-component-suites/", "/assets/"
NEVER = ("dash_mantine_components/", "dash_ag_grid/", "dash/dash_table/", "/assets/desk")
"""Parts of addresses of scripts that no tablet needs."""
APART = "/dcc/"
"""These find their further pieces by their own address."""
FOLDER = "/static/shell/"
BEGIN = Path(__file__).parent / "static" / "begin.js"


@dataclass(frozen=True, slots=True)
class Scripts:
    """The addresses of a tablet's scripts in their order, and the file that the first one names."""

    addresses: tuple[str, ...]
    name: str
    data: bytes


def bundled(shell: str, assets: Path) -> Scripts:
    """Return the scripts for a shell in which Dash has named each by itself."""
    addresses = SCRIPT.findall(shell)
    needed = [each for each in addresses if not any(part in each for part in NEVER)]
    apart = [each for each in needed if APART in each]
    inside = [each for each in needed if each not in apart]
    # The first statement is empty, so that no script's "use strict" holds for all that follow.
    data = b";\n" + b";\n".join(_read(each, assets) for each in inside)
    name = f"{sha256(data).hexdigest()[:16]}.js"
    return Scripts((FOLDER + name, *apart), name, data)


def tags(sheet: str, scripts: Sequence[str]) -> str:
    """Return what fetches the sheet and the scripts at once, and begins when the page was seen.

    A script that is there at once, out of the browser's cache, would else run before the first
    sight of the page and hold it up for as long as it takes.
    """
    begun = sha256(BEGIN.read_bytes()).hexdigest()[:8]
    ahead = [("style", sheet), *(("script", each) for each in scripts)]
    wanted = [f'<link rel="preload" as="{kind}" href="{each}">' for kind, each in ahead]
    return "\n".join([*wanted, f'<script defer src="/static/begin.js?m={begun}"></script>'])


def _read(address: str, assets: Path) -> bytes:
    path = address.partition("?")[0]
    if path.startswith(ASSETS):
        return (assets / path.removeprefix(ASSETS)).read_bytes()
    package, _, printed = path.removeprefix(SUITES).partition("/")
    plain: str = check_fingerprint(printed)[0]  # type: ignore[no-untyped-call]
    found = pkgutil.get_data(package, plain)
    assert found is not None, address
    return found
