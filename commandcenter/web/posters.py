"""/q/<token>: where a scanned code leads: staff to the place, anybody else to report there."""

from http import HTTPStatus
from io import BytesIO
from typing import Any

import segno
from flask import Blueprint, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from commandcenter.domain.matters import Channel
from commandcenter.domain.rights import Right
from commandcenter.errors import NotFound
from commandcenter.host.catalogue import Catalogue
from commandcenter.screen.tablet import cell_path
from commandcenter.web import places, preferences
from commandcenter.web.links import Links, WallShown
from commandcenter.web.pages import plain_page
from commandcenter.web.permission import needs, open_to_all
from commandcenter.web.services import Services
from commandcenter.web.viewers import present

LONGEST_FACE = 40
TOO_OLD = "这个二维码已过期,请重新扫描大屏上的二维码"


class Posters:
    """Leads who has scanned a code, and draws the code of a wall."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._links = Links(services.settings.secret())

    def blueprint(self) -> Blueprint:
        """Return the routes."""
        routes = Blueprint("posters", __name__)
        routes.get("/q/<token>")(self.lead)
        routes.get("/w/<token>")(self.follow_wall)
        routes.get("/wall/<key>/code.svg")(self.wall_code)
        return routes

    @open_to_all("a poster leads staff to the login and anybody else to report", rate="addresses")
    def lead(self, token: str) -> ResponseReturnValue:
        """Lead staff to the place of a poster, and ask everybody else what they want."""
        code = self._links.cell(token)
        visitor, tree = present(), self._services.tree
        if code not in tree:
            raise NotFound("no such cell")
        if visitor is not None and visitor.viewer.sees(tree.position[code]):
            return redirect(cell_path(code), HTTPStatus.SEE_OTHER)
        values: dict[str, Any] = {
            "name": tree.cells[tree.position[code]].name,
            "report": (
                url_for("public_reports.show", token=token)
                if public_channel(self._services.catalogue) else ""
            ),
            "login": url_for("login.show", next=cell_path(code)),
            "switch": url_for(
                "posters.lead", token=token, lang=preferences.other_language(self._services)
            ),
        }  # fmt: skip
        return plain_page(self._services, "poster.html", **values)

    @needs(Right.LOOK)
    def follow_wall(self, token: str) -> ResponseReturnValue:
        """Lead somebody who is logged in to what a wall showed a moment ago."""
        try:
            path = self._links.shown(token).path
        except NotFound:
            status = HTTPStatus.NOT_FOUND
            page = plain_page(self._services, "error.html", status=int(status), message=TOO_OLD)
            return page, status
        return redirect(path, HTTPStatus.SEE_OTHER)

    @needs(Right.LOOK)
    def wall_code(self, key: str) -> ResponseReturnValue:
        """Return the code of what a wall shows now, as a drawing; it is good for a short while."""
        visitor = present()
        if visitor is None:
            raise NotFound("no such page")
        asked = request.args.get("cell")
        wall = places.a_wall(self._services, visitor.viewer, key, asked)
        shown = WallShown(wall.layout.key, wall.scope, request.args.get("face", "")[:LONGEST_FACE])
        address = url_for("posters.follow_wall", token=self._links.wall(shown), _external=True)
        drawn = BytesIO()
        segno.make_qr(address, error="l").save(
            drawn, kind="svg", border=2, dark="#0b1622", light="#e8eef5", xmldecl=False
        )
        answer = Response(drawn.getvalue(), mimetype="image/svg+xml")
        answer.cache_control.no_store = True
        return answer


def public_channel(catalogue: Catalogue) -> Channel | None:
    """Return the channel by which anybody may report, None where no plugin brings one."""
    return next((channel for channel in catalogue.channels.values() if channel.form), None)
