"""Search finds what a viewer may see, by indexes alone, on both databases."""

import pytest
from sqlalchemy import text

from commandcenter.cases import search, search_index
from commandcenter.cases.search import Wish
from commandcenter.domain.viewers import Clearance, Viewer
from commandcenter.ingest.indexing import Indexer
from commandcenter.testing.stored import StoredCity
from tests.cases.test_queries import plans, scans

EAST = "990102"
SAID = (
    ("a", "井盖缺失", "文化路东北角，已放路锥"),
    ("b", "路灯不亮", "井盖旁边的路灯 3号楼"),
    ("c", "Street light out", "Near the Old Mill, Pothole too"),
    ("d", "缺失井盖", ""),
)


@pytest.fixture
def told(stored: StoredCity) -> StoredCity:
    for name, title, description in SAID:
        phone = {"a": "138-1234 5678", "b": "13900005678"}.get(name)
        stored.accept(
            stored.report(
                name, title=title, description=description,
                reporter={"name": "李某", "phone": phone} if phone else None,
            )
        )  # fmt: skip
    index(stored)
    return stored


def index(city: StoredCity, chunk: int = 3) -> None:
    indexer = Indexer(city.store, city.tree, chunk)
    while indexer.once():
        pass


def wish(city: StoredCity, asked: str, **more: int) -> Wish:
    return Wish(asked, 0, len(city.tree) - 1, **more)


def names(city: StoredCity, asked: str, viewer: Viewer | None = None, **more: int) -> str:
    """Return the external ids of what words find, newest first."""
    with city.store.read() as connection:
        found = search.by_words(connection, viewer or city.viewer(), wish(city, asked, **more))
        return "".join(
            connection.execute(
                text("SELECT external_id FROM cases WHERE id = :id"), {"id": hit.id}
            ).scalar_one()
            for hit in found.hits
        )


def test_words_are_found_as_they_stand_in_chinese_and_in_english(told: StoredCity) -> None:
    assert names(told, "井盖") == "dba"
    assert names(told, "井盖缺失") == "a"  # and not what has the same pairs in another order
    assert names(told, "井盖 路灯") == "b"
    assert names(told, "失") == "da"
    personal = told.viewer(clearance=Clearance.PERSONAL)
    assert names(told, "３号楼", personal) == "b" and names(told, "３号楼") == ""
    assert names(told, "pot") == "c" and names(told, "OLD mill") == "c"
    assert names(told, "il") == "" and names(told, "没有") == "" and names(told, "，。 ") == ""
    assert names(told, "\"' OR * & | :") == ""
    assert names(told, "井盖", limit=2) == "db"


def test_descriptions_are_found_by_staff_alone(told: StoredCity) -> None:
    public = told.viewer(clearance=Clearance.PUBLIC)
    assert names(told, "井盖", public) == "da"
    assert names(told, "文化路", public) == "" and names(told, "文化路") == "a"


def test_nothing_outside_the_scope_is_found_by_anything(told: StoredCity) -> None:
    east = told.viewer(EAST, Clearance.PERSONAL)
    told.accept(told.report("east", cell=told.tree.cells[told.tree.position[EAST]].code))
    assert names(told, "井盖", east) == ""
    index(told)
    assert names(told, "垃圾", east) == "east"
    with told.store.read() as connection:
        assert search.by_code(connection, east, wish(told, "a")).hits == ()
        assert search.by_code(connection, east, wish(told, "1")).hits == ()
        assert search.by_phone(connection, east, wish(told, "5678")).hits == ()
    assert all(east.sees(at) for at in search.cells(told.tree, east, "99", 500))


def test_what_the_index_has_not_read_is_found_all_the_same_and_told(told: StoredCity) -> None:
    told.accept(told.report("new", title="井盖松动"))
    assert names(told, "井盖") == "newdba"
    with told.store.read() as connection:
        assert search.by_words(connection, told.viewer(), wish(told, "井盖")).behind > 0
    index(told)
    assert names(told, "井盖") == "newdba"
    with told.store.read() as connection:
        assert search.by_words(connection, told.viewer(), wish(told, "井盖")).behind == 0


