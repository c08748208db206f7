"""/account: one's own sessions, password and second factor."""

from collections.abc import Callable, Sequence
from http import HTTPStatus

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from commandcenter.cases import accounts, lockouts, second_factors, sessions
from commandcenter.cases.accounts import User
from commandcenter.cases.audit import Detail
from commandcenter.cases.password_rules import PasswordFault
from commandcenter.cases.sessions import Ending
from commandcenter.domain.audit import AuditKind
from commandcenter.domain.rights import Right
from commandcenter.domain.roles import ROLE_TITLES
from commandcenter.errors import NotFound
from commandcenter.live.word import tell_revoked
from commandcenter.web import preferences, viewers
from commandcenter.web.attempts import LONGEST_CODE, TOO_OFTEN, Attempts, real_now
from commandcenter.web.enrolment import shown
from commandcenter.web.entrance import Entrance
from commandcenter.web.errors import Refusal
from commandcenter.web.new_passwords import Checks
from commandcenter.web.pages import plain_page, platform
from commandcenter.web.permission import needs
from commandcenter.web.services import Services
from commandcenter.web.session_rows import session_row
from commandcenter.web.viewers import Visitor

OWN = needs(Right.LOOK)
WRONG_PASSWORD, WRONG_CODE = "当前密码不正确", "验证码不正确,或已经用过"
DONE = {
    "ended": "会话已结束",
    "password": "密码已修改,其他会话已结束",
    "removed": "双因素已关闭",
}


