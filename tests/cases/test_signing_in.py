"""Sessions, locks on names, second factors and rules for passwords, on both databases.

Longer than most: every rule of the way in is held on both databases with one set of people.
"""

from __future__ import annotations

from collections.abc import Iterator

import pyotp
import pytest
from sqlalchemy import select

from commandcenter.cases import accounts, identities, lockouts, presence, second_factors, sessions
from commandcenter.cases.accounts import AccountError, Grant
from commandcenter.cases.identities import Identity
from commandcenter.cases.lockouts import Reach, Trier
from commandcenter.cases.password_rules import Fault, PasswordFault, check_new
from commandcenter.cases.second_factors import CODES, Given, SecondFactors
from commandcenter.cases.sessions import LONGEST, Arrival, Ending, Factor
from commandcenter.domain.clocks import DAY, HOUR, MINUTE, SECOND
from commandcenter.domain.viewers import Clearance
from commandcenter.errors import NotFound, StoreError
from commandcenter.store import sign_in_tables
from commandcenter.store.seal import SECOND_FACTOR, Seal
from commandcenter.store.store import Store
from commandcenter.testing import small_tree

EAST, TREE = "990102", small_tree()
NOON = 1_790_000_010 * SECOND
"""Ten seconds into an interval of codes."""
HERE = Arrival("10.0.0.7", "a browser", Factor.PASSWORD)
LI = Trier("li", "10.0.0.7")
FACTORS = SecondFactors(Seal("for tests only", SECOND_FACTOR))


@pytest.fixture
def store(laid_out_url: str) -> Iterator[Store]:
    made = Store(laid_out_url)
    with made.write() as connection:
        for name in ("li", "wang"):
            accounts.add_user(connection, TREE, Grant(name, EAST, Clearance.STAFF), "hash", 1)
    yield made
    made.close()


def test_a_session_is_found_by_its_token_which_is_kept_nowhere(store: Store) -> None:
    with store.write() as connection:
        token, number = sessions.begin(connection, 1, HERE, NOON)
        row = connection.execute(select(sign_in_tables.sessions)).one()
        found = presence.found(connection, token, NOON + 1)
    assert found is not None
    user, session = found
    assert (user.name, session.id, session.address, session.factor) == (
        "li", number, "10.0.0.7", "password",
    )  # fmt: skip
    assert len(token) >= 43 and token not in map(str, row)
    with store.read() as connection:
        assert presence.found(connection, token[:-1], NOON) is None
        assert presence.found(connection, "", NOON) is None


def test_a_session_is_over_after_a_week_and_gone_after_a_month(store: Store) -> None:
    with store.write() as connection:
        token, _ = sessions.begin(connection, 1, HERE, NOON)
        assert presence.found(connection, token, NOON + LONGEST - 1)
        assert presence.found(connection, token, NOON + LONGEST) is None
        assert sessions.of_user(connection, 1, NOON + LONGEST) == []
        sessions.begin(connection, 1, HERE, NOON + LONGEST + 31 * DAY)
        assert len(connection.execute(select(sign_in_tables.sessions.c.id)).all()) == 1


def test_one_ends_ones_own_sessions_and_nobody_elses(store: Store) -> None:
    with store.write() as connection:
        token, mine = sessions.begin(connection, 1, HERE, NOON)
        _, other = sessions.begin(connection, 2, HERE, NOON)
        with pytest.raises(NotFound):
            sessions.end_own(connection, 1, other, NOON)
        assert sessions.end_own(connection, 1, mine, NOON) == [f"session:{mine}"]
        assert presence.found(connection, token, NOON) is None
        with pytest.raises(NotFound):
            sessions.end_own(connection, 1, mine, NOON)
        assert [name for name, _, _ in sessions.everybodys(connection, NOON)] == ["wang"]


def test_another_password_ends_all_sessions_but_the_one_it_was_chosen_in(store: Store) -> None:
    with store.write() as connection:
        tokens = [sessions.begin(connection, 1, HERE, NOON + n) for n in range(3)]
        kept = tokens[1]
        ended = accounts.change_password(connection, 1, "other", NOON, kept[1])
        assert len(ended) == 2
        open_now = [bool(presence.found(connection, token, NOON + 9)) for token, _ in tokens]
        assert open_now == [False, True, False]
        holders = accounts.set_password(connection, "li", "reset", NOON, must_change=True)
        assert holders == ["user:1"]
        assert presence.found(connection, kept[0], NOON + 9) is None
        user = accounts.user(connection, 1)
    assert user is not None and user.must_change


