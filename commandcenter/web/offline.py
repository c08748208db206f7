"""What a tablet needs without a connection: the service worker, the manifest, the away page."""

from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson
from flask import Blueprint, Response
from flask.typing import ResponseReturnValue

from commandcenter import __version__
from commandcenter.web import preferences
from commandcenter.web.pages import plain_page
from commandcenter.web.permission import open_to_all
from commandcenter.web.services import Services

STATIC = Path(__file__).parent / "static"
SCRIPTS = ("sw.js", "sw-keep.js", "sw-seen.js")
WORKER_POLICY = "default-src 'none'; script-src 'self'; connect-src 'self'"
GROUND, BAR = "#0b1622", "#101f2e"
"""The colours of the dark theme while the application starts."""
SHORTCUTS = (("我的辖区", "/"), ("搜索", "/search"), ("我的账户", "/account"))
ICONS = tuple(
    {"src": f"/static/icon-{name}{size}.png", "sizes": f"{size}x{size}", "purpose": purpose}
    for name, purpose in (("", "any"), ("maskable-", "maskable"))
    for size in (192, 512)
)


class Offline:
    """Serves what a browser fetches without knowing yet who is signed in."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._scripts = [(STATIC / name).read_text("utf-8") for name in SCRIPTS]

    def blueprint(self) -> Blueprint:
        """Return the routes."""
        routes = Blueprint("offline", __name__)
        routes.get("/sw.js")(self.worker)
        routes.get("/manifest.webmanifest")(self.manifest)
        routes.get("/away")(self.away)
        return routes

    @open_to_all("a script that says nothing of the city")
    def worker(self) -> ResponseReturnValue:
        """Return the service worker; another build makes it another one, which starts anew."""
        said = " ".join((self._services.hub.build, __version__, *self._scripts))
        build = sha256(said.encode()).hexdigest()[:12]
        answer = Response(
            f'self.CC_BUILD = "{build}";\n{self._scripts[0]}', mimetype="text/javascript"
        )
        answer.cache_control.no_cache = True
        answer.headers["Content-Security-Policy"] = WORKER_POLICY
        return answer

    @open_to_all("the name of the platform, which the login shows too")
    def manifest(self) -> ResponseReturnValue:
        """Return what an installed application is called and looks like."""
        services = self._services
        language = preferences.language(services)
        words = services.words[language]
        shortcuts = [{"name": words(name), "url": url} for name, url in SHORTCUTS]
        said: dict[str, Any] = {
            "id": "/",
            "name": services.catalogue.city.platform.in_language(language),
            "short_name": words("指挥中心"),
            "lang": preferences.html_language(services),
            "start_url": "/",
            "scope": "/",
            "display": "standalone",
            "background_color": GROUND,
            "theme_color": BAR,
            "icons": [icon | {"type": "image/png"} for icon in ICONS],
            "shortcuts": shortcuts,
        }
        answer = Response(orjson.dumps(said), mimetype="application/manifest+json")
        answer.cache_control.no_cache = True
        return answer

    @open_to_all("words that say nothing of the city")
    def away(self) -> ResponseReturnValue:
        """Return the page that a tablet shows where it kept nothing and has no connection."""
        return plain_page(self._services, "away.html")
