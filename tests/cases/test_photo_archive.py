"""Photos of what is over go into a file with their checksum; a small one of each stays."""

from __future__ import annotations

import tarfile
from hashlib import sha256
from pathlib import Path

import orjson
from sqlalchemy import update

from commandcenter.cases import photos
from commandcenter.cases.archive import Wanted
from commandcenter.cases.photo_archive import INDEX, archive_photos
from commandcenter.cases.photos import Taken
from commandcenter.domain.clocks import DAY
from commandcenter.store.tables import cases
from commandcenter.testing.stored import MONDAY, StoredCity

BEFORE = MONDAY + DAY


def keep(city: StoredCity, name: str, case_id: int | None = None, at: int = MONDAY) -> int:
    taken = Taken(name, "image/jpeg", 4, 3, b"small", name.encode(), 0, case_id)
    with city.store.write() as connection:
        return photos.keep(connection, city.viewer(), taken, at).id


def close(city: StoredCity, case_id: int, since: int) -> None:
    with city.store.write() as connection:
        ended = {"state": "closed", "since": since}
        connection.execute(update(cases).where(cases.c.id == case_id).values(ended))


def test_photos_of_what_is_over_leave_and_their_small_ones_stay(
    stored: StoredCity, tmp_path: Path
) -> None:
    answers = stored.accept(*(stored.report(name) for name in ("old", "late", "open")))
    old, late, still = (answer.id or 0 for answer in answers)
    close(stored, old, MONDAY)
    close(stored, late, BEFORE + 1)
    gone = [keep(stored, "of-old", old), keep(stored, "alone")]
    stays = [keep(stored, "of-late", late), keep(stored, "of-open", still),
             keep(stored, "new", old, BEFORE)]  # fmt: skip
    wanted = Wanted(BEFORE, 0, tmp_path / "archive")
    made = archive_photos(stored.store, wanted)
    assert made is not None and made.photos == 2
    assert sha256(made.path.read_bytes()).hexdigest() == made.digest
    with tarfile.open(made.path) as packed:
        content = {m.name: packed.extractfile(m).read() for m in packed}  # type: ignore[union-attr]
    assert content[f"{gone[0]}.jpg"] == b"of-old" and content[f"{gone[1]}.jpg"] == b"alone"
    lines = [orjson.loads(line) for line in content[INDEX].splitlines()]
    assert [(line["id"], line["case_id"]) for line in lines] == [(gone[0], old), (gone[1], None)]
    with stored.store.read() as connection:
        viewer = stored.viewer()
        for number in gone:
            assert photos.pixels(connection, viewer, number).bytes is None
            assert photos.pixels(connection, viewer, number, small=True).bytes == b"small"
        assert all(photos.pixels(connection, viewer, number).bytes for number in stays)
    assert archive_photos(stored.store, wanted) is None
