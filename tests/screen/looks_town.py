"""The served town whose pages are looked at: tablets, a desk, an audit log, photos."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace
from typing import cast

from commandcenter.cases import photos
from commandcenter.cases.accounts import Grant
from commandcenter.cases.photos import Taken
from commandcenter.domain.matters import Channel, PublicForm
from commandcenter.domain.roles import Role
from commandcenter.domain.text import Text
from commandcenter.domain.viewers import Clearance
from commandcenter.host.values import check_values
from commandcenter.live import frames
from commandcenter.live.topics import Topic
from commandcenter.testing import FakeView, small_catalogue
from commandcenter.web.flask_app import Site
from commandcenter.web.links import Links
from tests.plugins.faces import plugin
from tests.screen.desk_server import PANELS as DESK_PANELS
from tests.screen.looks_fill import boards, coordinate, handle
from tests.screen.tablet_server import Tablets, tablets, whole
from tests.web.conftest import Town, now
from tests.web.people import add_people, signed_in
from tests.web.pictures import picture

CITY, EAST, WEST = "990100", "990102", "990103"
LEAF = f"{EAST}001001001001"
LEADER, AUDITOR, DUTY = "leader", "auditor", "duty"


class LooksTown(Tablets):
    """A served city that has desks too."""

    def view(self, topic: Topic) -> FakeView:
        return replace(super().view(topic), **boards(now()))

    def publish(self, topic: Topic) -> None:
        if topic.panel not in DESK_PANELS:
            super().publish(topic)
            return
        panel = DESK_PANELS[topic.panel]
        view = FakeView(
            self.counts, at=topic.scope, language=topic.language, clearance=topic.clearance,
            now=now(), options=dict(topic.options),
        )  # fmt: skip
        parts = check_values(panel, panel.render(view))
        frame = frames.Frame(topic.key, now(), parts, full=True)
        self.server.services.bus.publish(frames.CHANNEL, frames.encode(frame))


@dataclass(frozen=True)
class Places:
    """The served town and the addresses of what is looked at, by what it is."""

    town: LooksTown
    paths: dict[str, str]
    case: int

    def cookie(self, name: str) -> str:
        """The cookie of a browser in which somebody is signed in."""
        kept = signed_in(_town(self.town), name).get_cookie("session")
        assert kept is not None
        return kept.value


@contextmanager
def looked_at(folder: Path) -> Iterator[Places]:
    """Serve the town until the block ends."""
    with tablets(folder, LooksTown) as town:
        services = town.server.services
        form = PublicForm(Text("这里有什么问题？", "What is wrong here?"))
        known = small_catalogue(plugin("desk"), plugin("tablet"))
        hotline = Channel("hotline", Text("热线", "Hotline"), form=form)
        channels = known.channels | {"hotline": hotline}
        services.catalogue = known.model_copy(update={"channels": channels})
        add_people(
            _town(town),
            Grant(LEADER, CITY, Clearance.STAFF, role=Role.LEADER),
            Grant(AUDITOR, CITY, Clearance.STAFF, role=Role.AUDITOR),
            Grant(DUTY, CITY, Clearance.PERSONAL, role=Role.DUTY_OFFICER),
        )
        town.counts = {"open": {LEAF: 4, WEST: 2}, "overdue": {WEST: 1}, "reported": {LEAF: 3}}
        number = town.report(LEAF, "looks", matter="E0101")
        pictured = town.report(LEAF, "pictured", matter="E0101")
        _picture(town, pictured)
        coordinate(services, pictured)
        handled = town.report(LEAF, "handled", matter="E0101")
        handle(services, whole(town.server), "handled")
        token = Links(services.settings.secret()).poster(LEAF)
        paths = {
            "branch": f"/cell/{CITY}", "leaf": f"/cell/{LEAF}", "case": f"/case/{number}",
            "search": "/search?q=垃圾", "inspection": "/inspection/1", "account": "/account",
            "poster": f"/q/{token}", "report": f"/report/{token}", "receipt": "/receipt",
            "photos": f"/case/{pictured}", "desk": "/desk?queue=all",
            "desk_case": f"/desk?queue=all&case={pictured}",
            "desk_proof": f"/desk?queue=all&case={handled}",
            "whistles": "/desk?queue=whistles", "directives": "/desk?queue=directives",
        }  # fmt: skip
        yield Places(town, paths, number)


def _town(town: Tablets) -> Town:
    site = SimpleNamespace(app=town.server.front.flask)
    return Town(town.server.services, cast(Site, site), town.server.keys)


def _picture(town: Tablets, case: int) -> None:
    """Keep two photos of a case."""
    with town.server.services.store.write() as connection:
        for number in range(2):
            made = picture(100 + 10 * number, 90)
            taken = Taken(
                sha256(made).hexdigest(), "image/jpeg", 120, 90, made, made,
                town.server.services.tree.position[LEAF], case,
            )  # fmt: skip
            photos.keep(connection, whole(town.server), taken, now())
