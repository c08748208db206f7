"""What an account is to do and see: changes to its role, its unit and its blocks."""

from collections.abc import Iterable

from sqlalchemy import Connection, select, update

from commandcenter.cases.accounts import Grant, check_role, shut_out
from commandcenter.domain.rights import Block, blocks_kept
from commandcenter.domain.roles import Role
from commandcenter.domain.viewers import Clearance
from commandcenter.errors import NotFound
from commandcenter.store.tables import users


def give_role(
    connection: Connection, name: str, role: Role | None, unit: str | None
) -> list[str]:
    """Give a user another role, None for none; raises NotFound, AccountError.

    Returns whose streams must end, as `give_blocks` does: their topics were those of before.
    """
    query = select(users.c.scope, users.c.clearance).where(users.c.name == name)
    row = connection.execute(query.where(users.c.disabled_at.is_(None))).first()
    if row is None:
        raise NotFound(f"there is no user {name} in force")
    check_role(connection, Grant(name, row.scope, Clearance(row.clearance), role=role, unit=unit))
    return _change(connection, name, role=role and role.value, unit=unit)


def give_blocks(connection: Connection, name: str, blocks: Iterable[Block] | None) -> list[str]:
    """Give a user other kinds of data, None for those of its level and role; raises NotFound."""
    return _change(connection, name, blocks=blocks_kept(blocks))


def _change(connection: Connection, name: str, **values: str | None) -> list[str]:
    in_force = (users.c.name == name, users.c.disabled_at.is_(None))
    change = update(users).where(*in_force).values(values).returning(users.c.id)
    return shut_out(connection, change, "user", name)
