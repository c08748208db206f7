"""Flask with everything in it but the stream: pages, login, REST, tiles, health."""

from dataclasses import dataclass
from datetime import timedelta

from flask import Flask, Response, request
from flask_wtf.csrf import CSRFProtect, generate_csrf

from commandcenter.live.grants import Authorise
from commandcenter.web.application import Application
from commandcenter.web.audit_pages import AuditPages
from commandcenter.web.bodies import LARGEST_BODY, set_largest
from commandcenter.web.cases import Cases
from commandcenter.web.cells import Cells
from commandcenter.web.commands import Commands
from commandcenter.web.dash_app import Pages
from commandcenter.web.directives import Directives
from commandcenter.web.errors import Errors
from commandcenter.web.field import Field
from commandcenter.web.gate import Gate
from commandcenter.web.headers import Headers, is_screen, page_policy
from commandcenter.web.health import Health
from commandcenter.web.inspection_files import InspectionFiles
from commandcenter.web.inspections import Inspections
from commandcenter.web.keeping import Keeping
from commandcenter.web.map_tiles import MapTiles
from commandcenter.web.matters import Matters
from commandcenter.web.metrics import Metrics
from commandcenter.web.offline import Offline
from commandcenter.web.openapi import OpenApi
from commandcenter.web.operations import Operations
from commandcenter.web.panels import Panels
from commandcenter.web.permission import Permissions
from commandcenter.web.photos import Photos
from commandcenter.web.plugin_pages import PluginPages
from commandcenter.web.posters import Posters
from commandcenter.web.proxies import Forwarded, Proxies
from commandcenter.web.public_reports import PublicReports
from commandcenter.web.rates import Limiter
from commandcenter.web.reports import Reports
from commandcenter.web.requests import Requests
from commandcenter.web.services import Services
from commandcenter.web.streams import Streams
from commandcenter.web.unmasking import Unmasking
from commandcenter.web.viewers import Callers
from commandcenter.web.watching import Watching
from commandcenter.web.ways_in import ways_in
from commandcenter.web.whistles import Whistles
from commandcenter.web.zipped import Zipped

WALL_DAYS = 400
"""How long browsers keep a cookie at most."""
CSRF_COOKIE = "_csrf_token"
"""The cookie that Dash sends back as a header with every callback."""


@dataclass(frozen=True)
class Site:
    """The application, who may open its stream, and what watches over both."""

    app: Flask
    authorise: Authorise
    watching: Watching


def create_flask(services: Services) -> Site:
    """Build the application on its services; nothing of it is kept anywhere else."""
    app = Application(__name__, services.commander)
    _configure(app, services)
    Forwarded(app, Proxies.of(services.settings.trusted_proxies))
    watching = Watching(services)
    Requests(app, watching.meter)
    app.before_request(set_largest)
    limiter = Limiter(services.settings.redis_url)
    callers = Callers(services, limiter)
    Errors(app, services)
    permissions = Permissions(app, services, callers, limiter)
    # Before the gate: what waited for another account is not refused for what this one may not do.
    Keeping(services.settings).guard(app)
    Gate(app, services, permissions)
    Zipped(app)
    protection = CSRFProtect(app)
    for way in ways_in(app, services, limiter):
        app.register_blueprint(way)
    app.register_blueprint(Offline(services).blueprint())
    app.register_blueprint(Health(watching).blueprint())
    app.register_blueprint(Metrics(watching, callers).blueprint())
    app.register_blueprint(Operations(services, watching).blueprint())
    app.register_blueprint(AuditPages(services).blueprint())
    app.register_blueprint(PluginPages(services, watching).blueprint())
    app.register_blueprint(MapTiles(services).blueprint())
    app.register_blueprint(InspectionFiles(services).blueprint())
    app.register_blueprint(Posters(services).blueprint())
    app.register_blueprint(PublicReports(services).blueprint())
    photos = Photos(services, callers)
    app.register_blueprint(photos.pages())
    for room in (Reports(services, callers), Cells(services, callers), Cases(services, callers),
                 Commands(services, callers), Matters(services, callers),
                 Whistles(services, callers), Directives(services, callers),
                 Panels(services, callers), Field(services, callers), photos,
                 Inspections(services, callers), Unmasking(services, callers),
                 OpenApi(services)):  # fmt: skip
        routes = room.blueprint()
        # A key is no cookie, and of who comes with a cookie the gate asks for another proof.
        protection.exempt(routes)
        app.register_blueprint(routes, url_prefix="/api/v1")
    pages = Pages(app, services, permissions)
    Headers(app, page_policy(pages.dash.csp_hashes()), services.settings.secure_cookies)
    _CsrfCookie(app, services.settings.secure_cookies)
    return Site(app, Streams(app, services).authorise, watching)


def _configure(app: Flask, services: Services) -> None:
    secure = services.settings.secure_cookies
    app.config.update(
        SECRET_KEY=services.settings.secret(),
        SESSION_COOKIE_NAME="session",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=secure,
        # A cookie that changes with each answer would make every cached tile another one.
        SESSION_REFRESH_EACH_REQUEST=False,
        PERMANENT_SESSION_LIFETIME=timedelta(days=WALL_DAYS),
        MAX_CONTENT_LENGTH=LARGEST_BODY,
        # Tokens end with their session: a wall's page stays open for months.
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,
    )


class _CsrfCookie:
    """Gives pages with callbacks the token that Dash sends back with each of them."""

    def __init__(self, app: Flask, secure: bool) -> None:
        self._secure = secure
        app.after_request(self.give)

    def give(self, answer: Response) -> Response:
        if is_screen(request.endpoint):
            # Not httponly: the page's own script reads it.
            answer.set_cookie(CSRF_COOKIE, generate_csrf(), secure=self._secure, samesite="Strict")
        return answer
