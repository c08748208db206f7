"""Pictures that stand in for photos of a simulated city: who sees them."""

from __future__ import annotations

import pytest

from tests.web.conftest import Town
from tests.web.pictures import opened
from tests.web.test_photos import with_staff

DRAWN = "/photos/simulated/E0101"


@pytest.fixture
def staffed(town: Town) -> Town:
    """The town with those who work in it."""
    return with_staff(town)


def test_a_drawn_picture_is_for_those_who_may_see_photos(staffed: Town) -> None:
    client = staffed.logged_in("worker")
    whole_one, small = client.get(DRAWN), client.get(f"{DRAWN}/thumb")
    assert opened(whole_one.data).size > opened(small.data).size > (0, 0)
    mark = whole_one.headers["ETag"]
    assert client.get(DRAWN, headers={"If-None-Match": mark}).status_code == 304
    for other in ("public", "blind"):
        assert staffed.logged_in(other).get(DRAWN).status_code == 404, other
    assert staffed.client().get(DRAWN, headers={"Accept": "image/*"}).status_code == 401


def test_what_is_in_no_catalogue_any_more_is_drawn_as_well_and_once_for_all(
    staffed: Town,
) -> None:
    client = staffed.logged_in("worker")
    gone = [client.get(f"/photos/simulated/{code}").data for code in ("E9999", "E9998")]
    assert gone[0] == gone[1] != client.get(DRAWN).data
