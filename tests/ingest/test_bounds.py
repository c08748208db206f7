"""A plugin that serves some districts reports from them alone, and hears why it was refused."""

from collections.abc import Iterator, Sequence

import pytest
from sqlalchemy import select

from commandcenter.api import History, Life, Source, Text
from commandcenter.host.plugin import Registered
from commandcenter.host.reports import Filing, Report
from commandcenter.ingest.backfill import Backfill
from commandcenter.ingest.bounds import Bounds
from commandcenter.store.tables import cases, dead_letters
from commandcenter.testing.stored import MONDAY, StoredCity
from tests.ingest.test_runner import context

EAST, WEST, SOUTH = "990102", "990103", "990105"


def source(*districts: str) -> Registered[Source]:
    return Registered(Source("feed", Text("源"), lambda _: iter(())), "jinshui_flood", districts)


def bounds(city: StoredCity, *districts: str) -> Bounds:
    found = Bounds.of(source(*districts), city.tree)
    assert found is not None
    return found


def report(city: StoredCity, name: str, cell: str) -> Report:
    return Report.model_validate(city.report(name, source="feed", cell=cell))


def refused(city: StoredCity) -> list[tuple[str, str | None, str]]:
    wanted = select(dead_letters.c.code, dead_letters.c.field, dead_letters.c.message)
    with city.store.read() as connection:
        return [tuple(row) for row in connection.execute(wanted)]


@pytest.mark.parametrize("place", ["cell", "point"])
def test_what_a_source_reports_outside_its_districts_lies_in_the_dead_letters_with_the_reason(
    small: StoredCity, place: str
) -> None:
    intake = small.intake.within(bounds(small, EAST, SOUTH))
    items = []
    for code in (EAST, WEST, SOUTH):
        cell = small.tree.cells[small.tree.range_of(code)[1]]
        where = {"cell": cell.code} if place == "cell" else {"lng": cell.lng, "lat": cell.lat}
        fields = {"source": "feed", "cell": None} | where
        items.append(Report.model_validate(small.report(f"at-{code}", **fields)))
    answers = intake.accept(small.viewer(name="feed"), items)
    assert [answer.status for answer in answers] == ["accepted", "rejected", "accepted"]
    words = "lies outside the districts that plugin jinshui_flood serves: 990102, 990105"
    field = "cell" if place == "cell" else "lng"
    assert refused(small) == [("outside_districts", field, words)]


def test_what_lies_nowhere_is_not_called_another_district(small: StoredCity) -> None:
    intake = small.intake.within(bounds(small, EAST))
    (answer,) = intake.accept(small.viewer(name="feed"), [report(small, "x", "999999")])
    assert answer.code == "outside"


def test_a_plugin_of_the_whole_city_has_no_bounds(small: StoredCity) -> None:
    assert Bounds.of(source("*"), small.tree) is None
    (answer,) = small.intake.within(None).accept(small.viewer(), [report(small, "x", WEST)])
    assert answer.status == "accepted"


def test_the_bounds_of_one_source_do_not_bind_another(small: StoredCity) -> None:
    small.intake.within(bounds(small, EAST))
    (answer,) = small.accept(small.report("x", cell=WEST))
    assert answer.status == "accepted"


def test_a_past_that_lies_outside_the_districts_is_refused_too(small: StoredCity) -> None:
    def past(_: object, wanted: History) -> Iterator[Sequence[Life | Filing]]:
        leaves = [small.tree.cells[small.tree.range_of(code)[1]].code for code in (EAST, WEST)]
        yield [Life(f"n-{leaf}", "app", "E0101", "垃圾", leaf, MONDAY) for leaf in leaves]

    told = Source("feed", Text("源"), lambda _: iter(()), history=past)
    backfill = Backfill(told, context(small), small.intake, small.desk, bounds(small, EAST))
    assert backfill.run(History(2, 1, MONDAY), lambda *_: None) == (1, 1)
    assert [code for code, _, _ in refused(small)] == ["outside_districts"]
    with small.store.read() as connection:
        assert connection.execute(select(cases.c.external_id)).scalars().all() == [
            "n-" + small.tree.cells[small.tree.range_of(EAST)[1]].code
        ]
