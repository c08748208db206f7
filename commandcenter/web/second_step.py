"""/login/...: the steps after the password: a code, enrolling for codes, another password."""

from http import HTTPStatus

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from commandcenter.cases import accounts
from commandcenter.cases.accounts import User
from commandcenter.cases.audit import Detail
from commandcenter.cases.lockouts import Attempt, Trier
from commandcenter.cases.password_rules import PasswordFault
from commandcenter.cases.second_factors import Given
from commandcenter.domain.audit import AuditKind
from commandcenter.errors import NotFound
from commandcenter.live.word import tell_revoked
from commandcenter.web import preferences
from commandcenter.web.attempts import LONGEST_CODE, TOO_OFTEN, Attempts, real_now, seconds_until
from commandcenter.web.enrolment import shown
from commandcenter.web.entrance import Entrance, Waiting
from commandcenter.web.errors import Refusal
from commandcenter.web.new_passwords import Checks
from commandcenter.web.pages import plain_page, platform
from commandcenter.web.permission import open_to_all
from commandcenter.web.services import Services

WRONG_CODE = "验证码不正确,或已经用过"
ON_THE_WAY = open_to_all("who has given a password is on the way in, and not signed in yet")


class SecondStep:
    """What some accounts still have to give before they are in."""

    def __init__(
        self, services: Services, attempts: Attempts, entrance: Entrance, checks: Checks
    ) -> None:
        self._services = services
        self._attempts = attempts
        self._entrance = entrance
        self._checks = checks

    def blueprint(self) -> Blueprint:
        """Return the routes."""
        routes = Blueprint("second_step", __name__, url_prefix="/login")
        routes.get("/code")(self.code)
        routes.post("/code")(self.give_code)
        routes.get("/enrol")(self.enrol)
        routes.post("/enrol")(self.confirm)
        routes.get("/password")(self.renew)
        routes.post("/password")(self.change)
        routes.post("/next")(self.on)
        return routes

    @ON_THE_WAY
    def code(self) -> ResponseReturnValue:
        """Ask for a code."""
        return self._at("second_step.code") or self._page("second.html")

    @ON_THE_WAY
    def give_code(self) -> ResponseReturnValue:
        """Take a code of the app, or one for recovery."""
        if elsewhere := self._at("second_step.code"):
            return elsewhere
        waiting = self._waiting()
        trier = self._attempts.trier(waiting.user.name)
        try:
            self._attempts.hold(trier)
        except Refusal as refusal:
            page = self._page("second.html", self._say(TOO_OFTEN), HTTPStatus.TOO_MANY_REQUESTS)
            return (*page, refusal.headers)
        attempt, given = self._check(waiting.user, trier)
        if given is None:
            return self._refuse(attempt, trier, waiting.user)
        return self._entrance.go_on(self._entrance.proven(waiting, given))

    def _check(self, user: User, trier: Trier) -> tuple[Attempt, Given | None]:
        code, now = request.form.get("code", "")[:LONGEST_CODE], real_now()
        with self._services.store.write() as connection:
            attempt = self._attempts.count(connection, trier)
            if not attempt.is_allowed:
                return attempt, None
            return attempt, self._entrance.factors.check(connection, user.id, code, now)

    def _refuse(self, attempt: Attempt, trier: Trier, user: User) -> ResponseReturnValue:
        locked = self._attempts.failed(attempt, trier, user, "code")
        if not locked:
            return self._page("second.html", self._say(WRONG_CODE), HTTPStatus.UNAUTHORIZED)
        headers = {"Retry-After": str(seconds_until(attempt.until))}
        return (*self._page("second.html", locked, HTTPStatus.TOO_MANY_REQUESTS), headers)

    @ON_THE_WAY
    def enrol(self) -> ResponseReturnValue:
        """Show the QR code of a new secret to who must have a second factor."""
        return self._at("second_step.enrol") or self._enrolment(self._waiting().user)

    @ON_THE_WAY
    def confirm(self) -> ResponseReturnValue:
        """Put the secret into force by its first code, and show the recovery codes, once."""
        if elsewhere := self._at("second_step.enrol"):
            return elsewhere
        waiting = self._waiting()
        user, code = waiting.user, request.form.get("code", "")[:LONGEST_CODE]
        with self._services.store.write() as connection:
            codes = self._entrance.factors.confirm(connection, user.id, code, real_now())
        if codes is None:
            return self._enrolment(user, self._say(WRONG_CODE), HTTPStatus.UNAUTHORIZED)
        self._note(AuditKind.SECOND_FACTOR, user, {"act": "enrolled"})
        self._entrance.proven(waiting, Given.CODE)
        return self._page("codes.html", codes=codes, on=url_for("second_step.on"))

    @ON_THE_WAY
    def on(self) -> ResponseReturnValue:
        """Go on after the recovery codes were read."""
        waiting = self._entrance.waiting()
        return self._entrance.go_on(waiting) if waiting else self._anew()

    @ON_THE_WAY
    def renew(self) -> ResponseReturnValue:
        """Ask for another password than the one that somebody else has set."""
        return self._at("second_step.renew") or self._renewal(self._waiting().user)

    @ON_THE_WAY
    def change(self) -> ResponseReturnValue:
        """Keep the new password and go on."""
        if elsewhere := self._at("second_step.renew"):
            return elsewhere
        waiting = self._waiting()
        user = waiting.user
        try:
            hashed = self._checks.new(user, request.form)
        except PasswordFault as fault:
            said = self._say(fault.fault.value)
            return self._renewal(user, said, HTTPStatus.UNPROCESSABLE_ENTITY)
        with self._services.store.write() as connection:
            holders = accounts.change_password(connection, user.id, hashed, real_now())
        tell_revoked(self._services.bus, holders)
        self._note(AuditKind.PASSWORD_CHANGED, user, {"by": "owner"})
        return self._entrance.go_on(self._entrance.changed(waiting))

    def _at(self, step: str) -> ResponseReturnValue | None:
        """Return where to go instead, None for who is at this step."""
        waiting = self._entrance.waiting()
        if waiting is None:
            return self._anew()
        return None if self._entrance.step(waiting) == step else self._entrance.go_on(waiting)

    def _waiting(self) -> Waiting:
        """Return who was found to be at this step a moment ago."""
        waiting = self._entrance.waiting()
        if waiting is None:
            raise NotFound("nobody is on the way in")
        return waiting

    def _anew(self) -> ResponseReturnValue:
        return redirect(url_for("login.show"), HTTPStatus.SEE_OTHER)

    def _renewal(
        self, user: User, message: str = "", status: HTTPStatus = HTTPStatus.OK
    ) -> tuple[str, HTTPStatus]:
        return self._page("password.html", message, status, name=user.name)

    def _enrolment(
        self, user: User, message: str = "", status: HTTPStatus = HTTPStatus.OK
    ) -> tuple[str, HTTPStatus]:
        with self._services.store.write() as connection:
            secret = self._entrance.factors.begin(connection, user.id, real_now())
        issuer = platform(self._services)
        return self._page("enrol.html", message, status, enrolment=shown(secret, user.name, issuer))

    def _page(
        self, template: str, message: str = "", status: HTTPStatus = HTTPStatus.OK, **values: object
    ) -> tuple[str, HTTPStatus]:
        other = preferences.other_language(self._services)
        return plain_page(
            self._services, template, message=message, switch=f"?lang={other}", **values
        ), status

    def _note(self, kind: AuditKind, user: User, detail: Detail) -> None:
        self._services.auditing.note(kind, f"user:{user.name}", detail, who=user.name)

    def _say(self, words: str) -> str:
        return preferences.words(self._services)(words)
