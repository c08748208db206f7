"""From the start of the server to the first frame, with thirty districts' plugins beside none.

The plugins are what `plugin new --source --panel --risk-rule` writes, two for each district; each
has processes of its own. A screen waits at the server's port while it starts; the time runs from
the start of the first process to the first panel that arrives. Starts of both kinds take turns.
"""

import argparse
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

from bench.city import demonstration, environment
from bench.restart import enter, restart_seconds, spread
from bench.tables import print_table
from commandcenter.cli.plugins.scaffold import Wanted, write_plugin
from commandcenter.host.manifest import FILE, claims_core
from commandcenter.settings import ROOT
from commandcenter.store.settings import CATALOGUE, setting
from commandcenter.store.store import Store

DEPTH = 1


def run(arguments: Sequence[str]) -> dict[str, Any]:
    """Measure; print a table, return all numbers."""
    parser = argparse.ArgumentParser(prog="python -m bench plugin_start", description=__doc__)
    parser.add_argument("--plugins", type=int, default=30)
    parser.add_argument("--history", type=int, default=200_000, help="cases")
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="bench-") as made:
        data, none, many = (Path(made, name) for name in ("data", "none", "many"))
        options = ("--history", str(asked.history), "--rate", "1")
        data.mkdir()
        _link_core(none)
        with environment(plugins=str(none)), demonstration(*options, folder=data) as city:
            cookie, districts = enter(city), _districts(data)
        _link_core(many)
        _generate(many, districts, asked.plugins)
        found: dict[int, list[float]] = {0: [], asked.plugins: []}
        in_use = 0
        for _ in range(asked.rounds):
            for count, folder in ((0, none), (asked.plugins, many)):
                with environment(plugins=str(folder)):
                    found[count].append(restart_seconds(data, options, cookie))
            in_use = _in_use(data)
    rows = [{"plugins": count, **spread(seconds)} for count, seconds in found.items()]
    slower = rows[1]["first_frame_s"] - rows[0]["first_frame_s"]
    print_table(
        ("plugins", "first frame s", "slowest s"),
        [(row["plugins"], row["first_frame_s"], row["slowest_s"]) for row in rows],
    )
    return {"cases": asked.history, "in_use": in_use, "slower_s": round(slower, 2), "rows": rows}


def _link_core(folder: Path) -> None:
    folder.mkdir()
    for manifest in sorted((ROOT / "plugins").glob(f"*/{FILE}")):
        if claims_core(manifest):
            (folder / manifest.parent.name).symlink_to(manifest.parent)


def _generate(folder: Path, districts: Sequence[str], count: int) -> None:
    for number in range(count):
        name, district = f"district_{number:02}", districts[number % len(districts)]
        wanted = Wanted(name, source=True, panel=True, rule=True, districts=[district])
        write_plugin(wanted, folder / name)


def _districts(data: Path) -> list[str]:
    store = Store(f"sqlite:///{data / 'commandcenter.db'}")
    with store.read() as connection:
        query = f"SELECT code FROM cells WHERE depth = {DEPTH} ORDER BY code"
        found = [str(code) for (code,) in connection.exec_driver_sql(query)]
    store.close()
    return found


def _in_use(data: Path) -> int:
    """Return how many plugins outside the core were in use in the start before."""
    store = Store(f"sqlite:///{data / 'commandcenter.db'}")
    with store.read() as connection:
        document = setting(connection, CATALOGUE)
    store.close()
    states: list[Mapping[str, Any]] = orjson.loads(document or '{"plugins": []}')["plugins"]
    return sum(state["state"] == "ok" and not state["core"] for state in states)