def test_an_account_that_is_closed_has_no_session_left(store: Store) -> None:
    with store.write() as connection:
        token, _ = sessions.begin(connection, 1, HERE, NOON)
        accounts.disable_user(connection, "li", NOON)
        assert presence.found(connection, token, NOON) is None
        why = connection.execute(select(sign_in_tables.sessions.c.why)).scalar()
    assert why == Ending.DISABLED


def test_when_a_session_was_seen_never_goes_back(store: Store) -> None:
    with store.write() as connection:
        _, number = sessions.begin(connection, 1, HERE, NOON)
        sessions.note_seen(connection, {number: NOON + MINUTE})
        sessions.note_seen(connection, {number: NOON + 1, 99: NOON})
        sessions.note_seen(connection, {})
        (session,) = sessions.of_user(connection, 1, NOON)
    assert session.seen_at == NOON + MINUTE


def test_a_name_is_locked_for_longer_each_time(store: Store) -> None:
    now, waits = NOON, []
    with store.write() as connection:
        for number in range(12):
            attempt = lockouts.attempt(connection, LI, 5, now)
            assert attempt.is_allowed
            assert attempt.locks is (number >= 4)
            if attempt.locks:
                waits.append((attempt.until - now) // MINUTE)
                refused = lockouts.attempt(connection, LI, 5, attempt.until - 1)
                assert (refused.is_allowed, refused.until) == (False, attempt.until)
                now = attempt.until
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60]


def test_a_lock_says_nothing_of_whether_there_is_such_an_account(store: Store) -> None:
    with store.write() as connection:
        known, unknown = (
            [lockouts.attempt(connection, Trier(name, "10.0.0.7"), 2, NOON + n) for n in range(4)]
            for name in ("li", "nobody at all")
        )
        assert known == unknown
        assert not lockouts.forget(connection, "wang")
        kept = connection.execute(select(sign_in_tables.lockouts.c.who)).scalars().all()
    assert not {"li", "nobody at all"} & set(kept)


def test_a_right_attempt_begins_anew_and_half_a_right_one_does_not_count(store: Store) -> None:
    with store.write() as connection:
        for _ in range(2):
            lockouts.attempt(connection, LI, 3, NOON)
        for _ in range(5):
            assert lockouts.attempt(connection, LI, 3, NOON).is_allowed
            lockouts.take_back(connection, LI)
        assert lockouts.attempt(connection, LI, 3, NOON).locks
        lockouts.succeed(connection, LI)
        assert lockouts.attempt(connection, LI, 3, NOON) == lockouts.Attempt(True)
        assert lockouts.forget(connection, "li")
        assert not lockouts.forget(connection, "li")


def test_who_guesses_locks_a_name_for_the_own_address_alone(store: Store) -> None:
    with store.write() as connection:
        for _ in range(5):
            lockouts.attempt(connection, Trier("li", "10.0.0.66"), 5, NOON)
        assert not lockouts.attempt(connection, Trier("li", "10.0.0.66"), 5, NOON).is_allowed
        assert lockouts.attempt(connection, LI, 5, NOON) == lockouts.Attempt(True)
        # Of IPv6 a caller has a whole network of addresses.
        for last in range(5):
            lockouts.attempt(connection, Trier("wang", f"2001:db8::{last}"), 5, NOON)
        assert not lockouts.attempt(connection, Trier("wang", "2001:db8::9"), 5, NOON).is_allowed
        assert lockouts.attempt(connection, Trier("wang", "2001:db8:0:1::9"), 5, NOON).is_allowed


