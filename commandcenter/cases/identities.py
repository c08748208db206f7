"""Accounts that come in by a provider of OpenID Connect: who is marked for it, and who is who."""

from dataclasses import dataclass

from sqlalchemy import Connection, select, update

from commandcenter.cases.account_rows import User, read_user
from commandcenter.errors import NotFound
from commandcenter.store.tables import users


@dataclass(frozen=True, slots=True)
class Identity:
    """Who somebody is at a provider: `subject` stays the same when the name there changes."""

    issuer: str
    subject: str

    @property
    def kept(self) -> str:
        """What an account keeps of it."""
        return f"{self.issuer} {self.subject}"


def account_of(connection: Connection, who: Identity, name: str) -> User | None:
    """Return the account that is marked for an identity; None for somebody who has none.

    At the first sign-in it is the account of that name, from then on nobody else's.
    """
    marked = (users.c.oidc, users.c.disabled_at.is_(None))
    known = connection.execute(select(users).where(users.c.identity == who.kept)).first()
    if known is not None:
        is_marked = known.oidc and known.disabled_at is None
        return read_user(known) if is_marked else None
    if not name or not name.isprintable():
        return None
    is_new = (users.c.name == name, users.c.identity.is_(None))
    change = update(users).where(*is_new, *marked).values(identity=who.kept).returning(users)
    row = connection.execute(change).first()
    return read_user(row) if row else None


def mark(connection: Connection, name: str, *, oidc: bool) -> None:
    """Let an account come in by the provider, or no longer; raises NotFound.

    Who it was there is forgotten, so that the next sign-in says so anew.
    """
    change = update(users).where(users.c.name == name, users.c.disabled_at.is_(None))
    if not connection.execute(change.values(oidc=oidc, identity=None)).rowcount:
        raise NotFound(f"there is no user {name} in force")
