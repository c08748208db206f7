"""The way in: what is still to be given after a password or a provider's word, then the session.

What was given lies in the signed cookie meanwhile, for some minutes; nobody is present until all
of it was.
"""

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from http import HTTPStatus
from typing import Any

from flask import redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from commandcenter.cases import accounts, audit, lockouts, second_factors, sessions
from commandcenter.cases.accounts import User
from commandcenter.cases.second_factors import Given, SecondFactors
from commandcenter.cases.sessions import Arrival, Factor
from commandcenter.domain.audit import AuditKind
from commandcenter.domain.rights import needs_second_factor
from commandcenter.domain.roles import Role
from commandcenter.errors import SettingsError
from commandcenter.store.seal import SECOND_FACTOR, Seal
from commandcenter.web import viewers
from commandcenter.web.attempts import Attempts, real_now
from commandcenter.web.gate import is_local, log_in
from commandcenter.web.services import Services

PENDING, BY = "pending", "by"
PENDING_SECONDS = 600
PROVIDED = (Factor.PROVIDER, Factor.PROVIDER_CODE, Factor.PROVIDER_RECOVERY)
WITH = {
    (Factor.PASSWORD, Given.CODE): Factor.CODE,
    (Factor.PASSWORD, Given.RECOVERY): Factor.RECOVERY,
    (Factor.PROVIDER, Given.CODE): Factor.PROVIDER_CODE,
    (Factor.PROVIDER, Given.RECOVERY): Factor.PROVIDER_RECOVERY,
}


@dataclass(frozen=True, slots=True)
class Pending:
    """What somebody has given so far: `mark` changes with the account's password or identity."""

    user_id: int
    mark: str
    factor: str
    wanted: str
    since: float
    is_proven: bool = False


@dataclass(frozen=True, slots=True)
class Waiting:
    """An account on its way in."""

    user: User
    pending: Pending


class Entrance:
    """Leads from step to step, and begins sessions."""

    def __init__(self, services: Services, attempts: Attempts) -> None:
        self._services = services
        self._attempts = attempts
        self._roles = roles_of(services.settings.second_factor_roles)
        self.factors = SecondFactors(Seal(services.settings.secret(), SECOND_FACTOR))

    def requires(self, user: User) -> bool:
        """Tell whether an account must have a second factor.

        Who develops a plugin is alone with a made-up city, which ends with the command.
        """
        if self._services.settings.plugin_dev:
            return False
        return needs_second_factor(user.role) or user.role in self._roles

    def arrive(
        self, user: User, factor: Factor, wanted: str, *, is_proven: bool = False
    ) -> ResponseReturnValue:
        """Take in who has given a password, or comes from the provider; raises the refusals."""
        pending = Pending(user.id, _mark(user), factor.value, wanted, time.time(), is_proven)
        session.clear()
        return self.go_on(Waiting(user, pending))

    def waiting(self) -> Waiting | None:
        """Return who is on the way in with this browser, None for nobody or one who took long."""
        pending = _read(session.get(PENDING))
        if pending is None or time.time() - pending.since > PENDING_SECONDS:
            return None
        with self._services.store.read() as connection:
            user = accounts.user(connection, pending.user_id)
        if user is None or _mark(user) != pending.mark:
            return None
        return Waiting(user, pending)

    def proven(self, waiting: Waiting, given: Given) -> Waiting:
        """Take a second factor; it is kept in the cookie."""
        with_it = WITH[Factor(waiting.pending.factor), given]
        return self._keep(waiting, replace(waiting.pending, is_proven=True, factor=with_it.value))

    def changed(self, waiting: Waiting) -> Waiting:
        """Take the account as it is now, with another password."""
        with self._services.store.read() as connection:
            user = accounts.user(connection, waiting.user.id) or waiting.user
        pending = replace(waiting.pending, mark=_mark(user))
        return self._keep(Waiting(user, pending), pending)

    def go_on(self, waiting: Waiting) -> ResponseReturnValue:
        """Lead to what is still to be given, or in."""
        step = self.step(waiting)
        if step is None:
            return self._enter(waiting)
        self._keep(waiting, waiting.pending)
        return redirect(url_for(step), HTTPStatus.SEE_OTHER)

    def step(self, waiting: Waiting) -> str | None:
        """Return the page of what is still to be given, None for nothing."""
        user, pending = waiting.user, waiting.pending
        if not pending.is_proven:
            with self._services.store.read() as connection:
                has_factor = second_factors.is_in_force(connection, user.id)
            if has_factor:
                return "second_step.code"
            if self.requires(user):
                return "second_step.enrol"
        is_by_password = Factor(pending.factor) not in PROVIDED
        return "second_step.renew" if user.must_change and is_by_password else None

    def _keep(self, waiting: Waiting, pending: Pending) -> Waiting:
        session[PENDING] = asdict(pending)
        return Waiting(waiting.user, pending)

    def _enter(self, waiting: Waiting) -> ResponseReturnValue:
        user, factor = waiting.user, Factor(waiting.pending.factor)
        arrival = Arrival(request.remote_addr or "", request.user_agent.string, factor)
        entry = self._services.auditing.entry(
            AuditKind.SIGN_IN, f"user:{user.name}", {"factor": factor.value}, who=user.name
        )
        trier = self._attempts.trier(user.name)
        with self._services.store.write() as connection:
            lockouts.succeed(connection, trier)
            token, number = sessions.begin(connection, user.id, arrival, real_now())
            told = replace(entry, session=str(number), scope=user.scope)
            audit.append(connection, [told], self._services.now())
        self._attempts.arrived(trier)
        visitor = viewers.signed_in(self._services, user, number, token)
        if visitor is None:
            session.clear()
            return redirect(url_for("login.show"), HTTPStatus.SEE_OTHER)
        log_in(visitor)
        if factor in PROVIDED:
            session[BY] = "provider"
        wanted = waiting.pending.wanted
        return redirect(wanted if is_local(wanted) else "/", HTTPStatus.SEE_OTHER)


def roles_of(setting: str) -> frozenset[Role]:
    """Read roles from a setting; raises SettingsError that names a wrong one."""
    names = [name.strip() for name in setting.split(",") if name.strip()]
    for name in names:
        if name not in tuple(Role):
            known = ", ".join(Role)
            raise SettingsError(f"setting second_factor_roles: {name} is no role; give {known}")
    return frozenset(map(Role, names))


def _mark(user: User) -> str:
    """Return what changes with what somebody signs in by."""
    return sha256(f"{user.password} {user.identity}".encode()).hexdigest()[:16]


def _read(kept: Mapping[str, Any] | None) -> Pending | None:
    return Pending(**kept) if kept else None