def test_many_addresses_lock_a_name_for_strangers_and_never_for_a_browser_that_is_known(
    store: Store,
) -> None:
    known = Trier("li", "10.0.0.66", "a number")
    with store.write() as connection:
        guesses = [
            lockouts.attempt(connection, Trier("li", f"10.0.{n}.1"), 5, NOON) for n in range(50)
        ]
        assert [guess.locks for guess in guesses] == [False] * 49 + [True]
        assert guesses[-1].reach is Reach.NAME
        refused = lockouts.attempt(connection, LI, 5, NOON)
        assert (refused.is_allowed, refused.until) == (False, NOON + MINUTE)
        for _ in range(4):
            assert lockouts.attempt(connection, known, 5, NOON) == lockouts.Attempt(
                is_allowed=True, reach=Reach.BROWSER
            )
        # What was not checked counts against nobody, and a known browser locks out itself alone.
        assert lockouts.attempt(connection, LI, 5, NOON + MINUTE).reach is Reach.NAME
        assert lockouts.attempt(connection, known, 5, NOON).locks
        assert not lockouts.attempt(connection, known, 5, NOON).is_allowed
        assert lockouts.attempt(connection, Trier("li", "", "another"), 5, NOON).is_allowed


def test_who_is_in_takes_back_the_own_wrong_attempts_and_not_those_of_others(store: Store) -> None:
    guess = Trier("li", "10.0.0.66")
    with store.write() as connection:
        lockouts.attempt(connection, guess, 2, NOON)
        for _ in range(9):
            lockouts.attempt(connection, LI, 2, NOON)
            lockouts.attempt(connection, LI, 2, NOON)
            lockouts.succeed(connection, LI)
        table = sign_in_tables.lockouts
        left = connection.execute(select(table.c.wrong)).scalars().all()
        assert left == [1, 1]
        # A name's count ends a day after its first attempt, whatever came later.
        lockouts.attempt(connection, LI, 2, NOON + DAY - 1)
        lockouts.attempt(connection, LI, 2, NOON + DAY + 1)
        assert sorted(connection.execute(select(table.c.wrong)).scalars()) == [1, 2]


def test_old_attempts_are_forgotten_and_a_clock_put_back_locks_nobody_for_long(
    store: Store,
) -> None:
    with store.write() as connection:
        lockouts.attempt(connection, LI, 1, NOON)
        assert not lockouts.attempt(connection, LI, 1, NOON).is_allowed
        assert lockouts.attempt(connection, LI, 1, NOON - 3 * HOUR).is_allowed
        lockouts.attempt(connection, Trier("wang", "", "a number"), 1, NOON + 3 * DAY)
        kept = connection.execute(select(sign_in_tables.lockouts)).all()
    assert len(kept) == 1


def enrolled(store: Store) -> tuple[pyotp.TOTP, list[str]]:
    """The app of an account, and its recovery codes."""
    with store.write() as connection:
        app = pyotp.TOTP(FACTORS.begin(connection, 1, NOON))
        codes = FACTORS.confirm(connection, 1, app.at(NOON / 1000), NOON)
    assert codes is not None
    return app, codes


def test_a_second_factor_is_in_force_once_it_was_confirmed(store: Store) -> None:
    with store.write() as connection:
        secret = FACTORS.begin(connection, 1, NOON)
        assert FACTORS.begin(connection, 1, NOON) == secret == FACTORS.begun(connection, 1)
        kept = connection.execute(select(sign_in_tables.second_factors.c.secret)).scalar_one()
        assert secret not in kept
        assert FACTORS.confirm(connection, 1, "000000", NOON) is None
        assert not second_factors.is_in_force(connection, 1)
        code = pyotp.TOTP(secret).at(NOON / 1000)
        assert FACTORS.check(connection, 1, code, NOON) is None
        codes = FACTORS.confirm(connection, 1, f" {code[:3]} {code[3:]} ", NOON)
        assert codes is not None and len(set(codes)) == CODES
        assert second_factors.is_in_force(connection, 1)
        assert not second_factors.is_in_force(connection, 2)
        assert FACTORS.begun(connection, 1) is None
        with pytest.raises(AccountError, match="take that away first"):
            FACTORS.begin(connection, 1, NOON)


def test_a_code_serves_once_and_only_around_its_time(store: Store) -> None:
    app, _ = enrolled(store)
    with store.write() as connection:
        # The one that confirmed it is used up too.
        assert FACTORS.check(connection, 1, app.at(NOON / 1000), NOON) is None
        later = NOON + 90 * SECOND
        for at, given in (
            (later - 60 * SECOND, None), (later + 60 * SECOND, None),
            (later - 30 * SECOND, Given.CODE), (later - 30 * SECOND, None), (later, Given.CODE),
            (later, None), (later + 30 * SECOND, Given.CODE), (later, None),
        ):  # fmt: skip
            assert FACTORS.check(connection, 1, app.at(at / 1000), later) is given, at
        assert FACTORS.check(connection, 2, app.at(later / 1000), later) is None


