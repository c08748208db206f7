"""Attempts to sign in: held to rates, counted against the name, and written down."""

from hashlib import sha256
from time import time

from flask import request

from commandcenter.cases import lockouts
from commandcenter.cases.accounts import User
from commandcenter.cases.lockouts import Attempt, Trier
from commandcenter.domain.audit import AuditKind
from commandcenter.domain.clocks import MINUTE, SECOND, Millis
from commandcenter.store.store import Connection
from commandcenter.web import preferences, viewers
from commandcenter.web.known_browsers import KnownBrowsers
from commandcenter.web.rates import Limiter
from commandcenter.web.services import Services

TOO_OFTEN = "尝试次数过多,请一分钟后再试"
"""What is said to who has tried too often."""
LONGEST_CODE = 64
"""Letters of a code that are read at most."""

UNKNOWN_LENGTH = 12


class Attempts:
    """What is done with each attempt, alike for names that exist and names that do not."""

    def __init__(self, services: Services, limiter: Limiter) -> None:
        self._services = services
        self._limiter = limiter
        self._known = KnownBrowsers(services.settings)

    def trier(self, name: str, session: int | None = None) -> Trier:
        """Return who tries a name now; who gives something more is known by the own session."""
        browser = self._known.number(name) if session is None else f"session:{session}"
        return Trier(name, request.remote_addr or "", browser)

    def hold(self, trier: Trier) -> None:
        """Count an attempt by the rates; raises the refusal 429.

        What comes from an address is held against strangers alone: many share one.
        """
        rates = self._services.rates
        if not trier.is_known:
            self._limiter.check(rates.addresses, "login", trier.address)
        self._limiter.count(rates.logins, *_counted(trier))

    def count(self, connection: Connection, trier: Trier) -> Attempt:
        """Count an attempt against the name; one that is not allowed is not to be checked."""
        most = self._services.settings.lockout_after
        return lockouts.attempt(connection, trier, most, real_now())

    def failed(self, attempt: Attempt, trier: Trier, user: User | None, with_what: str) -> str:
        """Write a wrong attempt down, and return why there is no other one yet; "" if there is."""
        if not trier.is_known:
            self._limiter.count(self._services.rates.addresses, "login", trier.address)
        note = self._services.auditing.note
        who = "" if viewers.present() is None else None
        what = f"user:{user.name}" if user else f"unknown:{_unknown(trier.name)}"
        if not attempt.is_allowed:
            note(AuditKind.SIGN_IN_FAILED, what, {"with": with_what, "why": "locked"}, who=who)
            return self.locked(attempt.until)
        note(AuditKind.SIGN_IN_FAILED, what, {"with": with_what, "why": "wrong"}, who=who)
        if not attempt.locks:
            return ""
        minutes = _minutes(attempt.until)
        note(AuditKind.LOCKED, what, {"minutes": minutes, "for": attempt.reach.value}, who=who)
        return self.locked(attempt.until)

    def passed(self, trier: Trier) -> None:
        """Begin anew with the rates of who is in."""
        self._limiter.forget(self._services.rates.logins, *_counted(trier))

    def arrived(self, trier: Trier) -> None:
        """Begin anew with the rates of who has signed in, and know the browser from now on."""
        self.passed(trier)
        self._known.learn(trier.name)

    def locked(self, until: Millis) -> str:
        """Return the words for a name that is locked."""
        words = preferences.words(self._services)
        return words("尝试次数过多,登录已暂停,请 {minutes} 分钟后再试", minutes=_minutes(until))


def seconds_until(until: Millis) -> int:
    """Return the whole seconds from now on, at least one."""
    return max(1, -(-(until - real_now()) // SECOND))


def real_now() -> Millis:
    """Return the real time: what begins and ends with persons goes by it, not by the city's."""
    return round(time() * SECOND)


def _counted(trier: Trier) -> tuple[str, str, str]:
    return "login", trier.browser or trier.address, trier.name


def _minutes(until: Millis) -> int:
    return max(1, -(-(until - real_now()) // MINUTE))


def _unknown(name: str) -> str:
    """Return what tells unknown names apart; who types a password there finds it nowhere."""
    return sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:UNKNOWN_LENGTH]