class Account:
    """The page of who is signed in, and what can be changed on it."""

    def __init__(
        self, services: Services, attempts: Attempts, entrance: Entrance, checks: Checks
    ) -> None:
        self._services = services
        self._attempts = attempts
        self._entrance = entrance
        self._checks = checks

    def blueprint(self) -> Blueprint:
        """Return the routes."""
        routes = Blueprint("account", __name__, url_prefix="/account")
        routes.get("")(self.show)
        routes.post("/sessions")(self.end)
        routes.post("/password")(self.change_password)
        routes.post("/second-factor")(self.begin)
        routes.post("/second-factor/confirm")(self.confirm)
        routes.post("/second-factor/codes")(self.renew_codes)
        routes.post("/second-factor/remove")(self.remove)
        return routes

    @OWN
    def show(self) -> ResponseReturnValue:
        """Show the page."""
        return self._page(owner(), done=DONE.get(request.args.get("done", ""), ""))

    @OWN
    def end(self) -> ResponseReturnValue:
        """End one of the own sessions, or all others."""
        visitor, number = owner(), request.form.get("session", "")
        own, now = int(visitor.id.partition(":")[2]), real_now()
        with self._services.store.write() as connection:
            if number == "others":
                here = visitor.session or 0
                holders = sessions.end_all(connection, own, Ending.ENDED, now, here)
            else:
                asked = int(number) if number.isascii() and number.isdigit() else 0
                holders = sessions.end_own(connection, own, asked, now)
        tell_revoked(self._services.bus, holders)
        for holder in holders:
            self._note(AuditKind.SESSION_ENDED, holder, {"by": "owner"})
        return self._done("ended")

    @OWN
    def change_password(self) -> ResponseReturnValue:
        """Keep another password, and end the other sessions."""
        visitor = owner()
        user = self._user(visitor)
        if refused := self._unless_password(visitor, user):
            return refused
        try:
            hashed = self._checks.new(user, request.form)
        except PasswordFault as fault:
            return self._refuse(visitor, "password", self._say(fault.fault.value))
        here = visitor.session or 0
        with self._services.store.write() as connection:
            holders = accounts.change_password(connection, user.id, hashed, real_now(), here)
        tell_revoked(self._services.bus, holders)
        detail = {"by": "owner", "sessions_ended": len(holders)}
        self._note(AuditKind.PASSWORD_CHANGED, f"user:{user.name}", detail)
        return self._done("password")

    @OWN
    def begin(self) -> ResponseReturnValue:
        """Begin to set up codes; who has a password gives it once more."""
        visitor = owner()
        user = self._user(visitor)
        if user.password and (refused := self._unless_password(visitor, user, "factor")):
            return refused
        with self._services.store.write() as connection:
            if second_factors.is_in_force(connection, user.id):
                return self._done("")
            secret = self._entrance.factors.begin(connection, user.id, real_now())
        return self._enrolment(user, secret)

    @OWN
    def confirm(self) -> ResponseReturnValue:
        """Put codes into force by the first one, and show the recovery codes, once."""
        user, code = self._user(owner()), request.form.get("code", "")[:LONGEST_CODE]
        factors = self._entrance.factors
        with self._services.store.write() as connection:
            codes = factors.confirm(connection, user.id, code, real_now())
            secret = factors.begun(connection, user.id)
        if codes is not None:
            self._note(AuditKind.SECOND_FACTOR, f"user:{user.name}", {"act": "enrolled"})
            return self._codes(codes)
        if secret is None:
            return self._done("")
        return self._enrolment(user, secret, self._say(WRONG_CODE))

    @OWN
    def renew_codes(self) -> ResponseReturnValue:
        """Show new recovery codes to who gives a code."""
        visitor = owner()
        user = self._user(visitor)
        if refused := self._unless_code(visitor, user):
            return refused
        with self._services.store.write() as connection:
            codes = self._entrance.factors.renew_codes(connection, user.id)
        self._note(AuditKind.SECOND_FACTOR, f"user:{user.name}", {"act": "new recovery codes"})
        return self._codes(codes)

    @OWN
    def remove(self) -> ResponseReturnValue:
        """Take the second factor away, where the role does not require one."""
        visitor = owner()
        user = self._user(visitor)
        if self._entrance.requires(user):
            raise Refusal(HTTPStatus.FORBIDDEN, "required", "the role requires a second factor")
        if refused := self._unless_code(visitor, user):
            return refused
        with self._services.store.write() as connection:
            second_factors.remove(connection, user.id)
        self._note(AuditKind.SECOND_FACTOR, f"user:{user.name}", {"act": "removed"})
        return self._done("removed")

    def _unless_password(
        self, visitor: Visitor, user: User, where: str = "password"
    ) -> ResponseReturnValue | None:
        """Return the refusal of who does not know the present password: a tablet may be stolen."""
        typed = request.form.get("current", "")
        return self._unless(visitor, user, where, lambda: self._checks.match(user, typed))

    def _unless_code(self, visitor: Visitor, user: User) -> ResponseReturnValue | None:
        """Return the refusal of who gives no good code."""
        code = request.form.get("code", "")[:LONGEST_CODE]

        def is_good() -> bool:
            with self._services.store.write() as connection:
                given = self._entrance.factors.check(connection, user.id, code, real_now())
            return given is not None

        return self._unless(visitor, user, "factor", is_good)

    def _unless(
        self, visitor: Visitor, user: User, where: str, is_good: Callable[[], bool]
    ) -> ResponseReturnValue | None:
        """Check as at the login: counted first, refused while the name is locked."""
        trier = self._attempts.trier(user.name, visitor.session)
        try:
            self._attempts.hold(trier)
        except Refusal:
            return self._refuse(visitor, where, self._say(TOO_OFTEN))
        with self._services.store.write() as connection:
            attempt = self._attempts.count(connection, trier)
        if attempt.is_allowed and is_good():
            with self._services.store.write() as connection:
                lockouts.succeed(connection, trier)
            self._attempts.passed(trier)
            return None
        wrong = self._say(WRONG_PASSWORD if "current" in request.form else WRONG_CODE)
        said = self._attempts.failed(attempt, trier, user, "account") or wrong
        return self._refuse(visitor, where, said)

    def _user(self, visitor: Visitor) -> User:
        with self._services.store.read() as connection:
            user = accounts.user(connection, int(visitor.id.partition(":")[2]))
        if user is None:
            raise NotFound("the account was closed a moment ago")
        return user

    def _page(
        self, visitor: Visitor, *, done: str = "", fault: tuple[str, str] = ("", "")
    ) -> str:
        """Return the page; `fault` is the part that something is wrong with, and what."""
        services, user = self._services, self._user(visitor)
        now = real_now()
        with services.store.read() as connection:
            open_now = sessions.of_user(connection, user.id, now)
            has_factor = second_factors.is_in_force(connection, user.id)
            codes_left = second_factors.codes_left(connection, user.id)
        scope, language = services.tree[visitor.viewer.scope], preferences.language(services)
        return plain_page(
            services, "account.html", user=user, done=done, fault=fault,
            scope=scope.name, role=user.role and ROLE_TITLES[user.role].in_language(language),
            sessions=[session_row(services, one, visitor.session, now) for one in open_now],
            may_end_others=visitor.viewer.may(Right.SESSIONS),
            has_factor=has_factor, codes_left=codes_left, codes=second_factors.CODES,
            must_have=self._entrance.requires(user), provider=user.oidc,
        )  # fmt: skip

    def _refuse(self, visitor: Visitor, where: str, said: str) -> ResponseReturnValue:
        return self._page(visitor, fault=(where, said)), HTTPStatus.UNPROCESSABLE_ENTITY

    def _enrolment(self, user: User, secret: str, message: str = "") -> ResponseReturnValue:
        enrolment = shown(secret, user.name, platform(self._services))
        status = HTTPStatus.UNPROCESSABLE_ENTITY if message else HTTPStatus.OK
        return plain_page(
            self._services, "enrol.html", enrolment=enrolment, message=message, is_own=True,
        ), status  # fmt: skip

    def _codes(self, codes: Sequence[str]) -> ResponseReturnValue:
        return plain_page(self._services, "codes.html", codes=codes, is_own=True)

    def _done(self, what: str) -> ResponseReturnValue:
        return redirect(url_for("account.show", done=what or None), HTTPStatus.SEE_OTHER)

    def _note(self, kind: AuditKind, what: str, detail: Detail) -> None:
        self._services.auditing.note(kind, what, detail)

    def _say(self, words: str) -> str:
        return preferences.words(self._services)(words)


def owner() -> Visitor:
    """Return who is signed in; there is no such page for walls and other keys."""
    visitor = viewers.present()
    if visitor is None or visitor.session is None:
        raise NotFound("no such page")
    return visitor
