"""The small city's desk under a real server; tests send what a worker would."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import orjson
from playwright.sync_api import Page

from commandcenter.cases import accounts, commands
from commandcenter.cases.accounts import Grant
from commandcenter.cases.commands import Outcome
from commandcenter.cases.instructions import Instruction
from commandcenter.domain.roles import Role
from commandcenter.domain.viewers import Clearance, Viewer
from commandcenter.host.values import check_values
from commandcenter.live import frames
from commandcenter.live.topics import Topic
from commandcenter.screen.tiling import build_tiles
from commandcenter.testing import FakeView, small_catalogue, small_data
from commandcenter.testing.city import small_tree
from commandcenter.web.services import Services, Tiles
from tests.plugins.faces import plugin
from tests.web.conftest import CITY, EAST, PASSWORD, hashed_password, make_services, now
from tests.web.serving import Server, serving

PANELS = {panel.key: panel for panel in plugin("desk").code.register_panels()}
UNIT = f"{EAST}-hw"
DUTY, OFFICER = "duty", "officer"


@dataclass
class Desks:
    """A served city with a duty officer and an officer of a unit; `counts` is what a worker has."""

    server: Server
    counts: dict[str, dict[str, int]] = field(default_factory=dict)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server.port}"

    @property
    def services(self) -> Services:
        return self.server.services

    def open(self, page: Page, path: str = "/desk", name: str = DUTY) -> Page:
        """Log in and go to the desk."""
        page.goto(f"{self.address}/login?next={path}")
        page.fill("[name=name]", name)
        page.fill("[name=password]", PASSWORD)
        page.click("[type=submit]")
        page.wait_for_url("**/desk*")
        return page

    def hear(self, _: str, payload: bytes) -> None:
        """Render what a hub asks for, as a worker does."""
        for key in orjson.loads(payload)["new"]:
            self.publish(Topic.parse(key))

    def show(self) -> None:
        """Render everything that is watched anew, since the counts have changed."""
        for key in list(self.server.front.stream.hub._topics):
            self.publish(Topic.parse(key))

    def publish(self, topic: Topic) -> None:
        view = FakeView(
            self.counts, at=topic.scope, language=topic.language, clearance=topic.clearance,
            now=now(), options=dict(topic.options),
        )  # fmt: skip
        panel = PANELS[topic.panel]
        parts = check_values(panel, panel.render(view))
        frame = frames.Frame(topic.key, now(), parts, full=True)
        self.services.bus.publish(frames.CHANNEL, frames.encode(frame))

    def report(self, *items: dict[str, object]) -> list[int]:
        """Take cases in and return their ids."""
        answers = self.services.intake.accept(self.source, list(items))
        assert all(answer.id for answer in answers), answers
        return [answer.id or 0 for answer in answers]

    def command(self, *given: Instruction, viewer: Viewer | None = None) -> list[Outcome]:
        """Give commands behind the desk's back, and let the desk hear of it."""
        rules = self.services.intake.rules
        with self.services.store.write() as connection:
            outcomes = commands.execute(
                connection, viewer or self.viewer, rules.desk, rules.matters, given
            )
        assert all(outcome.refusal is None for outcome in outcomes), outcomes
        moved = self.counts.setdefault("total", {})
        moved[CITY] = moved.get(CITY, 0) + 1
        self.show()
        return outcomes

    @property
    def viewer(self) -> Viewer:
        """Another duty officer of the whole city."""
        return replace(self.source, name="other", kind="user", role=Role.DUTY_OFFICER)

    @property
    def source(self) -> Viewer:
        last = len(self.services.tree) - 1
        return Viewer("tests", CITY, 0, last, Clearance.PERSONAL, kind="source", role=Role.SOURCE)


def item(external_id: str, **more: object) -> dict[str, object]:
    """A report that is accepted as it is."""
    return {
        "source": "tests", "external_id": external_id, "channel": "hotline",
        "title": "楼下垃圾堆放", "description": "已经三天", "cell": f"{EAST}001001001001",
        "occurred_at": "2026-11-20T08:00:00+08:00",
        "reporter": {"name": "张三", "phone": "13800000000"},
    } | more  # fmt: skip


def add_officers(services: Services, grants: Sequence[Grant] = ()) -> None:
    """Add who sits at the desks."""
    usual = (
        Grant(DUTY, CITY, Clearance.PERSONAL, role=Role.DUTY_OFFICER),
        Grant(OFFICER, EAST, Clearance.STAFF, role=Role.UNIT_OFFICER, unit=UNIT),
    )
    with services.store.write() as connection:
        for grant in (*usual, *grants):
            accounts.add_user(connection, services.tree, grant, hashed_password(), now())


@contextmanager
def desks(folder: Path) -> Iterator[Desks]:
    """Serve the small city with the desk's panels until the block ends."""
    tree, data = small_tree(), small_data()
    outlines = {tree.position[code]: wkb for code, wkb in data.outlines.items()}
    build_tiles(folder / "tiles.db", tree, outlines, lambda *_: None)
    made = make_services(folder, f"sqlite:///{folder / 'commandcenter.db'}")
    catalogue = small_catalogue(plugin("desk"), plugin("tablet"))
    services = replace(made, catalogue=catalogue, tiles=Tiles(folder / "tiles.db"))
    add_officers(services)
    with serving(services) as running:
        town = Desks(running)
        hearing = made.bus.subscribe(["interest"], town.hear)
        yield town
        hearing.close()
    made.bus.close()
    made.store.close()
