"""Users and keys."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from argon2 import PasswordHasher

from commandcenter.cases import accounts, duties
from commandcenter.cases.accounts import AccountError, Grant, KeyKind, Passwords
from commandcenter.domain.rights import Block, blocks_of
from commandcenter.domain.roles import Role
from commandcenter.domain.viewers import Clearance, Viewer
from commandcenter.errors import NotFound
from commandcenter.store import tables
from commandcenter.store.store import Store
from commandcenter.testing import small_tree

EAST = "990102"
TREE = small_tree()
# The product's own cost belongs to the login's tests.
PASSWORDS = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.fixture
def store(laid_out_url: str) -> Iterator[Store]:
    made = Store(laid_out_url)
    yield made
    made.close()


def test_a_password_matches_its_user_and_no_other(store: Store) -> None:
    with store.write() as connection:
        grant = Grant("east", EAST, Clearance.STAFF)
        hashed = PASSWORDS.hash("long enough one")
        accounts.add_user(connection, TREE, grant, hashed, 1)
        user = accounts.user_named(connection, "east")
    assert user is not None
    assert PASSWORDS.match(user, "long enough one")
    assert not PASSWORDS.match(user, "long enough two")
    assert not PASSWORDS.match(None, "long enough one")
    assert "long enough one" not in user.password


def test_a_user_sees_the_scope_alone(store: Store) -> None:
    with store.write() as connection:
        number = accounts.add_user(connection, TREE, Grant("east", EAST), "hash", 1)
        user = accounts.user(connection, number)
    assert user is not None
    viewer = accounts.viewer_of(user, TREE, "en")
    assert viewer is not None
    assert (viewer.first, viewer.last) == TREE.range_of(EAST)
    assert (viewer.kind, viewer.language, viewer.clearance) == ("user", "en", Clearance.PUBLIC)


def test_a_scope_that_the_city_lost_sees_nothing() -> None:
    gone = accounts.User(1, "old", "hash", "no such cell", Clearance.PERSONAL)
    assert accounts.viewer_of(gone, TREE, "zh") is None


@pytest.mark.parametrize(
    "grant", [Grant("", EAST), Grant("a" * 65, EAST), Grant("a\nb", EAST), Grant("a", "nowhere")]
)
def test_a_grant_that_cannot_be_is_refused(store: Store, grant: Grant) -> None:
    with store.write() as connection:
        with pytest.raises(AccountError):
            accounts.add_user(connection, TREE, grant, "hash", 1)
        with pytest.raises(AccountError):
            accounts.add_key(connection, TREE, KeyKind.WALL, grant, 1)


def test_a_name_is_given_once(store: Store) -> None:
    with store.write() as connection:
        accounts.add_user(connection, TREE, Grant("east", EAST), "hash", 1)
        with pytest.raises(AccountError, match="east"):
            accounts.add_user(connection, TREE, Grant("east", EAST), "hash", 1)


@pytest.mark.parametrize("password", ["short", "x" * 257])
def test_a_password_of_a_wrong_length_is_refused(password: str) -> None:
    with pytest.raises(AccountError, match=str(len(password))):
        PASSWORDS.hash(password)


def test_a_token_is_found_by_its_digest_and_kept_nowhere(store: Store) -> None:
    with store.write() as connection:
        grant = Grant("lobby", EAST, layout="district")
        token = accounts.add_key(connection, TREE, KeyKind.WALL, grant, 1)
        key = accounts.key_of(connection, token)
        row = connection.execute(tables.keys.select()).one()
    assert key is not None
    assert (key.kind, key.layout, key.scope) == (KeyKind.WALL, "district", EAST)
    assert len(token) >= 43
    assert token not in map(str, row)
    with store.read() as connection:
        assert accounts.key_of(connection, token[:-1]) is None


def test_a_revoked_key_opens_nothing(store: Store) -> None:
    with store.write() as connection:
        tokens = [
            accounts.add_key(connection, TREE, KeyKind.SOURCE, Grant("feed", EAST), 1)
            for _ in range(2)
        ]
        accounts.revoke_keys(connection, "feed", 2)
        assert [accounts.key_of(connection, token) for token in tokens] == [None, None]
        assert [key.revoked_at for key in accounts.keys(connection)] == [2, 2]
        with pytest.raises(NotFound):
            accounts.revoke_keys(connection, "feed", 3)


def test_a_disabled_user_is_not_found(store: Store) -> None:
    with store.write() as connection:
        number = accounts.add_user(connection, TREE, Grant("east", EAST), "hash", 1)
        assert [user.name for user in accounts.users(connection)] == ["east"]
        accounts.disable_user(connection, "east", 2)
        assert accounts.user(connection, number) is None
        assert accounts.user_named(connection, "east") is None
        assert accounts.users(connection) == []
        with pytest.raises(NotFound):
            accounts.disable_user(connection, "east", 3)


def test_a_password_is_changed_for_users_only(store: Store) -> None:
    with store.write() as connection:
        accounts.add_user(connection, TREE, Grant("east", EAST), "hash", 1)
        accounts.set_password(connection, "east", "other", 2)
        user = accounts.user_named(connection, "east")
        assert user is not None
        assert user.password == "other"
        with pytest.raises(NotFound):
            accounts.set_password(connection, "nobody", "other", 2)


@pytest.mark.parametrize("name", ["a\x00b", "\ud83d", "", "' or 1=1 --"])
def test_a_strange_name_is_nobodys(store: Store, name: str) -> None:
    with store.read() as connection:
        assert accounts.user_named(connection, name) is None
        assert accounts.key_of(connection, name) is None


def viewer_of(store: Store, grant: Grant) -> Viewer:
    with store.write() as connection:
        user = accounts.user(connection, accounts.add_user(connection, TREE, grant, "hash", 1))
    assert user is not None
    viewer = accounts.viewer_of(user, TREE, "en")
    assert viewer is not None
    return viewer


def test_an_account_sees_the_blocks_of_its_level_unless_it_was_given_its_own(store: Store) -> None:
    by_tier = viewer_of(store, Grant("east", EAST, Clearance.STAFF))
    assert by_tier.blocks == blocks_of(None, 1)
    blocks = frozenset({Block.CASES, Block.PEOPLE})
    assert viewer_of(store, Grant("own", EAST, Clearance.STAFF, blocks=blocks)).blocks == blocks


def test_who_is_not_given_persons_sees_as_what_hangs_on_a_wall(store: Store) -> None:
    operator = viewer_of(store, Grant("op", EAST, Clearance.PERSONAL, role=Role.OPERATOR))
    assert Block.PEOPLE not in operator.blocks
    assert operator.clearance is Clearance.PUBLIC
    leader = viewer_of(store, Grant("boss", EAST, Clearance.PERSONAL, role=Role.LEADER))
    assert leader.clearance is Clearance.PERSONAL


def test_a_change_of_blocks_holds_for_the_next_request_and_ends_what_is_open(store: Store) -> None:
    viewer_of(store, Grant("east", EAST, Clearance.STAFF))
    with store.write() as connection:
        holders = duties.give_blocks(connection, "east", {Block.PLACES})
        user = accounts.user_named(connection, "east")
    assert user is not None and holders == [f"user:{user.id}"]
    assert user.blocks == {Block.PLACES}
    with store.write() as connection, pytest.raises(NotFound):
        duties.give_blocks(connection, "nobody", None)
