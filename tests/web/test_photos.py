"""Photos over HTTP: who may send and see them, how they are kept, and what the browser keeps."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from sqlalchemy import func, select

from commandcenter.cases import accounts
from commandcenter.cases.accounts import Grant
from commandcenter.domain.rights import Block
from commandcenter.domain.roles import Role
from commandcenter.domain.viewers import Clearance
from commandcenter.store.photo_tables import photos
from tests.web.conftest import CITY, EAST, SAME, WEST, Town, hashed_password, now
from tests.web.pictures import opened, picture

JPEG = {"Content-Type": "image/jpeg"}
LEAF = f"{EAST}001001001001"


@pytest.fixture
def url(laid_out_url: str) -> str:
    """Both kinds of database."""
    return laid_out_url


@pytest.fixture
def staffed(town: Town) -> Town:
    """The town with those who work in it."""
    return with_staff(town)


def with_staff(town: Town) -> Town:
    """Add a leader, chiefs of two districts, a worker, and two who see less."""
    staff = Clearance.STAFF
    grants = (
        Grant("leader", CITY, Clearance.PERSONAL, role=Role.LEADER),
        Grant("chief", EAST, staff, role=Role.GRID_CHIEF),
        Grant("worker", LEAF, staff, role=Role.GRID_WORKER),
        Grant("west", WEST, staff, role=Role.GRID_CHIEF),
        Grant("public", EAST, Clearance.PUBLIC, role=Role.GRID_CHIEF),
        Grant("blind", EAST, staff, role=Role.GRID_CHIEF, blocks=frozenset({Block.PLACES})),
    )
    with town.services.store.write() as connection:
        for grant in grants:
            accounts.add_user(connection, town.services.tree, grant, hashed_password(), now())
    return town


def send(town: Town, by: str, sent: bytes | None = None, **query: Any) -> Any:
    body = picture(told=True) if sent is None else sent
    client = town.logged_in(by)
    return client.post("/api/v1/photos", data=body, query_string=query, headers=SAME | JPEG)


def fault(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json["error"]["code"]


def test_a_photo_is_sent_raw_or_as_a_form_and_shown_to_staff_of_the_place(staffed: Town) -> None:
    taken = send(staffed, "chief", cell=LEAF)
    assert taken.status_code == 200, taken.text
    photo = taken.json
    assert photo["cell"] == LEAF and photo["url"] == f"/photos/{photo['id']}"
    form = {"photo": (BytesIO(picture(told=True)), "../../etc/passwd.svg"), "cell": LEAF}
    again = staffed.logged_in("chief").post("/api/v1/photos", data=form, headers=SAME)
    assert again.json == photo

    shown = staffed.logged_in("worker").get(photo["url"])
    assert shown.status_code == 200 and shown.mimetype == "image/jpeg"
    assert opened(shown.data).size == (40, 60)
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    for other in ("west", "public", "blind"):
        assert staffed.logged_in(other).get(photo["url"]).status_code == 404, other
    nobody = staffed.client().get(photo["url"], headers={"Accept": "image/*"})
    assert nobody.status_code == 401


def test_what_may_lie_in_the_browser_has_an_address_that_nobody_guesses(staffed: Town) -> None:
    photo = send(staffed, "chief").json
    client = staffed.logged_in("chief")
    small = client.get(photo["thumb"])
    said = small.headers["Cache-Control"].split(", ")
    assert {"private", "immutable"} <= set(said)
    bare = client.get(f"{photo['url']}/thumb")
    assert "no-cache" in bare.headers["Cache-Control"] and bare.data == small.data
    mark = client.get(photo["url"]).headers["ETag"]
    assert client.get(photo["url"], headers={"If-None-Match": mark}).status_code == 304


@pytest.mark.parametrize(
    ("by", "query", "said"),
    [
        ("city", {}, (403, "forbidden")),
        ("public", {}, (403, "forbidden")),
        ("blind", {}, (404, "not_found")),
        ("chief", {"cell": WEST}, (404, "not_found")),
        ("chief", {"cell": "nowhere"}, (404, "not_found")),
        ("chief", {"case": "9999"}, (404, "not_found")),
        ("chief", {"case": "x"}, (422, "invalid")),
        ("chief", {"lng": "1", "lat": "1"}, (422, "invalid")),
        ("chief", {"lng": "nan", "lat": "1"}, (422, "invalid")),
    ],
)
def test_who_may_not_or_names_no_place_of_the_scope_is_refused(
    staffed: Town, by: str, query: dict[str, str], said: tuple[int, str]
) -> None:
    assert fault(send(staffed, by, **query)) == said
    with staffed.services.store.read() as connection:
        assert connection.execute(select(func.count()).select_from(photos)).scalar() == 0


def test_the_place_follows_from_the_case_the_point_or_the_scope(staffed: Town) -> None:
    case_id = staffed.report(LEAF, "one")
    tree = staffed.services.tree
    leaf = tree[LEAF]
    assert send(staffed, "chief", case=case_id).json["cell"] == LEAF
    assert send(staffed, "leader", lng=leaf.lng, lat=leaf.lat).json["cell"] == LEAF
    assert send(staffed, "leader").json["cell"] == CITY


def test_what_is_no_picture_is_refused_whatever_it_says_it_is(staffed: Town) -> None:
    assert fault(send(staffed, "chief", b"<script>alert(1)</script>")) == (422, "invalid")
    too_large = send(staffed, "chief", picture() + bytes(9 * 2**20))
    assert too_large.status_code == 413
    between = send(staffed, "chief", picture() + bytes(3 * 2**20))
    assert between.status_code == 200, "a photo may be larger than other bodies"


def test_another_sites_page_sends_no_photo(staffed: Town) -> None:
    client = staffed.logged_in("chief")
    foreign = {"Origin": "https://elsewhere.example", "Sec-Fetch-Site": "cross-site"}
    answer = client.post("/api/v1/photos", data=picture(), headers=foreign | JPEG)
    assert answer.status_code == 403
