"""Persons of the tests who are signed in without the way through the login."""

from __future__ import annotations

from flask.testing import FlaskClient

from commandcenter.cases import accounts, sessions
from commandcenter.cases.accounts import Grant
from commandcenter.cases.sessions import Arrival, Factor
from tests.web.conftest import SAME, Town, hashed_password, now


def add_people(town: Town, *grants: Grant) -> None:
    """Add accounts with everybody's password."""
    with town.services.store.write() as connection:
        for grant in grants:
            accounts.add_user(connection, town.services.tree, grant, hashed_password(), now())


def signed_in(town: Town, name: str) -> FlaskClient:
    """Return a browser in which somebody is signed in, with the second factor if one is needed."""
    with town.services.store.write() as connection:
        user = accounts.user_named(connection, name)
        assert user is not None
        arrival = Arrival("127.0.0.1", "test", Factor.CODE)
        token, _ = sessions.begin(connection, user.id, arrival, now())
    client = town.client()
    with client.session_transaction() as kept:
        kept["_user_id"], kept["_fresh"] = f"session:{token}", True
    return client


def proof(client: FlaskClient) -> dict[str, str]:
    """Return what a page's own requests carry along."""
    token = client.get_cookie("_csrf_token")
    return SAME | {"X-CSRFToken": token.value if token else ""}
