"""Who may open which stream: the topics follow from the page and the viewer, nobody names them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import urlencode

from flask import Flask
from werkzeug.test import EnvironBuilder

from commandcenter.domain.rights import Block, Right
from commandcenter.domain.viewers import Viewer
from commandcenter.errors import NotFound
from commandcenter.live.grants import StreamGrant
from commandcenter.live.topics import Topic
from commandcenter.screen.case_page import case_topics
from commandcenter.screen.cell_page import cell_topics
from commandcenter.screen.desk import desk_topics
from commandcenter.screen.inspection_page import inspection_topics
from commandcenter.web import places, viewers
from commandcenter.web.inspection_pages import an_inspection, the_inspections
from commandcenter.web.permission import declared, needs
from commandcenter.web.services import Services

Topics = Callable[[Viewer, Mapping[str, str]], Mapping[str, Topic]]
"""Returns topics by slot for a viewer and the query of a stream; raises NotFound."""
BY_VIEWER = ("layout", "cell", "desk")
"""Kinds whose topics follow from viewer and query alone, without a look into the store."""
MOST_KEPT, LONGEST_KEPT = 1000, 200


class Streams:
    """Grants streams to visitors; callable from any thread."""

    def __init__(self, app: Flask, services: Services) -> None:
        self._app = app
        self._services = services
        self._kept = Kept("")
        self._asked = EnvironBuilder("/stream").get_environ()

    def authorise(self, headers: Mapping[str, str], query: Mapping[str, str]) -> StreamGrant | None:
        """Return what a request may hear, None for nobody's; raises NotFound for no such page."""
        sent = {"HTTP_COOKIE": headers.get("cookie", ""), "QUERY_STRING": urlencode(query)}
        with self._app.request_context(self._asked | sent):
            visitor = viewers.present()
            if visitor is None:
                return None
            try:
                topics = self._topics(visitor.viewer, query)
            except NotFound:
                self._services.auditing.refused(404, "stream", {"asked": str(dict(query))[:200]})
                raise
            return StreamGrant(topics, visitor.viewer.language, visitor.holder)

    @property
    def kinds(self) -> Mapping[str, Topics]:
        """The kinds of streams by the name in the query that asks for them; the first wins."""
        return {
            "layout": self.of_wall, "cell": self.of_cell, "case": self.of_case,
            "search": self.of_search, "desk": self.of_desk, "inspection": self.of_inspection,
            "inspections": self.of_inspections,
        }  # fmt: skip

    @needs(Right.LOOK)
    def of_wall(self, viewer: Viewer, query: Mapping[str, str]) -> Mapping[str, Topic]:
        """Return the topics of a wall."""
        place = places.a_wall(self._services, viewer, query["layout"], query.get("cell"))
        return place.layout.topics(viewer, place.scope)

    @needs(Right.LOOK)
    def of_cell(self, viewer: Viewer, query: Mapping[str, str]) -> Mapping[str, Topic]:
        """Return the topics of a cell's page."""
        cell = places.a_cell(self._services, viewer, query["cell"], query)
        return cell_topics(places.surroundings(self._services, viewer), cell.code, cell.look)

    @needs(Right.LOOK, block=Block.CASES)
    def of_case(self, viewer: Viewer, query: Mapping[str, str]) -> Mapping[str, Topic]:
        """Return the topic that tells when something moves where a case lies."""
        case = places.a_case(self._services, viewer, query["case"])
        return case_topics(places.surroundings(self._services, viewer), case.file)

    @needs(Right.SEARCH)
    def of_search(self, viewer: Viewer, query: Mapping[str, str]) -> Mapping[str, Topic]:
        """Return no topic: the page of a search only hears that the server is another one."""
        places.a_search(viewer, query)
        return {}

    @needs(Right.LOOK, block=Block.CASES)
    def of_inspection(self, viewer: Viewer, query: Mapping[str, str]) -> Mapping[str, Topic]:
        """Return the topics that tell when something moves where an inspection found cases."""
        place = an_inspection(self._services, viewer, query["inspection"])
        return inspection_topics(places.surroundings(self._services, viewer), place.file)

    @needs(Right.LOOK, block=Block.CASES)
    def of_inspections(self, viewer: Viewer, query: Mapping[str, str]) -> Mapping[str, Topic]:
        """Return no topic: the list of inspections only hears that the server is another one."""
        the_inspections(self._services, viewer)
        return {}

    @needs(Right.DESK, block=Block.CASES)
    def of_desk(self, viewer: Viewer, query: Mapping[str, str]) -> Mapping[str, Topic]:
        """Return the topics of the viewer's desk."""
        places.a_desk(viewer)
        return desk_topics(places.surroundings(self._services, viewer))

    def _topics(self, viewer: Viewer, query: Mapping[str, str]) -> tuple[Topic, ...]:
        name = next((name for name in self.kinds if name in query), None)
        permission = declared(self.kinds[name]) if name else None
        if name is None or permission is None:
            raise NotFound("no such stream")
        permission.require(viewer)
        if name in BY_VIEWER:
            return self._kept_topics(name, viewer, query)
        return tuple(self.kinds[name](viewer, query).values())

    def _kept_topics(
        self, name: str, viewer: Viewer, query: Mapping[str, str]
    ) -> tuple[Topic, ...]:
        """Return topics that are worked out once for all alike, until pages are of another build.

        Who is asking, and what he may see, has been looked up before; the name changes no topic.
        """
        build = self._services.hub.build  # first: see Services
        if self._kept.build != build or len(self._kept.topics) > MOST_KEPT:
            self._kept = Kept(build)
        topics = self._kept.topics
        key = name, replace(viewer, name=""), tuple(sorted(query.items()))
        found = topics.get(key)
        if found is None:
            found = tuple(self.kinds[name](viewer, query).values())
            if sum(len(value) for value in query.values()) < LONGEST_KEPT:
                topics[key] = found
        return found


@dataclass(frozen=True)
class Kept:
    """Topics of a build by kind, viewer and query."""

    build: str
    topics: dict[object, tuple[Topic, ...]] = field(default_factory=dict)
