"""The one Dash application: the shell of all pages, and the one callback that fills it."""

import re
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from dash import Dash, Input, Output, State, dcc, html, no_update
from dash.development.base_component import Component
from flask import Flask, redirect, request, session
from flask.typing import ResponseReturnValue, RouteCallable
from orjson import Fragment

from commandcenter.domain.rights import Block, Right
from commandcenter.errors import NotFound
from commandcenter.screen.case_page import BODY, MOVES, case_body
from commandcenter.screen.cell_page import MAP
from commandcenter.screen.field_bar import BAR
from commandcenter.screen.tablet import cell_path
from commandcenter.web import places, preferences, viewers
from commandcenter.web.desk import DeskPages
from commandcenter.web.drawing import FILL, Drawing, asked_for, filled
from commandcenter.web.errors import Refusal
from commandcenter.web.inspection_pages import InspectionPages
from commandcenter.web.permission import Permissions, needs, required
from commandcenter.web.places import CasePlace, CellPlace, DeskPlace, SearchPlace, WallPlace
from commandcenter.web.services import Services
from commandcenter.web.shell import Shell
from commandcenter.web.viewers import Visitor

INDEX = """<!DOCTYPE html>
<html>
<head>
{%metas%}
<title>{%title%}</title>
<link rel="icon" href="/static/icon.svg" type="image/svg+xml">
<link rel="apple-touch-icon" href="/static/apple-touch-icon.png">
<link rel="manifest" href="/manifest.webmanifest">
<meta name="theme-color" content="#101f2e">
{%css%}
</head>
<body>
{%app_entry%}
{%config%}
{%scripts%}
{%renderer%}
</body>
</html>"""
UPDATE = "/_dash-update-component"
STILL_SECONDS = 0.1
"""So long the first sight of a page waits for values that nobody was shown a moment ago."""
DESK_SCRIPT = re.compile(r'<script src="[^"]*/dash_mantine_components/[^"]*"></script>')
"""What only the desk is made of: a wall that lives for months does not load it."""