def test_of_two_with_the_same_code_at_once_the_database_lets_one(store: Store) -> None:
    app, _ = enrolled(store)
    later = NOON + MINUTE
    with store.write() as connection:
        step = later // (30 * SECOND)
        used = second_factors._use(connection, 1, step, confirmed=True)
        assert used and not second_factors._use(connection, 1, step, confirmed=True)
        assert FACTORS.check(connection, 1, app.at(later / 1000), later) is None


def test_a_recovery_code_serves_once_however_it_is_typed(store: Store) -> None:
    _, codes = enrolled(store)
    with store.write() as connection:
        kept = connection.execute(select(sign_in_tables.recovery_codes.c.digest)).scalars().all()
        assert not set(codes) & set(kept)
        typed = codes[0].upper().replace("-", " ")
        assert FACTORS.check(connection, 1, typed, NOON) is Given.RECOVERY
        assert FACTORS.check(connection, 1, codes[0], NOON) is None
        assert second_factors.codes_left(connection, 1) == CODES - 1
        new = FACTORS.renew_codes(connection, 1)
        assert FACTORS.check(connection, 1, codes[1], NOON) is None
        assert FACTORS.check(connection, 1, new[1], NOON) is Given.RECOVERY
        second_factors.remove(connection, 1)
        assert FACTORS.check(connection, 1, new[2], NOON) is None
        with pytest.raises(NotFound):
            second_factors.remove(connection, 1)


@pytest.mark.parametrize(
    "code", ["", " ", "12345", "1234567", "abcdef", "\x00", "\ud83d", "١٢٣٤٥٦"]
)
def test_what_is_no_code_is_a_wrong_one(store: Store, code: str) -> None:
    enrolled(store)
    with store.write() as connection:
        assert FACTORS.check(connection, 1, code, NOON + MINUTE) is None


def test_a_secret_is_sealed_for_this_purpose_alone(store: Store) -> None:
    with store.write() as connection:
        FACTORS.begin(connection, 1, NOON)
        kept = connection.execute(select(sign_in_tables.second_factors.c.secret)).scalar_one()
    with pytest.raises(StoreError):
        Seal("for tests only").open(kept)


def test_an_identity_is_given_to_the_account_of_that_name_once(store: Store) -> None:
    who, other = Identity("https://id.example.org", "17"), Identity("https://id.example.org", "18")
    with store.write() as connection:
        assert identities.account_of(connection, who, "li") is None  # not marked
        identities.mark(connection, "li", oidc=True)
        for name in ("", "a\x00b", "\ud83d", "nobody"):
            assert identities.account_of(connection, who, name) is None
        assert [getattr(identities.account_of(connection, who, "li"), "id", 0)] == [1]
        assert getattr(identities.account_of(connection, who, "renamed"), "id", 0) == 1
        assert identities.account_of(connection, other, "li") is None
        accounts.disable_user(connection, "li", NOON)
        assert identities.account_of(connection, who, "li") is None
        with pytest.raises(NotFound):
            identities.mark(connection, "li", oidc=True)


@pytest.mark.parametrize(
    ("password", "fault"),
    [
        ("elevenchars", Fault.SHORT),
        ("x" * 257, Fault.LONG),
        ("of Wang Fang and others", Fault.NAME),
        ("password1234", Fault.COMMON),
        ("qwertyuiop12", Fault.COMMON),
        ("123456789012", Fault.COMMON),
        ("woaini1314520", Fault.COMMON),
        ("zhengzhou2026", Fault.COMMON),
        ("a" * 40, Fault.COMMON),
    ],
)
def test_what_is_guessed_first_cannot_be_a_password(password: str, fault: Fault) -> None:
    with pytest.raises(PasswordFault) as told:
        check_new(password, "wang")
    assert told.value.fault is fault
    assert password not in str(told.value)


@pytest.mark.parametrize(
    "password",
    [
        "rain on the third bridge", "五级联动协同指挥中心真好", "cnYtK9a0xZ_q",
        "".join(f"{number * 7919:x} " for number in range(40)),
    ],
)  # fmt: skip
def test_what_nobody_guesses_can_be_a_password(password: str) -> None:
    check_new(password, "wang")
