"""Login and logout with a local account."""

from http import HTTPStatus
from threading import Semaphore

from flask import Blueprint, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import logout_user
from flask_wtf import FlaskForm
from wtforms import HiddenField, PasswordField, StringField
from wtforms.validators import DataRequired, Length

from commandcenter.cases import accounts
from commandcenter.cases.accounts import LONGEST_PASSWORD, NAME_LENGTH, Passwords
from commandcenter.web import preferences, viewers
from commandcenter.web.errors import Refusal
from commandcenter.web.gate import is_local, log_in
from commandcenter.web.pages import plain_page
from commandcenter.web.rates import Limiter
from commandcenter.web.services import Services
from commandcenter.web.viewers import Visitor

AT_ONCE = 2
"""Passwords checked at the same time: each takes 64 MiB and a core for a moment."""
WRONG = "用户名或密码不正确"
TOO_OFTEN = "尝试次数过多,请一分钟后再试"


class LoginForm(FlaskForm):  # type: ignore[misc]
    """What a person types in."""

    name = StringField(validators=[DataRequired(), Length(max=NAME_LENGTH)])
    password = PasswordField(validators=[DataRequired(), Length(max=LONGEST_PASSWORD)])
    next = HiddenField()


class Login:
    """The login page: it never says whether a name exists."""

    def __init__(self, services: Services, limiter: Limiter) -> None:
        self._services = services
        self._limiter = limiter
        self._passwords = Passwords()
        self._turn = Semaphore(AT_ONCE)

    def blueprint(self) -> Blueprint:
        """Return the routes."""
        routes = Blueprint("login", __name__)
        routes.get("/login")(self.show)
        routes.post("/login")(self.enter)
        routes.post("/logout")(self.leave)
        return routes

    def show(self) -> ResponseReturnValue:
        """Show the form."""
        form = LoginForm(formdata=None, next=request.args.get("next", ""))
        return self._page(form)

    def enter(self) -> ResponseReturnValue:
        """Check name and password and lead to where the visitor wanted to go."""
        form = LoginForm()
        if not form.validate_on_submit():
            return self._page(form, WRONG, HTTPStatus.UNAUTHORIZED)
        try:
            visitor = self._check(form.name.data, form.password.data)
        except Refusal as refusal:
            answer = self._page(form, TOO_OFTEN, HTTPStatus.TOO_MANY_REQUESTS)
            return (*answer, refusal.headers)
        if visitor is None:
            return self._page(form, WRONG, HTTPStatus.UNAUTHORIZED)
        log_in(visitor)
        wanted = form.next.data or "/"
        return redirect(wanted if is_local(wanted) else "/", HTTPStatus.SEE_OTHER)

    def leave(self) -> ResponseReturnValue:
        """End the session."""
        logout_user()
        session.clear()
        return redirect(url_for("login.show"), HTTPStatus.SEE_OTHER)

    def _check(self, name: str, password: str) -> Visitor | None:
        rates, address = self._services.rates, request.remote_addr or ""
        self._limiter.check(rates.addresses, "login", address)
        self._limiter.count(rates.logins, "login", address, name)
        with self._services.store.read() as connection:
            user = accounts.user_named(connection, name)
        with self._turn:
            matches = self._passwords.match(user, password)
        if user is None or not matches:
            self._limiter.count(rates.addresses, "login", address)
            return None
        self._limiter.forget(rates.logins, "login", address, name)
        return viewers.visitor(self._services, user)

    def _page(
        self, form: LoginForm, message: str = "", status: HTTPStatus = HTTPStatus.OK
    ) -> tuple[str, HTTPStatus]:
        other = preferences.other_language(self._services)
        switch = url_for("login.show", lang=other, next=form.next.data or None)
        page = plain_page(self._services, "login.html", form=form, message=message, switch=switch)
        return page, status