class Pages:
    """The pages of walls, tablets and the desk."""

    def __init__(self, app: Flask, services: Services, permissions: Permissions) -> None:
        self._services = services
        self._permissions = permissions
        self._drawing = Drawing(services)
        self.dash = self._make(app)
        self._shell = Shell(app, self.dash.index, Path(services.settings.assets).resolve())
        self.dash.callback(
            Output("page", "children"), Input("url", "pathname"), Input("url", "search")
        )(self.fill)
        self.dash.callback(
            Output("url", "pathname"), Input(MAP, "tapped"), prevent_initial_call=True
        )(self.drill)
        self.dash.callback(
            Output(BODY, "children"),
            Output(BAR, "about"),
            Output(BAR, "acts"),
            Input(MOVES, "seen"),
            State("url", "pathname"),
            prevent_initial_call=True,
        )(self.follow)
        DeskPages(services).register(self.dash)
        InspectionPages(services).register(self.dash)
        self._guard(app)
        # Else the first request does it, and those that come in the meantime fail.
        self.dash._setup_server()  # type: ignore[no-untyped-call]

    @needs(Right.LOOK)
    def fill(self, path: str | None, search: str | None) -> Component | Fragment:
        """Return what an address shows; called in the page for every address it goes to."""
        visitor = _visitor()
        query = dict(parse_qsl((search or "").lstrip("?")))
        build = self._services.hub.build
        try:
            place = places.find(self._services, visitor.viewer, path or "/", query)
        except NotFound:
            self._services.auditing.refused(404, "page", {"path": str(path)[:200]})
            words = preferences.words(self._services)
            return html.Div(words("这里没有内容"), className="cc-nothing")
        if isinstance(place, DeskPlace):
            return self._drawing.desk(visitor.viewer, query)
        if isinstance(place, SearchPlace):
            self._permissions.hold(required(self.search), visitor.id)
        if isinstance(place, CellPlace):
            return self._drawing.cell(place, visitor, build)
        return self._drawing.page(place, visitor, build)

    @needs(Right.LOOK)
    def drill(self, tapped: dict[str, Any] | None) -> Any:
        """Return the address of the cell that was tapped on the map."""
        tree, viewer = self._services.tree, _visitor().viewer
        at = (tapped or {}).get("position")
        if not isinstance(at, int) or not 0 <= at < len(tree) or not viewer.sees(at):
            return no_update
        return cell_path(tree.cells[at].code)

    @needs(Right.LOOK, block=Block.CASES)
    def follow(self, seen: str | None, path: str | None) -> Any:
        """Return the case of an address as it stands now that something moved where it lies."""
        viewer = _visitor().viewer
        try:
            place = places.find(self._services, viewer, path or "/", {})
        except NotFound:
            return (no_update,) * 3
        if not isinstance(place, CasePlace):
            return (no_update,) * 3
        body = case_body(places.surroundings(self._services, viewer), place.file)
        # The bar itself stays: a form may be open in it, with words.
        case, bars = place.file.case, self._drawing.bars
        return body, bars.about_case(case), bars.acts_on_case(viewer, case)

    @needs(Right.SEARCH, rate="searches")
    def search(self) -> ResponseReturnValue:
        """Return the shell of the page of a search, which is held to a rate of its own."""
        return self.show()

    @needs(Right.LOOK, rate="pages")
    def show(self, **_: str) -> ResponseReturnValue:
        """Return the shell of a page that exists for this viewer; raises NotFound for others."""
        visitor = _visitor()
        place = places.find(self._services, visitor.viewer, request.path, request.args)
        if visitor.viewer.kind == "wall":
            session.modified = True  # its cookie starts anew and so outlives the years
        # Both come from a fixed choice and need no escaping.
        language, looks = preferences.html_language(self._services), preferences.looks()
        if not isinstance(place, WallPlace | DeskPlace):
            drawn = self._drawing.page(place, visitor, self._services.hub.build, STILL_SECONDS)
            return self._shell.html(self._drawing.still(drawn, visitor.viewer, language, looks))
        page: str = self.dash.index()  # type: ignore[no-untyped-call]
        root = f'<html lang="{language}" data-theme="{looks.theme}"'
        if isinstance(place, DeskPlace):
            root += f' data-looks="{" ".join(looks.chosen)}"'
        else:
            page = DESK_SCRIPT.sub("", page)
        return page.replace("<html>", f"{root}>", 1)

    @needs(Right.LOOK)
    def home(self) -> ResponseReturnValue:
        """Lead a visitor to where this visitor begins."""
        return redirect(places.home(self._services, _visitor()), HTTPStatus.SEE_OTHER)

    @needs(Right.LOOK)
    def missing(self, **_: str) -> ResponseReturnValue:
        """Answer for every address that is no page."""
        raise NotFound(f"no page {request.path}")

    @needs(Right.LOOK, rate="pages")
    def update(self) -> ResponseReturnValue:
        """Run a callback of the page; a body that names none is refused."""
        body = request.get_json()
        callback = self._callback(body)
        lists = ("inputs", "state", "outputs", "changedPropIds")
        if callback is None or not all(isinstance(body.get(k, []), (list, dict)) for k in lists):
            raise Refusal(HTTPStatus.BAD_REQUEST, "bad_callback", "names no callback of this page")
        visitor, permission = _visitor(), required(callback)
        permission.require(visitor.viewer)
        self._permissions.hold(permission, visitor.id)
        if body["output"] == FILL:
            return filled(self.fill(*asked_for(body)))
        answer: ResponseReturnValue = self._run_callback()
        return answer

    def _callback(self, body: Any) -> Any:
        """Return the code that a body asks for, None for none: some run in the page alone."""
        named = body.get("output") if isinstance(body, dict) else None
        known = self.dash.callback_map.get(named, {}) if isinstance(named, str) else {}
        return known.get("callback")

    def _make(self, app: Flask) -> Dash:
        settings = self._services.settings
        made = Dash(
            __name__,
            server=app,  # type: ignore[arg-type]
            assets_folder=str(Path(settings.assets).resolve()),
            index_string=INDEX,
            title=self._services.catalogue.city.platform.zh,
            update_title="",
            serve_locally=True,
            suppress_callback_exceptions=True,
            add_log_handler=False,
            use_async=False,
        )
        made.layout = html.Div(
            [dcc.Location(id="url", refresh="callback-nav"), html.Div(id="page")]
        )
        return made

    def _guard(self, app: Flask) -> None:
        """Put the checks of this class before the routes that Dash has made."""
        views: dict[str, RouteCallable] = app.view_functions
        self._run_callback: Any = views[UPDATE]
        views[UPDATE] = self.update
        views["/"] = self.home
        views["/<path:path>"] = self.missing
        for name, rule in (
            ("wall", "/wall/<key>"),
            ("cell", "/cell/<code>"),
            ("case", "/case/<number>"),
            ("desk", "/desk"),
            ("inspection", "/inspection/<named>"),
            ("inspections", "/inspections"),
        ):
            app.add_url_rule(rule, f"page_{name}", self.show)
        app.add_url_rule("/search", "page_search", self.search)


def _visitor() -> Visitor:
    visitor = viewers.present()
    if visitor is None:
        raise Refusal(HTTPStatus.UNAUTHORIZED, "unauthorized", "log in first")
    return visitor