def test_pages_follow_one_another_without_a_gap(told: StoredCity) -> None:
    for n in range(23):
        told.accept(told.report(f"n{n}", title=f"第{n}个井盖"))
    index(told, chunk=7)
    seen: list[int] = []
    before = None
    with told.store.read() as connection:
        while True:
            asked = Wish("井盖", 0, len(told.tree) - 1, before, 4)
            page = search.by_words(connection, told.viewer(), asked)
            seen += [hit.id for hit in page.hits]
            before = page.cursor
            if before is None:
                break
    assert len(seen) == len(set(seen)) == 26 and seen == sorted(seen, reverse=True)


def test_phones_are_found_whole_or_by_the_last_digits_and_shown_masked(told: StoredCity) -> None:
    personal = told.viewer(clearance=Clearance.PERSONAL)
    with told.store.read() as connection:

        def found(asked: str, viewer: Viewer = personal) -> list[tuple[int, str | None]]:
            hits = search.by_phone(connection, viewer, wish(told, asked)).hits
            return [(hit.id, hit.phone) for hit in hits]

        assert [case_id for case_id, _ in found("5678")] == [2, 1]
        assert found("13812345678") == found("138 1234-5678") == [(1, "138******5678")]
        assert found("678") == [] and found("12345679") == []
        assert found("5678", told.viewer(clearance=Clearance.STAFF)) == []


def test_a_code_is_a_number_or_what_the_source_calls_the_case(told: StoredCity) -> None:
    told.accept(told.report("2", source="other.source", title="又一个"))
    with told.store.read() as connection:

        def found(asked: str) -> list[int]:
            page = search.by_code(connection, told.viewer(), wish(told, asked))
            return [hit.id for hit in page.hits]

        assert found("#3") == [3] and found("c") == [3] and found("2") == [5, 2]
        assert found("nothing") == found("") == []


def test_cells_are_found_by_code_and_name_the_upper_ones_first(told: StoredCity) -> None:
    first = told.tree.cells[told.tree.position[EAST]]
    found = search.cells(told.tree, told.viewer(), first.name, 5)
    assert found[0] == told.tree.position[EAST]
    assert search.cells(told.tree, told.viewer(), EAST, 1) == [told.tree.position[EAST]]
    assert search.cells(told.tree, told.viewer(), " ", 5) == []


def test_a_second_indexer_does_no_harm(told: StoredCity) -> None:
    told.accept(told.report("x", title="井盖歪了"))
    with told.store.read() as connection:
        batch = search_index.upcoming(connection, told.tree, 10)
    assert batch is not None
    for is_first in (True, False):
        with told.store.write() as connection:
            assert search_index.write(connection, batch) is is_first
    assert names(told, "井盖歪了") == "x"


def test_no_search_reads_a_whole_table(told: StoredCity) -> None:
    many = [told.report(f"m{n}", title=f"第{n}个") for n in range(1500)]
    for start in (0, 500, 1000):
        told.accept(*many[start : start + 500])
    index(told, chunk=1000)
    if told.store.is_postgresql:
        with told.store.engine.connect() as connection:
            plain = connection.execution_options(isolation_level="AUTOCOMMIT")
            plain.exec_driver_sql("ANALYZE")
    viewer = told.viewer(clearance=Clearance.PERSONAL)
    with plans(told) as plan_of:
        for ask, asked in (
            (search.by_words, "井盖"),
            (search.by_words, "第"),
            (search.by_phone, "5678"),
            (search.by_code, "2"),
            (search.by_code, "m7"),
        ):
            plan = plan_of(lambda c, f=ask, a=asked: f(c, viewer, wish(told, a)))
            assert scans(plan) == [], (asked, plan)
            assert "Seq Scan on case_words" not in plan, plan
