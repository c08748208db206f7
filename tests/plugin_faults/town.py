"""A running city with misbehaving plugins: its server, a wall in a browser, streams and events."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from time import time

from playwright.sync_api import Browser as Chromium

from commandcenter.cases import accounts
from commandcenter.domain.viewers import Clearance
from commandcenter.store import cities
from commandcenter.store.store import Store
from tests.e2e.browsers import Browser
from tests.e2e.servers import CITY, Server
from tests.e2e.streams import Screens
from tests.plugin_faults.folders import NEIGHBOUR, PROBE, Folders
from tests.plugin_faults.meter import Meter
from tests.plugin_faults.watched import Watched

EVENTS_PER_SECOND = 50.0
STREAMS = 10
HISTORY = ("--history", "2000", "--rate", "1")
SOURCE_ROW = re.compile(r"<tr[^>]*><td><svg.*?</svg>([^<]+)</td><td>([^<]*)(?:<small>([^<]*))?")


@dataclass
class Town:
    """Everything of a run that goes on while plugins misbehave."""

    server: Server
    folders: Folders
    wall: Watched
    meter: Meter
    streams: Screens
    operator: Browser

    def sources(self) -> dict[str, tuple[str, str]]:
        """Return state and reason of each source by its title, as the operators' page has them."""
        page = self.operator.get("/operations/figures").text
        table = page.partition("sources")[2].partition("</table>")[0]
        return {
            html.unescape(title): (html.unescape(state).strip(), html.unescape(reason))
            for title, state, reason in SOURCE_ROW.findall(table)
        }

    def losses(self) -> list[str]:
        """Return which screens were lost, and why."""
        lost = [
            f"stream {number} was opened {screen.opened} times"
            for number, screen in enumerate(self.streams.screens)
            if screen.opened != 1 or not screen.is_open
        ]
        return lost + self.wall.losses()


@contextmanager
def town(server: Server, folders: Folders, chromium: Chromium) -> Iterator[Town]:
    """Start everything; the server, made by `server_of`, is the caller's to stop."""
    server.demo(*HISTORY)
    keys = _wall_keys(server, (PROBE, NEIGHBOUR))
    links = {name: f"{server.url}/wall/{name}?key={key}" for name, key in keys.items()}
    operator = Browser(server)
    login = next(each for each in server.said["logins"] if each["role"] == "operator")
    operator.log_in(login["user"], login["password"])
    operator.enrol()
    context = chromium.new_context(viewport={"width": 1920, "height": 540}, locale="zh-CN")
    wall = Watched(context.new_page(), server.url)
    wall.open(server.said["wall"])
    meter = Meter(server.url, links, server.said["source_key"], EVENTS_PER_SECOND)
    meter.start()
    try:
        with Screens(server.url, server.said["wall"], STREAMS) as streams:
            yield Town(server, folders, wall, meter, streams, operator)
    finally:
        meter.close()
        context.close()


def variables(folders: Folders) -> dict[str, object]:
    """The settings of the server of a run."""
    return {"plugins": folders.plugins, "layouts": folders.layouts}


def _wall_keys(server: Server, layouts: Sequence[str]) -> dict[str, str]:
    """Add a key for a wall of each layout; returns them by layout."""
    store = Store(f"sqlite:///{server.data / 'commandcenter.db'}")
    now = round(time() * 1000)
    with store.write() as connection:
        tree = cities.load_tree(connection)
        made = {
            name: accounts.add_key(
                connection, tree, accounts.KeyKind.WALL,
                accounts.Grant(f"wall of {name}", CITY, Clearance.PUBLIC, name), now,
            )
            for name in layouts
        }  # fmt: skip
    store.close()
    return made
