"""Attempts to sign in: held to rates, counted against the name, and written down."""

from hashlib import sha256
from time import time

from flask import request

from commandcenter.cases import lockouts
from commandcenter.cases.accounts import User
from commandcenter.cases.lockouts import Attempt
from commandcenter.domain.audit import AuditKind
from commandcenter.domain.clocks import MINUTE, SECOND, Millis
from commandcenter.store.store import Connection
from commandcenter.web import preferences, viewers
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

    def hold(self, name: str) -> None:
        """Count an attempt by the rates; raises the refusal 429."""
        rates, address = self._services.rates, request.remote_addr or ""
        self._limiter.check(rates.addresses, "login", address)
        self._limiter.count(rates.logins, "login", address, name)

    def count(self, connection: Connection, name: str) -> Attempt:
        """Count an attempt against the name; one that is not allowed is not to be checked."""
        return lockouts.attempt(connection, name, self._services.settings.lockout_after, real_now())

    def failed(self, attempt: Attempt, name: str, user: User | None, with_what: str) -> str:
        """Write a wrong attempt down, and return why there is no other one yet; "" if there is."""
        address = request.remote_addr or ""
        self._limiter.count(self._services.rates.addresses, "login", address)
        note = self._services.auditing.note
        who = "" if viewers.present() is None else None
        what = f"user:{user.name}" if user else f"unknown:{_unknown(name)}"
        if not attempt.is_allowed:
            note(AuditKind.SIGN_IN_FAILED, what, {"with": with_what, "why": "locked"}, who=who)
            return self.locked(attempt.until)
        note(AuditKind.SIGN_IN_FAILED, what, {"with": with_what, "why": "wrong"}, who=who)
        if not attempt.locks:
            return ""
        minutes = _minutes(attempt.until)
        note(AuditKind.LOCKED, what, {"minutes": minutes}, who=who)
        return self.locked(attempt.until)

    def passed(self, name: str) -> None:
        """Begin anew with the rates of who is in."""
        self._limiter.forget(self._services.rates.logins, "login", request.remote_addr or "", name)

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


def _minutes(until: Millis) -> int:
    return max(1, -(-(until - real_now()) // MINUTE))


def _unknown(name: str) -> str:
    """Return what tells unknown names apart; who types a password there finds it nowhere."""
    return sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:UNKNOWN_LENGTH]
