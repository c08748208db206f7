"""Who may open which stream: the topics follow from the page and the viewer, nobody names them."""

from collections.abc import Mapping

from flask import Flask
from werkzeug.test import EnvironBuilder

from commandcenter.domain.viewers import Viewer
from commandcenter.errors import NotFound
from commandcenter.live.grants import StreamGrant
from commandcenter.live.topics import Topic
from commandcenter.screen.case_page import case_topics
from commandcenter.screen.cell_page import cell_topics
from commandcenter.screen.desk import desk_topics
from commandcenter.web import places, viewers
from commandcenter.web.services import Services


class Streams:
    """Grants streams to visitors; callable from any thread."""

    def __init__(self, app: Flask, services: Services) -> None:
        self._app = app
        self._services = services

    def authorise(self, headers: Mapping[str, str], query: Mapping[str, str]) -> StreamGrant | None:
        """Return what a request may hear, None for nobody's; raises NotFound for no such page."""
        sent = [("Cookie", headers.get("cookie", ""))]
        environ = EnvironBuilder("/stream", query_string=dict(query), headers=sent).get_environ()
        with self._app.request_context(environ):
            visitor = viewers.present()
            if visitor is None:
                return None
            topics = self._topics(visitor.viewer, query)
            holder = ":".join(visitor.id.split(":")[:2])
            return StreamGrant(tuple(topics), visitor.viewer.language, holder)

    def _topics(self, viewer: Viewer, query: Mapping[str, str]) -> list[Topic]:
        if "layout" in query:
            place = places.a_wall(self._services, viewer, query["layout"], query.get("cell"))
            return list(place.layout.topics(viewer, place.scope).values())
        around = places.surroundings(self._services, viewer)
        if "cell" in query:
            cell = places.a_cell(self._services, viewer, query["cell"])
            return list(cell_topics(around, cell.code).values())
        if "case" in query:
            case = places.a_case(self._services, viewer, query["case"])
            return list(case_topics(around, case.file).values())
        if "desk" in query:
            places.a_desk(viewer)
            return list(desk_topics(around).values())
        raise NotFound("no such stream")
