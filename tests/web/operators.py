"""Who runs the server, signed in without the way through the login."""

from __future__ import annotations

from contextlib import suppress

from flask.testing import FlaskClient

from commandcenter.cases.accounts import AccountError, Grant
from commandcenter.domain.roles import Role
from commandcenter.domain.viewers import Clearance
from tests.web.conftest import CITY, Town
from tests.web.people import add_people, signed_in


def operator(town: Town, scope: str = CITY) -> FlaskClient:
    """Return a browser in which an operator of a scope is signed in."""
    name = f"operator of {scope}"
    with suppress(AccountError):  # the same one again
        add_people(town, Grant(name, scope, Clearance.STAFF, role=Role.OPERATOR))
    return signed_in(town, name)
