"""/login/oidc: in by way of the provider of OpenID Connect, and out there as well."""

import logging
from http import HTTPStatus

from flask import Blueprint, redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from commandcenter.cases import identities
from commandcenter.cases.sessions import Factor
from commandcenter.domain.audit import AuditKind
from commandcenter.web import preferences
from commandcenter.web.entrance import Entrance
from commandcenter.web.login import SIGNED_OUT, Login, LoginForm
from commandcenter.web.pages import plain_page
from commandcenter.web.permission import open_to_all
from commandcenter.web.provider import Provider, ProviderAway, ProviderRefused
from commandcenter.web.services import Services

log = logging.getLogger(__name__)

AWAY = "统一身份认证现在没有响应,请稍后再试,或用本地账号登录"
WANTED = "wanted"


class ProviderSignIn:
    """Sends people to the provider, and lets in those whose accounts are marked for it."""

    def __init__(
        self, services: Services, entrance: Entrance, login: Login, provider: Provider
    ) -> None:
        self._services = services
        self._entrance = entrance
        self._login = login
        self._provider = provider

    def blueprint(self) -> Blueprint:
        """Return the routes."""
        routes = Blueprint("provider", __name__, url_prefix="/login/oidc")
        routes.get("")(self.go)
        routes.get("/back")(self.back)
        routes.get("/out")(self.out)
        return routes

    @open_to_all("who is not signed in yet goes to the provider from here", rate="addresses")
    def go(self) -> ResponseReturnValue:
        """Send somebody to the provider; who has just left signs in there once more."""
        anew = bool(session.get(SIGNED_OUT))
        try:
            answer = self._provider.send(self._address("provider.back"), anew=anew)
        except ProviderAway as error:
            return self._away(error)
        session[WANTED] = request.args.get("next", "/")
        return answer

    @open_to_all("who comes back from the provider is not signed in yet", rate="addresses")
    def back(self) -> ResponseReturnValue:
        """Let somebody in of whom the provider has told, if there is such an account."""
        wanted = session.get(WANTED, "/")
        try:
            told = self._provider.told()
        except ProviderAway as error:
            return self._away(error)
        except ProviderRefused as error:
            self._note("", str(error))
            return self._stranger("", HTTPStatus.UNAUTHORIZED)
        with self._services.store.write() as connection:
            user = identities.account_of(connection, told.identity, told.name)
        if user is None:
            self._note(told.name, "no account")
            return self._stranger(told.name, HTTPStatus.FORBIDDEN)
        return self._entrance.arrive(
            user, Factor.PROVIDER, wanted, is_proven=told.has_second_factor
        )

    @open_to_all("who has just signed out here is not signed in any more")
    def out(self) -> ResponseReturnValue:
        """Send somebody on to sign out at the provider too."""
        way = self._provider.way_out(self._address("login.show"))
        return redirect(way or url_for("login.show"), HTTPStatus.SEE_OTHER)

    def _address(self, endpoint: str) -> str:
        """Return an address as the provider knows it."""
        scheme = "https" if self._services.settings.secure_cookies else request.scheme
        return url_for(endpoint, _external=True, _scheme=scheme)

    def _away(self, error: ProviderAway) -> ResponseReturnValue:
        log.warning("%s", error)
        form = LoginForm(formdata=None, next=session.get(WANTED, ""))
        said = preferences.words(self._services)(AWAY)
        return self._login.page(form, said, HTTPStatus.SERVICE_UNAVAILABLE)

    def _stranger(self, name: str, status: HTTPStatus) -> ResponseReturnValue:
        return plain_page(self._services, "stranger.html", name=name), status

    def _note(self, name: str, why: str) -> None:
        detail = {"with": "provider", "why": why, "name": name}
        self._services.auditing.note(
            AuditKind.SIGN_IN_FAILED, "provider", detail, who=""
        )
