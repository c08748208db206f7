"""Photos in the store: kept once, seen by staff of the place, of the case that names them."""

from dataclasses import replace

import pytest

from commandcenter.cases import commands, photos
from commandcenter.cases.instructions import Exhibit, Instruction
from commandcenter.cases.photos import Photo, Taken
from commandcenter.domain.cases import Command
from commandcenter.domain.rights import Block
from commandcenter.domain.viewers import Clearance, Viewer
from commandcenter.errors import Invalid, NotFound
from commandcenter.testing.stored import MONDAY, StoredCity

EAST, WEST = "990102", "990103"


def keep(city: StoredCity, viewer: Viewer, cell: str = EAST, digest: str = "d") -> Photo:
    at = city.tree.position[cell]
    taken = Taken(digest * 64, "image/jpeg", 4, 3, b"small", b"large", at)
    with city.store.write() as connection:
        return photos.keep(connection, viewer, taken, MONDAY)


def test_the_same_picture_from_the_same_place_is_kept_once(stored: StoredCity) -> None:
    viewer = stored.viewer()
    first = keep(stored, viewer)
    assert keep(stored, viewer) == first
    others = keep(stored, stored.viewer(name="other")), keep(stored, viewer, WEST)
    assert len({first.id, *(photo.id for photo in others)}) == 3


def test_only_staff_who_see_the_place_see_its_photos(stored: StoredCity) -> None:
    photo = keep(stored, stored.viewer())
    blind = replace(stored.viewer(), given=frozenset({Block.PLACES}))
    with stored.store.read() as connection:
        assert photos.pixels(connection, stored.viewer(EAST), photo.id).bytes == b"large"
        assert photos.pixels(connection, stored.viewer(), photo.id, small=True).bytes == b"small"
        for viewer in (stored.viewer(WEST), stored.viewer(clearance=Clearance.PUBLIC), blind):
            with pytest.raises(NotFound):
                photos.pixels(connection, viewer, photo.id)
            assert photos.by_number(connection, viewer, [photo.id]) == []
    with pytest.raises(NotFound):
        keep(stored, stored.viewer(WEST), EAST)


def test_a_photo_that_a_command_names_belongs_to_its_case(stored: StoredCity) -> None:
    (answer,) = stored.accept(stored.report("one", cell=EAST))
    viewer, photo = stored.viewer(), keep(stored, stored.viewer())
    stranger = keep(stored, stored.viewer(name="other"))
    named = tuple(Exhibit(each.url) for each in (photo, stranger))
    given = Instruction(answer.id or 0, Command.NOTE, MONDAY, note="现场", evidence=named)
    with stored.store.write() as connection:
        (outcome,) = commands.execute(connection, viewer, stored.desk, stored.matters, [given])
        assert outcome.refusal is None
        assert [p.id for p in photos.of_case(connection, viewer, answer.id or 0)] == [photo.id]
        assert photos.of_case(connection, stored.viewer(WEST), answer.id or 0) == []


def test_evidence_names_photos_that_are_there_for_who_gives_it(stored: StoredCity) -> None:
    (answer,) = stored.accept(stored.report("one", cell=EAST))
    elsewhere = keep(stored, stored.viewer(), WEST)
    for url in ("/photos/999", elsewhere.url):
        evidence = (Exhibit(url),)
        given = Instruction(answer.id or 0, Command.NOTE, MONDAY, note="现场", evidence=evidence)
        with stored.store.write() as connection:
            (outcome,) = commands.execute(
                connection, stored.viewer(EAST), stored.desk, stored.matters, [given]
            )
        assert isinstance(outcome.refusal, Invalid) and outcome.refusal.field == "evidence"


def test_numbers_are_read_from_addresses_of_photos_alone() -> None:
    addresses = ["/photos/7", "https://x/photos/8", "/photos/09", "/photos/9/thumb", "/photos/12"]
    assert photos.numbers_in(addresses) == [7, 12]
