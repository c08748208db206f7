"""GET /tiles: the map's vector tiles, each with only what the viewer sees."""

from http import HTTPStatus

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, Field

from commandcenter.domain.rights import Right
from commandcenter.domain.viewers import Viewer
from commandcenter.errors import NotFound
from commandcenter.web import viewers
from commandcenter.web.bodies import read_query
from commandcenter.web.errors import Refusal
from commandcenter.web.permission import needs
from commandcenter.web.services import Services

DEEPEST_ZOOM = 22
DAY_SECONDS = 24 * 3600


class TileQuery(BaseModel):
    """Which cell's tiles, and of which level; `v` makes an address change with its content."""

    cell: str | None = Field(None, max_length=64)
    depth: int | None = Field(None, ge=0, le=32)
    v: str = Field("", max_length=64)


class MapTiles:
    """Serves tiles of the viewer's scope, or of a cell within it."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def blueprint(self) -> Blueprint:
        """Return the routes."""
        routes = Blueprint("tiles", __name__)
        routes.get("/tiles/ground.json")(self.ground)
        routes.get("/tiles/<int:z>/<int:x>/<int:y>.pbf")(self.tile)
        return routes

    @needs(Right.LOOK, rate="pages")
    def ground(self) -> ResponseReturnValue:
        """Return what a map starts from: bounds, levels and depths of the cells."""
        asked = read_query(request, TileQuery)
        first, last = viewers.narrowed(self._services, _viewer(), asked.cell)
        answer = _zipped(self._services.tiles().ground(first, last), "application/json")
        answer.cache_control.no_cache = True
        return answer

    @needs(Right.LOOK, rate="pages")
    def tile(self, z: int, x: int, y: int) -> ResponseReturnValue:
        """Return one tile; one outside the city is empty."""
        asked = read_query(request, TileQuery)
        if z > DEEPEST_ZOOM or x >= 1 << z or y >= 1 << z:
            raise NotFound("no such tile")
        first, last = viewers.narrowed(self._services, _viewer(), asked.cell)
        data = self._services.tiles().tile(z, x, y, first, last, asked.depth)
        answer = _zipped(data, "application/vnd.mapbox-vector-tile")
        answer.cache_control.max_age = DAY_SECONDS if asked.v else 0
        return answer


def _viewer() -> Viewer:
    visitor = viewers.present()
    if visitor is None:
        raise Refusal(HTTPStatus.UNAUTHORIZED, "unauthorized", "log in first")
    return visitor.viewer


def _zipped(data: bytes, kind: str) -> Response:
    answer = Response(data, mimetype=kind)
    answer.content_encoding = "gzip"
    # Another viewer of the same browser must not get these: the scope is in no address.
    answer.cache_control.private = True
    answer.vary.add("Cookie")
    return answer
