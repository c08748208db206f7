"""/operations/plugins/NAME: a plugin, its switch and its settings, for who runs the server."""

from collections.abc import Mapping
from http import HTTPStatus
from time import time

from flask import Blueprint, Response, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from commandcenter.domain.rights import Right
from commandcenter.domain.viewers import Viewer
from commandcenter.errors import NotFound
from commandcenter.host.plugin import PluginState
from commandcenter.host.setting import Setting
from commandcenter.live.word import tell_plugin
from commandcenter.store import plugins
from commandcenter.store.plugins import By, Change
from commandcenter.store.seal import Seal
from commandcenter.web import preferences
from commandcenter.web.amounts import Amounts
from commandcenter.web.operations import OWN_SCRIPT, check_operator
from commandcenter.web.pages import plain_page
from commandcenter.web.permission import needs
from commandcenter.web.plugin_form import FLAG_WORDS, ORIGINS, fields, read_form
from commandcenter.web.plugin_rows import PLUGIN_STATES, PluginRow, plugin_rows
from commandcenter.web.services import Services
from commandcenter.web.sums import Sums
from commandcenter.web.watching import Watching

PATH = "/operations/plugins/<name>"


class PluginPages:
    """Shows a plugin and takes what operators decide; all writes carry the session's token."""

    def __init__(self, services: Services, watching: Watching) -> None:
        self._services = services
        self._watching = watching
        self._seal = Seal(services.settings.secret())

    def blueprint(self) -> Blueprint:
        """Return the routes."""
        routes = Blueprint("plugin", __name__)
        routes.get(PATH)(self.show)
        routes.post(f"{PATH}/switch")(self.switch)
        routes.post(f"{PATH}/settings")(self.change)
        return routes

    @needs(Right.OPERATE)
    def show(self, name: str) -> ResponseReturnValue:
        """Return the page."""
        check_operator(self._services)
        return self._page(self._known(name), {}, {})

    @needs(Right.OPERATE)
    def switch(self, name: str) -> ResponseReturnValue:
        """Enable or disable the plugin."""
        viewer = check_operator(self._services)
        plugin = self._known(name)
        enabled = request.form.get("enabled") == "true"
        if not enabled and "city" in plugin.provides:
            raise NotFound("the city itself cannot be switched off")
        with self._services.store.write() as connection:
            plugins.switch(connection, name, enabled, _by(viewer))
        return self._done(name)

    @needs(Right.OPERATE)
    def change(self, name: str) -> ResponseReturnValue:
        """Change settings, all that were sent or none."""
        viewer = check_operator(self._services)
        plugin, settings = self._known(name), self._settings(name)
        typed = read_form(name, settings, request.form)
        if typed.faults:
            sent = {key: request.form.get(f"set.{key}", "") for key in settings}
            page = self._page(plugin, typed.faults, sent)
            page.status_code = HTTPStatus.UNPROCESSABLE_ENTITY
            return page
        secrets = frozenset(key for key in typed.values if settings[key].is_secret)
        change = Change(name, typed.values, secrets, _by(viewer), typed.forget)
        with self._services.store.write() as connection:
            plugins.give(connection, change, self._seal)
        return self._done(name)

    def _done(self, name: str) -> ResponseReturnValue:
        tell_plugin(self._services.bus, name)
        return redirect(url_for("plugin.show", name=name, done=1), HTTPStatus.SEE_OTHER)

    def _known(self, name: str) -> PluginState:
        for plugin in self._services.catalogue.plugins:
            if plugin.name == name:
                return plugin
        raise NotFound("no such page")

    def _settings(self, name: str) -> Mapping[str, Setting]:
        return self._services.catalogue.settings.get(name, {})

    def _page(
        self, plugin: PluginState, faults: Mapping[str, str], sent: Mapping[str, str]
    ) -> Response:
        with self._services.store.read() as connection:
            given = plugins.given(connection, plugin.name)
            enabled = plugins.switches(connection).get(plugin.name, True)
        words = preferences.words(self._services)
        page = plain_page(
            self._services, "plugin.html",
            row=self._row(plugin), enabled=enabled, amounts=Amounts(words),
            fields=fields(plugin.name, self._settings(plugin.name), given, faults, sent),
            states=PLUGIN_STATES, origins=ORIGINS, flags=FLAG_WORDS,
            done=bool(request.args.get("done")) and not faults, faults=faults,
        )  # fmt: skip
        answer = make_response(page)
        answer.headers["Content-Security-Policy"] = OWN_SCRIPT
        answer.cache_control.no_store = True
        return answer

    def _row(self, plugin: PluginState) -> PluginRow:
        processes, sources = self._watching.processes(), self._services.catalogue.sources
        return plugin_rows([plugin], processes, Sums(processes), sources, time())[0]


def _by(viewer: Viewer) -> By:
    return By(viewer.name, round(time() * 1000))
