"""What lies in a block that somebody lacks is not there: on walls, pages, streams, in the API."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from commandcenter.api import Block, Number, Panel, Text, hookimpl
from commandcenter.cases import accounts
from commandcenter.cases.accounts import Grant, KeyKind
from commandcenter.domain.roles import Role
from commandcenter.domain.viewers import Clearance
from commandcenter.errors import NotFound
from commandcenter.host.plugin import Plugin
from commandcenter.live.grants import StreamGrant
from commandcenter.screen.layouts import Layout
from commandcenter.testing import small_catalogue
from commandcenter.web.flask_app import create_flask
from tests.web.conftest import CITY, EAST, SAME, Town, make_accounts, make_services, now
from tests.web.people import add_people, signed_in

PLACES = frozenset({Block.PLACES})
PANELS = {
    "demo.cases": Block.CASES, "demo.ranks": Block.APPRAISAL, "demo.chiefs": Block.PEOPLE,
    "demo.places": Block.PLACES,
}  # fmt: skip
FACES = {"watch": ("demo.cases", "demo.chiefs"), "judge": ("demo.ranks",)}
FACE = '\n[[faces]]\nkey = "{key}"\ntitle = {{zh = "面"}}\n'
PLACED = '[[faces.panels]]\nid = "{id}"\npanel = "{panel}"\nat = [{at}, 0, 4, 4]\n'
LAYOUT = 'title = {zh = "墙"}\ncanvas = [1920, 1080]\nscope = "city"\n' \
    "wall = {width_mm = 6000, distance_mm = 3000}\n"  # fmt: skip


class Demo:
    """A plugin with a panel in each of some blocks."""

    @hookimpl
    def register_panels(self) -> list[Panel]:
        parts = (Number("n", Text("数", "n")),)
        return [
            Panel(key, Text(key, key), parts, lambda view: {}, block=block)
            for key, block in PANELS.items()
        ]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A city with a wall, and with people who see more and less of it."""
    folder = tmp_path_factory.mktemp("blocks")
    services = make_services(folder, f"sqlite:///{folder / 'commandcenter.db'}")
    catalogue = small_catalogue(Plugin.of(Demo(), "demo", ("panels",)))
    placed = (
        FACE.format(key=face) + "".join(
            PLACED.format(id=panel.partition(".")[2], panel=panel, at=4 * at)
            for at, panel in enumerate(panels)
        ) for face, panels in FACES.items()
    )  # fmt: skip
    (folder / "city.toml").write_text(LAYOUT + "".join(placed))
    layouts = {"city": Layout.load(folder / "city.toml", catalogue)}
    services = replace(services, catalogue=catalogue, layouts=layouts)
    keys = make_accounts(services)
    made = Town(services, create_flask(services), keys | more_keys(services))
    officer = {"clearance": Clearance.PERSONAL, "role": Role.DUTY_OFFICER}
    add_people(
        made,
        Grant("officer", CITY, **officer),  # type: ignore[arg-type]
        Grant("mapper", CITY, **officer, blocks=PLACES),  # type: ignore[arg-type]
    )
    yield made
    services.bus.close()
    services.store.close()


def more_keys(services: Any) -> dict[str, str]:
    """Keys of a program that sees places alone, and of a wall that was told to show persons."""
    officer = Grant("mapper", CITY, Clearance.PERSONAL, role=Role.DUTY_OFFICER, blocks=PLACES)
    hall = Grant("hall", CITY, Clearance.STAFF, blocks=frozenset(Block))
    with services.store.write() as connection:
        return {
            name: accounts.add_key(connection, services.tree, kind, grant, now())
            for name, kind, grant in (
                ("mapper", KeyKind.OPERATOR, officer), ("hall", KeyKind.WALL, hall),
            )
        }  # fmt: skip


def heard(town: Town, client: Any, **query: str) -> set[str]:
    """The panels of a stream."""
    cookie = {"cookie": f"session={client.get_cookie('session').value}"}
    grant = town.site.authorise(cookie, query)
    assert isinstance(grant, StreamGrant)
    return {topic.panel for topic in grant.topics}


def on_wall(town: Town, key: str) -> Any:
    """A browser that a wall's key has let in."""
    client = town.client()
    client.get("/", query_string={"key": town.keys[key]})
    return client


def drawn(client: Any, path: str) -> Any:
    """What the page's one callback fills it with."""
    client.get(path)
    token = client.get_cookie("_csrf_token").value
    body = {
        "output": "page.children", "changedPropIds": ["url.pathname"],
        "outputs": {"id": "page", "property": "children"},
        "inputs": [
            {"id": "url", "property": "pathname", "value": path},
            {"id": "url", "property": "search", "value": ""},
        ],
    }  # fmt: skip
    answer = client.post(
        "/_dash-update-component", json=body, headers=SAME | {"X-CSRFToken": token}
    )
    assert answer.status_code == 200, answer.text
    return answer.text


