"""The second factor: one-time codes of an app (TOTP), and recovery codes for who has lost it."""

from base64 import b32encode
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from secrets import token_bytes
from typing import Any

import pyotp
from pyotp.exceptions import OTPVerificationError
from sqlalchemy import Connection, delete, func, insert, select, update

from commandcenter.cases.passwords import AccountError
from commandcenter.domain.clocks import Millis
from commandcenter.errors import NotFound
from commandcenter.store.seal import Seal
from commandcenter.store.sign_in_tables import recovery_codes, second_factors
from commandcenter.store.upsert import upsert

CODES = 10
"""Recovery codes that an account is given at once."""
CODE_BYTES, GROUP = 10, 4
"""80 random bits: a digest of them cannot be guessed from the database."""
WINDOW = 1
"""Intervals of 30 s before and after now in which a code is taken, since clocks differ."""
NEVER = -1


class Given(StrEnum):
    """Which second factor was given."""

    CODE = "code"
    RECOVERY = "recovery"


@dataclass(frozen=True, slots=True)
class SecondFactors:
    """The second factors of accounts; `seal` keeps their secrets from who has the database."""

    seal: Seal

    def begin(self, connection: Connection, user_id: int, now: Millis) -> str:
        """Return a secret to be confirmed; asked again before that, the same one.

        Raises AccountError where one is in force: who has the password alone gets no other one.
        """
        row = connection.execute(_of(user_id)).first()
        if row is not None and row.confirmed:
            raise AccountError("the account has a second factor: take that away first")
        if row is not None:
            return self.seal.open(row.secret)
        secret = pyotp.random_base32()
        fresh = {
            "user_id": user_id,
            "secret": self.seal.close(secret),
            "since": now,
            "confirmed": False,
            "last_step": NEVER,
        }
        upsert(connection, second_factors, [fresh], ("user_id",))
        return secret

    def begun(self, connection: Connection, user_id: int) -> str | None:
        """Return the secret that is to be confirmed, None for none."""
        row = connection.execute(_of(user_id)).first()
        return self.seal.open(row.secret) if row is not None and not row.confirmed else None

    def confirm(
        self, connection: Connection, user_id: int, code: str, now: Millis
    ) -> list[str] | None:
        """Put a secret into force by a code of it; returns recovery codes, None for a wrong one."""
        step = self._step(connection, user_id, code, now, confirmed=False)
        if step is None or not _use(connection, user_id, step, confirmed=False):
            return None
        return self.renew_codes(connection, user_id)

    def check(self, connection: Connection, user_id: int, code: str, now: Millis) -> Given | None:
        """Use a code up, of the app or for recovery; None for a wrong one or one used before."""
        step = self._step(connection, user_id, code, now, confirmed=True)
        if step is not None:
            return Given.CODE if _use(connection, user_id, step, confirmed=True) else None
        return Given.RECOVERY if _use_recovery(connection, user_id, code, now) else None

    def renew_codes(self, connection: Connection, user_id: int) -> list[str]:
        """Return new recovery codes, which nobody can read again; the old ones are void."""
        _forget_codes(connection, user_id)
        codes = [_recovery_code() for _ in range(CODES)]
        rows = [{"user_id": user_id, "digest": _digest(user_id, code)} for code in codes]
        connection.execute(insert(recovery_codes), rows)
        return codes

    def _step(
        self, connection: Connection, user_id: int, code: str, now: Millis, *, confirmed: bool
    ) -> int | None:
        """Return the interval that a code is of, None for a wrong one."""
        row = connection.execute(_of(user_id)).first()
        typed = "".join(code.split())
        if row is None or row.confirmed is not confirmed or not typed.isdecimal():
            return None
        app = pyotp.TOTP(self.seal.open(row.secret))
        try:
            return app.verify_and_get_timecode(typed, for_time=now / 1000, valid_window=WINDOW)
        except OTPVerificationError:
            return None


def is_in_force(connection: Connection, user_id: int) -> bool:
    """Tell whether an account has a second factor."""
    row = connection.execute(_of(user_id)).first()
    return row is not None and bool(row.confirmed)


def codes_left(connection: Connection, user_id: int) -> int:
    """Return how many recovery codes an account has."""
    table = recovery_codes
    query = select(func.count()).where(table.c.user_id == user_id, table.c.used_at.is_(None))
    return int(connection.execute(query).scalar_one())


def remove(connection: Connection, user_id: int) -> None:
    """Take the second factor of an account away; raises NotFound where there is none."""
    gone = connection.execute(delete(second_factors).where(second_factors.c.user_id == user_id))
    _forget_codes(connection, user_id)
    if not gone.rowcount:
        raise NotFound("the account has no second factor")


def enrolment(secret: str, name: str, issuer: str) -> str:
    """Return the address that an app reads from a QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=issuer)


def in_groups(secret: str) -> str:
    """Return a secret as it is typed by hand."""
    return " ".join(_groups(secret))


def _of(user_id: int) -> Any:
    return select(second_factors).where(second_factors.c.user_id == user_id)


def _use(connection: Connection, user_id: int, step: int, *, confirmed: bool) -> bool:
    """Use an interval up; false for one that is not newer than the last, so that none serves twice.

    Of two who come with the same code at once the database lets one.
    """
    table = second_factors
    change = update(table).where(
        table.c.user_id == user_id, table.c.confirmed.is_(confirmed), table.c.last_step < step
    )
    return connection.execute(change.values(last_step=step, confirmed=True)).rowcount == 1


def _use_recovery(connection: Connection, user_id: int, code: str, now: Millis) -> bool:
    table = recovery_codes
    change = update(table).where(
        table.c.user_id == user_id,
        table.c.digest == _digest(user_id, code),
        table.c.used_at.is_(None),
    )
    return connection.execute(change.values(used_at=now)).rowcount == 1


def _forget_codes(connection: Connection, user_id: int) -> None:
    connection.execute(delete(recovery_codes).where(recovery_codes.c.user_id == user_id))


def _recovery_code() -> str:
    return "-".join(_groups(b32encode(token_bytes(CODE_BYTES)).decode().lower()))


def _groups(text: str) -> Sequence[str]:
    return [text[at : at + GROUP] for at in range(0, len(text), GROUP)]


def _digest(user_id: int, code: str) -> str:
    """Return what is kept of a recovery code, however it was typed."""
    typed = "".join(sign for sign in code.lower() if sign.isalnum())
    return sha256(f"{user_id}:{typed}".encode("utf-8", "surrogatepass")).hexdigest()
