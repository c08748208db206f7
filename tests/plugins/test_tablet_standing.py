"""A cell's colour with its reason, and the sign that something moved."""

from dataclasses import replace

import pytest

from commandcenter.api import HOUR, Checked, Colour, ColourChange
from commandcenter.domain.cases import Command
from commandcenter.domain.checks import Finding
from commandcenter.domain.metrics import STEP_OF
from commandcenter.testing import FakeView
from commandcenter.testing.view import NOW
from plugins.tablet.moves import FLOWS, moves_panel
from plugins.tablet.standing import standing_panel
from tests.plugins.faces import MICRO, shown

WHY = "超时占 31%(8/26)"
RED = ColourChange(0, NOW, Colour.BLUE, Colour.RED, "overdue", WHY, "王某", NOW + HOUR)


def standing(view: FakeView) -> dict[str, object]:
    (row,) = shown(standing_panel(), view)["standing"]["rows"]
    return row


def test_a_red_cell_says_why_who_and_when_next():
    view = FakeView(coloured={"990100": Colour.RED}, changes=[RED])
    row = standing(view)
    assert row["colour"] == {"tone": "red", "text": "红"}
    assert (row["why"], row["owner"]) == (WHY, "王某")
    assert row["check"] == NOW + HOUR


def test_the_photo_of_the_last_check_can_be_opened():
    check = Checked(NOW, "王某", Finding.EASED, "到场", NOW + HOUR, 12)
    view = FakeView(coloured={"990100": Colour.RED}, changes=[replace(RED, checked=check)])
    assert standing(view)["photo"] == "/photos/12"
    bare = replace(RED, checked=replace(check, photo=None))
    assert not standing(FakeView(coloured={"990100": Colour.RED}, changes=[bare]))["photo"]


def test_the_reason_is_that_of_the_cell_itself():
    view = FakeView(at=MICRO, coloured={"990100": Colour.RED}, changes=[RED])
    assert standing(view)["why"] != RED.words


def test_a_blue_cell_needs_no_reason():
    row = standing(FakeView(coloured={"990100": Colour.BLUE}))
    assert (row["tone"], row["owner"]) == ("blue", "")


def moved(**counts: int) -> str:
    view = FakeView({name.replace("__", "."): {MICRO: n} for name, n in counts.items()}, at=MICRO)
    return shown(moves_panel(), view)["moves"]


@pytest.mark.parametrize("metric", ["total", "supervised", "state__handling", "held__2", "closed"])
def test_the_sign_changes_with_each_count(metric):
    assert moved(**{metric: 1}) != moved() == moved()


def test_the_sign_hears_of_every_counted_command():
    assert set(FLOWS) == set(STEP_OF.values())
    assert Command.TAKE_UP in STEP_OF
