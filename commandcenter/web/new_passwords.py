"""Passwords in requests: checked and hashed a few at a time, new ones held to the rules."""

from collections.abc import Mapping
from threading import Semaphore

from commandcenter.cases.accounts import User
from commandcenter.cases.password_rules import Fault, PasswordFault, check_new
from commandcenter.cases.passwords import Passwords

AT_ONCE = 2
"""Passwords checked at the same time: each takes 64 MiB and a core for a moment."""


class Checks:
    """Checks passwords; whoever comes while others are being checked waits."""

    def __init__(self, passwords: Passwords) -> None:
        self._passwords = passwords
        self._turn = Semaphore(AT_ONCE)

    def match(self, user: User | None, password: str) -> bool:
        """Tell whether a password is the user's, in the same time for nobody's."""
        with self._turn:
            return self._passwords.match(user, password)

    def new(self, user: User, form: Mapping[str, str]) -> str:
        """Return the hash of the password that was typed twice; raises PasswordFault."""
        typed = form.get("new", "")
        if form.get("again", "") != typed:
            raise PasswordFault(Fault.UNEQUAL)
        check_new(typed, user.name)
        if user.password and self.match(user, typed):
            raise PasswordFault(Fault.SAME)
        with self._turn:
            return self._passwords.hash(typed)
