"""A coloured cell is checked: who may, what is kept, and that the live counts hear of it."""

from dataclasses import replace

import pytest

from commandcenter.cases import checks, photos
from commandcenter.cases.photos import Taken
from commandcenter.domain.checks import LONGEST_PAUSE, Check, Finding
from commandcenter.domain.clocks import HOUR
from commandcenter.domain.colours import Colour
from commandcenter.domain.roles import Role
from commandcenter.domain.viewers import Clearance, Viewer
from commandcenter.errors import CommandCenterError, Forbidden, IllegalMove, Invalid, NotFound
from commandcenter.host.panel import ColourChange
from commandcenter.live.colours import Colours
from commandcenter.live.topics import Topic
from commandcenter.live.view import City, ScopeView
from commandcenter.store import colours as kept
from commandcenter.testing.city import LEVELS
from commandcenter.testing.stored import MONDAY, StoredCity

EAST, WEST = "990102", "990103"
RULE = "prevent.overdue"
HOURS = {RULE: 4.0}
TAKEN = Taken("d" * 64, "image/jpeg", 4, 3, b"small", b"large", 1)


@pytest.fixture
def red(stored: StoredCity) -> StoredCity:
    """The small city whose eastern district is red since Monday."""
    at = stored.tree.position[EAST]
    change = ColourChange(
        at, MONDAY, Colour.BLUE, Colour.RED, RULE, "超时多", "王某", MONDAY + HOUR
    )
    with stored.store.write() as connection:
        kept.record(connection, [change])
    return stored


def chief(city: StoredCity, scope: str = EAST, role: Role = Role.GRID_CHIEF) -> Viewer:
    return replace(city.viewer(scope, name="李网格"), role=role)


def check(city: StoredCity, viewer: Viewer, **said: object) -> int:
    asked = {"cell": city.tree.position[EAST], "finding": Finding.EASED} | said
    with city.store.write() as connection:
        return checks.check(connection, viewer, Check(**asked), HOURS, city.clock())


def test_a_check_says_who_found_what_and_when_to_look_again(red: StoredCity) -> None:
    red.clock.now = MONDAY + HOUR
    check(red, chief(red), note="已派两组人,联系13800001234")
    with red.store.read() as connection:
        (found,) = checks.of_cell(connection, chief(red), red.tree.position[EAST])
        public = red.viewer(EAST, Clearance.PUBLIC)
        (bare,) = checks.of_cell(connection, public, red.tree.position[EAST])
        assert checks.of_cell(connection, red.viewer(WEST), red.tree.position[EAST]) == []
    assert (found.by, found.finding, found.at) == ("李网格", Finding.EASED, MONDAY + HOUR)
    assert found.next_check == MONDAY + 5 * HOUR
    assert found.note.startswith("已派两组人") and "13800001234" not in found.note
    assert (bare.by, bare.note, bare.finding) == ("", "", Finding.EASED)


@pytest.mark.parametrize(
    ("role", "scope", "said", "refusal"),
    [
        (None, EAST, {}, Forbidden),
        (Role.AUDITOR, EAST, {}, Forbidden),
        (Role.GRID_WORKER, WEST, {}, NotFound),
        (Role.LEADER, "990100", {"cell": 0}, IllegalMove),
        (Role.GRID_CHIEF, EAST, {"finding": Finding.GONE}, Invalid),
        (Role.GRID_CHIEF, EAST, {"next_check": MONDAY}, Invalid),
        (Role.GRID_CHIEF, EAST, {"next_check": MONDAY + LONGEST_PAUSE + 1}, Invalid),
        (Role.GRID_CHIEF, EAST, {"photo": 99}, Invalid),
    ],
)
def test_what_is_no_check_is_refused(
    red: StoredCity, role: Role | None, scope: str, said: dict[str, object],
    refusal: type[CommandCenterError],
) -> None:  # fmt: skip
    viewer = replace(red.viewer(scope), role=role)
    with pytest.raises(refusal):
        check(red, viewer, **said)


def test_a_photo_may_show_what_was_found(red: StoredCity) -> None:
    with red.store.write() as connection:
        taken = replace(TAKEN, cell=red.tree.position[EAST])
        photo = photos.keep(connection, chief(red), taken, MONDAY)
    assert check(red, chief(red), photo=photo.id) == 1


def test_the_live_colours_take_up_a_check_and_move_the_next_one(red: StoredCity) -> None:
    rollup, colours = red.rollup(), Colours(red.tree)
    with red.store.read() as connection:
        colours.load(connection, red.clock())
    at = red.tree.position[EAST]
    assert colours.reason(at).checked is None
    red.clock.now = MONDAY + 2 * HOUR
    check(red, chief(red), note="看过了")
    before = rollup.beat
    with red.store.read() as connection:
        rollup.catch_up(connection)
        colours.read_checks(connection, rollup.coordination.take_checked())
    assert rollup.touched[at] > before and rollup.coordination.take_checked() == set()
    reason = colours.reason(at)
    assert reason.next_check == MONDAY + 6 * HOUR and reason.checked.by == "李网格"

    def seen(clearance: Clearance) -> ColourChange:
        live = City(rollup, colours, LEVELS, {}, {}, (), ())
        topic = Topic.of("tablet.standing", EAST, clearance, "zh", {})
        return ScopeView(live, topic, str.format, red.store.read).reason()

    assert seen(Clearance.STAFF).checked.note == "看过了"
    assert (seen(Clearance.PUBLIC).checked.by, seen(Clearance.PUBLIC).owner) == ("", "")


def test_who_begins_to_count_knows_the_checks_from_before(red: StoredCity) -> None:
    check(red, chief(red))
    anew = Colours(red.tree)
    with red.store.read() as connection:
        anew.load(connection, red.clock())
    assert anew.reason(red.tree.position[EAST]).checked.finding is Finding.EASED
