"""Login and logout: with a name and a password, or by way of the provider."""

from http import HTTPStatus

from flask import Blueprint, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import logout_user
from flask_wtf import FlaskForm
from wtforms import HiddenField, PasswordField, StringField
from wtforms.validators import DataRequired, Length

from commandcenter.cases import accounts, audit, lockouts, sessions
from commandcenter.cases.accounts import LONGEST_PASSWORD, NAME_LENGTH, Passwords, User
from commandcenter.cases.lockouts import Attempt, Trier
from commandcenter.cases.sessions import Ending, Factor
from commandcenter.domain.audit import AuditKind
from commandcenter.errors import NotFound
from commandcenter.live.word import tell_revoked
from commandcenter.web import preferences, viewers
from commandcenter.web.attempts import TOO_OFTEN, Attempts, real_now, seconds_until
from commandcenter.web.entrance import BY, Entrance
from commandcenter.web.errors import Refusal
from commandcenter.web.new_passwords import Checks
from commandcenter.web.pages import plain_page
from commandcenter.web.permission import open_to_all
from commandcenter.web.provider import Provider
from commandcenter.web.services import Services

WRONG = "用户名或密码不正确"
PROVIDER = "统一身份认证"
SIGNED_OUT = "left"
"""Under this the cookie keeps that somebody has left who came by the provider."""


class LoginForm(FlaskForm):  # type: ignore[misc]
    """What a person types in."""

    name = StringField(validators=[DataRequired(), Length(max=NAME_LENGTH)])
    password = PasswordField(validators=[DataRequired(), Length(max=LONGEST_PASSWORD)])
    next = HiddenField()


class Login:
    """The login page: it never says whether a name exists."""

    def __init__(
        self, services: Services, attempts: Attempts, entrance: Entrance, provider: Provider | None
    ) -> None:
        self._services = services
        self._attempts = attempts
        self._entrance = entrance
        self._provider = provider
        self.checks = Checks(Passwords())

    def blueprint(self) -> Blueprint:
        """Return the routes."""
        routes = Blueprint("login", __name__)
        routes.get("/login")(self.show)
        routes.post("/login")(self.enter)
        routes.post("/logout")(self.leave)
        return routes

    @open_to_all("who is not signed in yet signs in here")
    def show(self) -> ResponseReturnValue:
        """Show the form."""
        form = LoginForm(formdata=None, next=request.args.get("next", ""))
        return self.page(form)

    @open_to_all("who is not signed in yet signs in here")
    def enter(self) -> ResponseReturnValue:
        """Check name and password and lead to where the visitor wanted to go."""
        form = LoginForm()
        if not form.validate_on_submit():
            return self.page(form, self._say(WRONG), HTTPStatus.UNAUTHORIZED)
        trier = self._attempts.trier(form.name.data)
        try:
            self._attempts.hold(trier)
        except Refusal as refusal:
            answer = self.page(form, self._say(TOO_OFTEN), HTTPStatus.TOO_MANY_REQUESTS)
            return (*answer, refusal.headers)
        attempt, user, matches = self._check(trier, form.password.data)
        if user is None or not matches:
            return self._refuse(form, attempt, trier, user)
        return self._entrance.arrive(user, Factor.PASSWORD, form.next.data or "/")

    @open_to_all("who has just lost the session leaves as well")
    def leave(self) -> ResponseReturnValue:
        """End the session."""
        visitor, by_provider = viewers.present(), BY in session
        if visitor is not None and visitor.session is not None:
            self._end(visitor.session)
        logout_user()
        session.clear()
        if by_provider:
            session[SIGNED_OUT] = True
        return redirect(url_for("login.show"), HTTPStatus.SEE_OTHER)

    def page(
        self, form: LoginForm, message: str = "", status: HTTPStatus = HTTPStatus.OK
    ) -> tuple[str, HTTPStatus]:
        """Return the page with the form and a message."""
        other = preferences.other_language(self._services)
        switch = url_for("login.show", lang=other, next=form.next.data or None)
        provider = self._provider and (self._provider.title or self._say(PROVIDER))
        page = plain_page(
            self._services, "login.html", form=form, message=message, switch=switch,
            provider=provider, has_left=bool(session.get(SIGNED_OUT)),
        )  # fmt: skip
        return page, status

    def _check(self, trier: Trier, password: str) -> tuple[Attempt, User | None, bool]:
        """Count an attempt, then check it, so that those made at once are all counted before."""
        with self._services.store.write() as connection:
            attempt = self._attempts.count(connection, trier)
            user = accounts.user_named(connection, trier.name)
        if not attempt.is_allowed:
            return attempt, user, False
        matches = self.checks.match(user, password)
        if matches:  # but the second factor may still be to come, so not all is forgotten
            with self._services.store.write() as connection:
                lockouts.take_back(connection, trier)
        return attempt, user, matches

    def _refuse(
        self, form: LoginForm, attempt: Attempt, trier: Trier, user: User | None
    ) -> ResponseReturnValue:
        locked = self._attempts.failed(attempt, trier, user, "password")
        if not locked:
            return self.page(form, self._say(WRONG), HTTPStatus.UNAUTHORIZED)
        headers = {"Retry-After": str(seconds_until(attempt.until))}
        return (*self.page(form, locked, HTTPStatus.TOO_MANY_REQUESTS), headers)

    def _end(self, number: int) -> None:
        """End a session as its owner leaves; one that has just ended is over anyway."""
        services = self._services
        entry = services.auditing.entry(AuditKind.SIGN_OUT, f"session:{number}")
        try:
            with services.store.write() as connection:
                holders = sessions.end(connection, number, Ending.SIGNED_OUT, real_now())
                audit.append(connection, [entry], services.now())
        except NotFound:
            return
        tell_revoked(services.bus, holders)

    def _say(self, words: str) -> str:
        return preferences.words(self._services)(words)
