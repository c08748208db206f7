"""The small city's pages for tablets under a real server; tests send what a worker would."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import orjson
from playwright.sync_api import Page

from commandcenter.domain.cases import Command
from commandcenter.domain.roles import Role
from commandcenter.domain.viewers import Clearance, Viewer
from commandcenter.host.panel import CaseLine
from commandcenter.host.reports import Update
from commandcenter.host.values import check_values
from commandcenter.live import frames
from commandcenter.live.topics import Topic
from commandcenter.screen.tiling import build_tiles
from commandcenter.testing import FakeView, small_catalogue, small_data
from commandcenter.testing.city import small_tree
from commandcenter.web.services import Tiles
from tests.plugins.faces import plugin
from tests.web.conftest import CITY, PASSWORD, make_services, now, report
from tests.web.serving import Server, serving

HEARD = """() => [...document.querySelectorAll('#tablet .cc-tile[data-state]')].every(
  (tile) => ['live', 'late', 'stale', 'withheld'].includes(tile.dataset.state))"""
"""Every tile of a tablet's page has been told its values; the server knows them for a while."""
PANELS = {panel.key: panel for panel in plugin("tablet").code.register_panels()}


@dataclass
class Tablets:
    """A served city; a worker of the tests renders what is watched from `counts`, unless silent."""

    server: Server
    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    silent: bool = False
    cases: list[CaseLine] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server.port}"

    def open(self, page: Page, path: str, name: str = "city") -> Page:
        """Log in and go to a page."""
        page.goto(f"{self.address}/login?next={path}")
        page.fill("[name=name]", name)
        page.fill("[name=password]", PASSWORD)
        page.click("[type=submit]")
        page.wait_for_url(f"**{quote(path, safe='/?=&%')}")
        return page

    def hear(self, _: str, payload: bytes) -> None:
        """Render what a hub asks for, as a worker does."""
        for key in [] if self.silent else orjson.loads(payload)["new"]:
            self.publish(Topic.parse(key))

    def show(self) -> None:
        """Render everything that is watched anew, since the counts have changed."""
        for key in list(self.server.front.stream.hub._topics):
            self.publish(Topic.parse(key))

    def view(self, topic: Topic) -> FakeView:
        return FakeView(
            self.counts, at=topic.scope, language=topic.language, clearance=topic.clearance,
            now=now(), cases=self.cases,
        )  # fmt: skip

    def publish(self, topic: Topic) -> None:
        panel = PANELS[topic.panel]
        parts = check_values(panel, panel.render(self.view(topic)))
        frame = frames.Frame(topic.key, now(), parts, full=True)
        self.server.services.bus.publish(frames.CHANNEL, frames.encode(frame))

    def report(self, cell: str, external_id: str, **more: object) -> int:
        """Take a case in and return its id."""
        viewer = whole(self.server)
        (answer,) = self.server.services.intake.accept(viewer, [report(cell, external_id) | more])
        assert answer.id is not None, answer
        return answer.id

    def move(self, external_id: str, command: Command) -> None:
        """Give a command to a case."""
        viewer = whole(self.server)
        update = Update("tests", external_id, command, now())
        (outcome,) = self.server.services.intake.advance(viewer, [update])
        assert outcome.refusal is None


def whole(server: Server) -> Viewer:
    """A viewer of the whole city, as a source is."""
    last = len(server.services.tree) - 1
    return Viewer("tests", CITY, 0, last, Clearance.PERSONAL, kind="source", role=Role.SOURCE)


@contextmanager
def tablets(folder: Path, kind: type[Tablets] = Tablets) -> Iterator[Any]:
    """Serve the small city with the tablet's panels until the block ends."""
    tree, data = small_tree(), small_data()
    outlines = {tree.position[code]: wkb for code, wkb in data.outlines.items()}
    build_tiles(folder / "tiles.db", tree, outlines, lambda *_: None)
    made = make_services(folder, f"sqlite:///{folder / 'commandcenter.db'}")
    catalogue = small_catalogue(plugin("tablet"))
    services = replace(made, catalogue=catalogue, tiles=Tiles(folder / "tiles.db"))
    with serving(services) as running:
        town = kind(running)
        hearing = made.bus.subscribe(["interest"], town.hear)
        yield town
        hearing.close()
    made.bus.close()
    made.store.close()