def test_a_wall_shows_no_persons_unless_its_key_was_given_them(town: Town) -> None:
    assert heard(town, on_wall(town, "wall"), layout="city") == {"demo.cases", "demo.ranks"}
    assert heard(town, on_wall(town, "hall"), layout="city") == {
        "demo.cases", "demo.chiefs", "demo.ranks",
    }  # fmt: skip


def test_a_tile_that_is_kept_back_says_so_calmly_and_carries_no_part(town: Town) -> None:
    page = drawn(on_wall(town, "wall"), "/wall/city")
    assert page.count('"withheld"') == 1 and "此屏不显示这类数据" in page
    assert "chiefs-n" not in page and "cases-n" in page
    assert '"failed"' not in page


def test_a_face_with_nothing_left_to_show_is_left_out(town: Town) -> None:
    person = signed_in(town, "officer")
    assert "face-judge" in drawn(person, "/wall/city")
    with town.services.store.write() as connection:
        blocks = frozenset({Block.CASES, Block.PEOPLE})
        grant = Grant("clerk", CITY, Clearance.STAFF, blocks=blocks)
        accounts.add_user(connection, town.services.tree, grant, "hash", now())
    clerk = drawn(signed_in(town, "clerk"), "/wall/city")
    assert "face-judge" not in clerk and "face-watch" in clerk and "withheld" not in clerk


def test_the_panels_of_a_cells_page_are_those_of_the_viewers_blocks(town: Town) -> None:
    everything = heard(town, signed_in(town, "officer"), cell=EAST)
    assert everything >= set(PANELS)
    assert heard(town, signed_in(town, "mapper"), cell=EAST) == {"demo.places"}
    page = drawn(signed_in(town, "mapper"), f"/cell/{EAST}")
    assert "demo.places" in page and "demo.ranks" not in page and "demo.chiefs" not in page


def test_who_lacks_cases_has_no_desk_no_case_and_no_streams_of_them(town: Town) -> None:
    case_id = town.report(EAST, "1")
    mapper, missing = signed_in(town, "mapper"), f"/case/{case_id + 1000}"
    assert mapper.get(f"/case/{case_id}").text == mapper.get(missing).text
    assert mapper.get("/desk").status_code == mapper.get(missing).status_code == 404
    for query in ({"case": str(case_id)}, {"desk": "1"}, {"layout": "none"}, {"what": "ever"}):
        with pytest.raises(NotFound):
            heard(town, mapper, **query)
    assert signed_in(town, "officer").get(f"/case/{case_id}").status_code == 200


@pytest.mark.parametrize(
    "path",
    ["cases", "cases/1", f"cells/{EAST}/counts", "matters", "whistles", "whistles/1",
     "directives", "directives/1"],
)  # fmt: skip
def test_the_api_answers_for_a_block_as_for_a_missing_thing(town: Town, path: str) -> None:
    key = town.bearer("mapper")
    answer = town.client().get(f"/api/v1/{path}", headers=key)
    missing = town.client().get("/api/v1/cells/nothing", headers=key)
    assert (answer.status_code, answer.json["error"]["message"]) == (
        404, missing.json["error"]["message"],
    )  # fmt: skip
    assert answer.json["error"]["code"] == missing.json["error"]["code"]


@pytest.mark.parametrize("path", ["cases/1/commands", "whistles", "directives"])
def test_nothing_is_done_to_what_is_not_there(town: Town, path: str) -> None:
    answer = town.client().post(f"/api/v1/{path}", json={}, headers=town.bearer("mapper"))
    assert answer.status_code == 404


def test_panels_are_listed_by_block(town: Town) -> None:
    listed = town.client().get("/api/v1/panels", headers=town.bearer("mapper")).json["panels"]
    assert {panel["key"] for panel in listed} == {"demo.places"}


def test_a_callback_of_the_desk_is_none_for_who_has_no_cases(town: Town) -> None:
    mapper = signed_in(town, "mapper")
    mapper.get(f"/cell/{EAST}")
    headers = SAME | {"X-CSRFToken": mapper.get_cookie("_csrf_token").value}
    body = {
        "output": "desk-board.children", "changedPropIds": ["desk.queue"],
        "outputs": {"id": "desk-board", "property": "children"},
        "inputs": [
            {"id": "desk", "property": name, "value": "whistles"}
            for name in ("queue", "seen", "noted")
        ],
    }  # fmt: skip
    answer = mapper.post("/_dash-update-component", json=body, headers=headers)
    assert answer.status_code == 404
    officer = signed_in(town, "officer")
    officer.get("/desk")
    headers["X-CSRFToken"] = officer.get_cookie("_csrf_token").value
    assert officer.post("/_dash-update-component", json=body, headers=headers).status_code == 200


def test_persons_of_a_cell_are_told_to_who_has_the_block(town: Town) -> None:
    chief = town.client().get(f"/api/v1/cells/{EAST}", headers=town.bearer("hall")).json["chief"]
    assert chief is not None
    mapped = town.client().get(f"/api/v1/cells/{EAST}", headers=town.bearer("mapper")).json
    assert mapped["chief"] is None
