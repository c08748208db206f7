"""What is pushed to remote panels is kept part by part, on both databases."""

from threading import Thread

import pytest

from commandcenter.store import remote
from commandcenter.store.remote import Part, Place, TooManyCells
from commandcenter.testing.stored import StoredCity

HERE = Place("air.flights", 3)


def put(city: StoredCity, at: int, place: Place = HERE, **values: bytes) -> str:
    with city.store.write() as connection:
        return remote.put(connection, place, values, at)


def read(city: StoredCity, place: Place = HERE) -> remote.Pushed:
    with city.store.read() as connection:
        found = remote.read(connection, place)
    assert found is not None
    return found


def test_a_put_sets_the_parts_it_names_and_leaves_the_others(stored: StoredCity) -> None:
    assert put(stored, 10, cargo=b'{"value":1}', flow=b"null") == "accepted"
    assert put(stored, 20, cargo=b'{"value":2}') == "accepted"
    found = read(stored)
    assert found.parts == {"cargo": Part(20, b'{"value":2}'), "flow": Part(10, b"null")}
    assert found.at == 20


def test_the_same_put_once_more_changes_nothing(stored: StoredCity) -> None:
    put(stored, 10, cargo=b"1")
    before = read(stored)
    assert put(stored, 10, cargo=b"1") == "unchanged"
    assert read(stored) == before
    assert put(stored, 11, cargo=b"1") == "accepted", "the same number of a later instant is news"


def test_a_put_that_comes_late_takes_back_nothing_that_is_newer(stored: StoredCity) -> None:
    put(stored, 20, cargo=b"2")
    assert put(stored, 10, cargo=b"1") == "outdated"
    assert put(stored, 10, cargo=b"1", flow=b"7") == "accepted"
    assert read(stored).parts == {"cargo": Part(20, b"2"), "flow": Part(10, b"7")}
    assert read(stored).at == 20


def test_a_refusal_stands_beside_the_last_values_until_a_put_is_taken(stored: StoredCity) -> None:
    put(stored, 10, cargo=b"1")
    with stored.store.write() as connection:
        remote.refuse(connection, HERE, "part cargo: is no number", 15)
    refused = read(stored)
    assert (refused.refusal, refused.at) == ("part cargo: is no number", 10)
    assert refused.parts == {"cargo": Part(10, b"1")}
    assert put(stored, 10, cargo=b"1") == "accepted"
    assert read(stored).refusal == ""


def test_a_panel_that_was_refused_only_has_no_age(stored: StoredCity) -> None:
    with stored.store.write() as connection:
        remote.refuse(connection, HERE, "no", 15)
    assert (read(stored).at, read(stored).parts) == (None, {})


def test_places_are_apart_and_listed_with_their_versions(stored: StoredCity) -> None:
    there, other = Place("air.flights", 4), Place("air.cargo", 3)
    for place in (HERE, there, other):
        put(stored, 10, place, a=b"1")
    put(stored, 11, there, a=b"2")
    with stored.store.read() as connection:
        assert remote.versions(connection, {HERE, there}) == {HERE: 1, there: 2}
        assert remote.versions(connection, {HERE, Place("air.cargo", 4)}) == {HERE: 1}
        assert set(remote.states(connection, ["air.cargo", "gone"])) == {other}
        assert remote.read(connection, Place("air.cargo", 9)) is None


def test_a_panel_has_no_more_cells_than_it_may(
    stored: StoredCity, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote, "MOST_CELLS", 1)
    put(stored, 10, a=b"1")
    put(stored, 11, a=b"1")
    with pytest.raises(TooManyCells):
        put(stored, 10, Place("air.flights", 4), a=b"1")


def test_puts_at_one_time_lose_none_of_their_parts(stored: StoredCity) -> None:
    threads = [
        Thread(target=put, args=(stored, 10), kwargs={f"part{n}": b"%d" % n}) for n in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert set(read(stored).parts) == {f"part{n}" for n in range(6)}
    assert read(stored).version == 6
