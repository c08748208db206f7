"""Acting in the field over HTTP: cases are started, red cells are checked, within one's scope."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from commandcenter.domain.clocks import DAY, HOUR
from commandcenter.domain.colours import Colour
from commandcenter.host.panel import ColourChange
from commandcenter.screen.cell_field import LastSeen
from commandcenter.screen.cell_tabs import Look
from commandcenter.store import colours as kept
from commandcenter.store.audit_tables import audit
from commandcenter.store.tables import cases, dead_letters, moves
from commandcenter.web import cell_inspections
from tests.web.conftest import EAST, SAME, Town, now
from tests.web.test_field_bar import viewer
from tests.web.test_photos import JPEG, LEAF, fault, picture, send, with_staff


@pytest.fixture
def url(laid_out_url: str) -> str:
    """Both kinds of database."""
    return laid_out_url


@pytest.fixture
def staffed(town: Town) -> Town:
    """The town with those who work in it."""
    return with_staff(town)


def post(town: Town, by: str, path: str, body: dict[str, Any], key: str = "") -> Any:
    headers = SAME | ({"Idempotency-Key": key} if key else {})
    return town.logged_in(by).post(f"/api/v1/{path}", json=body, headers=headers)


def start(town: Town, by: str = "chief", key: str = "", **body: Any) -> Any:
    return post(town, by, "cases", {"cell": LEAF, "matter": "E0101"} | body, key)


def row(town: Town, number: int) -> Any:
    with town.services.store.read() as connection:
        return connection.execute(select(cases).where(cases.c.id == number)).one()


def test_a_case_is_started_where_one_stands_and_goes_the_usual_way(staffed: Town) -> None:
    leaf = staffed.services.tree[LEAF]
    client = staffed.logged_in("chief")
    photo = client.post("/api/v1/photos", data=picture(), headers=SAME | JPEG).json
    place = {"lng": leaf.lng, "lat": leaf.lat, "cell": EAST}
    begun = start(staffed, key="k1", photos=[photo["url"]], title="门口堆满", **place)
    assert begun.status_code == 200, begun.text
    made = row(staffed, begun.json["id"])
    assert begun.json["cell"] == LEAF and begun.json["state"] == made.state == "dispatched"
    assert (made.channel, made.source, made.title) == ("patrol", "field", "门口堆满")
    assert made.attachments == [photo["url"]] and made.lng == pytest.approx(leaf.lng)
    with staffed.services.store.read() as connection:
        first = select(moves.c.actor).where(moves.c.case_id == made.id).order_by(moves.c.seq)
        assert connection.execute(first).scalars().first() == "chief"
    again = start(staffed, key="k1", photos=[photo["url"]], title="门口堆满", **place)
    assert again.json == begun.json | {"status": "duplicate"}
    assert start(staffed, "worker", key="k1").json["id"] != made.id


def test_words_alone_are_enough_and_find_the_matter(staffed: Town) -> None:
    begun = start(staffed, matter=None, title="井盖没了").json
    assert begun["matter"] == "P0201"
    assert row(staffed, start(staffed).json["id"]).title == "暴露垃圾"


@pytest.mark.parametrize(
    ("by", "body", "said"),
    [
        ("city", {}, (403, "forbidden")),
        ("blind", {}, (404, "not_found")),
        ("west", {}, (422, "outside")),
        ("chief", {"lng": 1.0, "lat": 1.0}, (422, "outside")),
        ("chief", {"cell": None}, (422, "no_place")),
        ("chief", {"matter": None}, (422, "invalid")),
        ("chief", {"matter": "X9999", "title": "未知"}, (422, "unknown_matter")),
        ("chief", {"photos": ["/photos/77"]}, (422, "invalid")),
        ("chief", {"photos": ["javascript:alert(1)"]}, (422, "invalid")),
        ("chief", {"source": "hotline"}, (422, "invalid")),
    ],
)
def test_a_case_that_may_not_be_started_is_refused_and_leaves_nothing(
    staffed: Town, by: str, body: dict[str, Any], said: tuple[int, str]
) -> None:
    assert fault(start(staffed, by, **body)) == said
    with staffed.services.store.read() as connection:
        assert connection.execute(select(cases)).first() is None
        assert connection.execute(select(dead_letters)).first() is None


def test_when_a_thing_was_seen_lies_neither_ahead_nor_long_ago(staffed: Town) -> None:
    early = row(staffed, start(staffed, at="2020-01-01T00:00:00Z").json["id"])
    late = row(staffed, start(staffed, at="2090-01-01T00:00:00Z").json["id"])
    assert now() - 8 * DAY < early.occurred_at < now() - 6 * DAY
    assert late.occurred_at <= now()


def redden(town: Town, cell: str) -> None:
    at = now()
    change = ColourChange(
        town.services.tree.position[cell], at, Colour.BLUE, Colour.RED, "prevent.overdue", "超时",
        "王某", at + HOUR,
    )  # fmt: skip
    with town.services.store.write() as connection:
        kept.record(connection, [change])


def test_a_red_cell_is_checked_once_however_often_it_is_sent(staffed: Town) -> None:
    redden(staffed, LEAF)
    path, said = f"cells/{LEAF}/checks", {"finding": "eased", "note": "已清理一半"}
    first = post(staffed, "worker", path, said, "c1")
    assert first.status_code == 200, first.text
    assert first.json["colour"] == "red"
    assert post(staffed, "worker", path, said, "c1").json == first.json
    other = post(staffed, "worker", path, said | {"note": "别的"}, "c1")
    assert fault(other) == (422, "invalid")
    seen = staffed.logged_in("leader").get(f"/api/v1/{path}").json["checks"]
    assert [(check["by"], check["finding"]) for check in seen] == [("worker", "eased")]
    public = staffed.logged_in("public").get(f"/api/v1/{path}").json["checks"]
    assert (public[0]["by"], public[0]["note"]) == ("", "")


def test_the_photo_of_a_check_is_shown_with_it_to_who_sees_photos(staffed: Town) -> None:
    redden(staffed, LEAF)
    photo = send(staffed, "worker", cell=LEAF).json
    path, said = f"cells/{LEAF}/checks", {"finding": "eased", "photo": photo["id"]}
    taken = post(staffed, "worker", path, said)
    assert taken.json["checks"][0]["photo"] == photo["url"]
    public = staffed.logged_in("public").get(f"/api/v1/{path}").json["checks"]
    assert public[0]["photo"] is None

    def seen_by(name: str) -> LastSeen:
        who = viewer(staffed, name)
        return cell_inspections.last(staffed.services, who, LEAF, Look("field"))

    assert [shown.thumb for shown in seen_by("leader").photos.values()] == [photo["thumb"]]
    assert len(seen_by("blind").checks) == 1 and not seen_by("blind").photos


@pytest.mark.parametrize(
    ("by", "cell", "said"),
    [
        ("west", LEAF, (404, "not_found")),
        ("city", LEAF, (403, "forbidden")),
        ("chief", EAST, (409, "illegal_move")),
    ],
)
def test_who_sees_no_such_red_cell_does_not_check_it(
    staffed: Town, by: str, cell: str, said: tuple[int, str]
) -> None:
    redden(staffed, LEAF)
    assert fault(post(staffed, by, f"cells/{cell}/checks", {"finding": "stands"})) == said


def test_who_is_signed_in_whistles_and_orders_with_a_proof_and_once(staffed: Town) -> None:
    whistle = {"cell": f"{EAST}001", "title": "夜市占道", "units": [f"{EAST}-cg"]}
    order = {"cell": EAST, "level": "micro", "title": "走访"}
    for path, body in (("whistles", whistle), ("directives", order)):
        first = post(staffed, "leader", path, body, path)
        assert first.status_code == 200, first.text
        assert post(staffed, "leader", path, body, path).json["id"] == first.json["id"]
        bare = staffed.logged_in("leader").post(f"/api/v1/{path}", json=body)
        assert fault(bare) == (403, "no_proof")
        assert fault(post(staffed, "worker", path, body)) == (403, "forbidden")


def test_what_is_done_in_the_field_is_in_the_audit_log(staffed: Town) -> None:
    redden(staffed, LEAF)
    number = start(staffed).json["id"]
    post(staffed, "chief", f"cells/{LEAF}/checks", {"finding": "stands"})
    with staffed.services.store.read() as connection:
        said = connection.execute(select(audit.c.what).where(audit.c.kind == "commanded")).scalars()
        assert set(said) == {f"case:{number}", "check:1"}


def test_a_point_is_named_as_far_as_the_scope_goes(staffed: Town) -> None:
    leaf = staffed.services.tree[LEAF]
    asked = {"lng": leaf.lng, "lat": leaf.lat}
    spot = staffed.logged_in("chief").get("/api/v1/spot", query_string=asked).json
    assert spot["cell"] == LEAF and spot["line"][0]["code"] == EAST
    assert staffed.logged_in("west").get("/api/v1/spot", query_string=asked).status_code == 404


def test_matters_are_found_as_one_types(staffed: Town) -> None:
    client = staffed.logged_in("chief")

    def found(words: str) -> list[str]:
        answer = client.get("/api/v1/matters", query_string={"q": words, "limit": 3})
        return [matter["code"] for matter in answer.json["matters"]]

    assert found("暴露")[0] == "E0101" and found("E01") == ["E0101", "E0102"]
    assert found("street lamp") == ["P0202"] and found("路边的井盖不见了")[0] == "P0201"
    assert found("道路 损坏") == ["P0202"]
