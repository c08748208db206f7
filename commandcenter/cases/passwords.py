"""Passwords: hashed with argon2, and checked in the same time for whoever asks."""

from __future__ import annotations

from secrets import token_urlsafe
from typing import Protocol

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from commandcenter.errors import CommandCenterError

TOKEN_BYTES = 32
SHORTEST_PASSWORD = 12
NO_PASSWORD = ""
"""What stands for the hash of an account that comes in by a provider alone."""
# Argon2 reads all of it, so that a longer one is a way to keep the server busy.
LONGEST_PASSWORD = 256


class AccountError(CommandCenterError):
    """An account cannot be made or changed as asked."""


class HasPassword(Protocol):
    """Who logs in with a password."""

    @property
    def password(self) -> str:
        """The hash that is stored."""


class Passwords:
    """Hashes and checks passwords, in the same time whether the user exists or not."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._nobody = self._hasher.hash(token_urlsafe(TOKEN_BYTES))

    def hash(self, password: str) -> str:
        """Return the hash to store; raises AccountError for a password of a wrong length."""
        if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
            raise AccountError(
                f"the password has {len(password)} characters: "
                f"give {SHORTEST_PASSWORD} to {LONGEST_PASSWORD}"
            )
        return self._hasher.hash(password)

    def match(self, user: HasPassword | None, password: str) -> bool:
        """Tell whether `password` is the user's; None for a user who does not exist.

        One without a password costs the same time.
        """
        kept = user.password if user else NO_PASSWORD
        try:
            self._hasher.verify(kept or self._nobody, password)
        except (Argon2Error, InvalidHashError):
            return False
        return bool(kept)
