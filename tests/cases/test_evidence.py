"""Who says that a case is handled gives what its matter asks for, as when the case was filed."""

from dataclasses import replace

import pytest
from sqlalchemy import func, select

from commandcenter.cases import commands, desk_file
from commandcenter.cases.commands import Exhibit, Instruction, Outcome
from commandcenter.cases.photos import StandIn
from commandcenter.domain.cases import Command, State
from commandcenter.domain.evidence import Evidence
from commandcenter.domain.roles import Role
from commandcenter.domain.viewers import Clearance
from commandcenter.errors import Invalid
from commandcenter.host.reports import Update
from commandcenter.store.photo_tables import photos
from commandcenter.testing.stored import StoredCity
from tests.cases.test_matter_versions import with_matter

PHOTO, PAPER = Exhibit("https://e.cn/after.JPG?x=1"), Exhibit("https://e.cn/note.pdf", "已修复")


def handling(city: StoredCity, name: str, matter: str) -> int:
    (answer,) = city.accept(city.report(name, matter=matter))
    number = answer.id or 0
    for command in (Command.DISPATCH, Command.TAKE_UP):
        give(city, number, command)
    return number


def give(
    city: StoredCity, number: int, command: Command, note: str = "", *given: Exhibit
) -> Outcome:
    told = Instruction(number, command, city.clock.now, note=note, evidence=given)
    with city.store.write() as connection:
        desk = city.desk, city.matters
        (outcome,) = commands.execute(connection, city.viewer(), *desk, [told])
    return outcome


@pytest.mark.parametrize(
    ("matter", "note", "given", "lacks"),
    [
        ("P0201", "", (), "words on what was done (note) and a photo (evidence)"),
        ("P0201", "已补盖", (), "a photo (evidence)"),
        ("P0201", "已补盖", (PAPER,), "a photo (evidence)"),
        ("P0201", " ", (PHOTO,), "words on what was done (note)"),
        ("E0401", "", (PHOTO,), "words on what was done (note)"),
    ],
)
def test_what_is_missing_is_named(
    small: StoredCity, matter: str, note: str, given: tuple[Exhibit, ...], lacks: str
) -> None:
    number = handling(small, "one", matter)
    refusal = give(small, number, Command.HANDLE, note, *given).refusal
    assert isinstance(refusal, Invalid)
    assert f"handle needs {lacks}: the matter {matter}" in str(refusal)
    assert refusal.field == ("note" if "note" in lacks else "evidence")


@pytest.mark.parametrize(
    ("matter", "note", "given"),
    [("P0201", "已补盖", (PHOTO,)), ("P0201", "", (PHOTO, PAPER)), ("E0401", "已劝离", ()),
     ("E0401", "", (PAPER,)), ("E0101", "", ())],
)  # fmt: skip
def test_with_it_the_case_is_handled_and_it_is_kept(
    small: StoredCity, matter: str, note: str, given: tuple[Exhibit, ...]
) -> None:
    number = handling(small, "one", matter)
    outcome = give(small, number, Command.HANDLE, note, *given)
    assert outcome.refusal is None and outcome.facts is not None
    assert outcome.facts.state is State.HANDLED
    with small.store.read() as connection:
        kept = desk_file.evidence_of(connection, number)
    assert sorted(piece.url for piece in kept) == sorted(each.url for each in given)


def test_a_case_from_before_needs_what_its_matter_asked_for_then(stored: StoredCity) -> None:
    before = handling(stored, "before", "E0101")
    later = with_matter(stored, "E0101", evidence=Evidence.PHOTO)
    after = handling(later, "after", "E0101")
    assert give(later, before, Command.HANDLE).refusal is None
    assert isinstance(give(later, after, Command.HANDLE).refusal, Invalid)


def test_a_source_is_asked_for_nothing_and_what_it_gives_is_kept(small: StoredCity) -> None:
    number = handling(small, "one", "P0201")
    told = Update("test", "one", Command.HANDLE, small.clock.now, note="已补盖", evidence=(PHOTO,))
    (outcome,) = small.intake.advance(replace(small.viewer(), role=Role.SOURCE), [told])
    assert outcome.refusal is None
    with small.store.read() as connection:
        (piece,) = desk_file.evidence_of(connection, number)
    assert piece.url == PHOTO.url


def test_a_simulated_photo_hangs_on_its_case_for_staff_and_is_kept_nowhere(
    small: StoredCity,
) -> None:
    number = handling(small, "one", "P0201")
    told = Update(
        "test", "one", Command.HANDLE, small.clock.now, note="已补盖",
        evidence=(Exhibit.stand_in("P0201"),),
    )  # fmt: skip
    small.intake.advance(replace(small.viewer(), role=Role.SOURCE), [told])
    public = replace(small.viewer(), clearance=Clearance.PUBLIC)
    with small.store.read() as connection:
        opened = desk_file.read(connection, small.viewer(), number)
        assert opened.photos == [StandIn("P0201", small.clock.now)]
        assert desk_file.read(connection, public, number).photos == []
        assert connection.execute(select(func.count()).select_from(photos)).scalar() == 0


def test_a_drawn_picture_proves_nothing_that_a_person_says(small: StoredCity) -> None:
    number = handling(small, "one", "P0201")
    refusal = give(small, number, Command.HANDLE, "已补盖", Exhibit.stand_in("P0201")).refusal
    assert isinstance(refusal, Invalid) and refusal.field == "evidence"
