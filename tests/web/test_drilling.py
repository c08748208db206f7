"""What a tap brings: drawn once for all who would be shown the same, and for nobody else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from flask.testing import FlaskClient

from commandcenter.live.frames import CHANNEL, Frame, encode
from commandcenter.live.topics import Topic
from commandcenter.screen import moulds
from commandcenter.screen.moulds import Moulds
from commandcenter.web import drawing
from commandcenter.web.drawing import dumped
from tests.web.conftest import CITY, EAST, WEST, Town, tablet_town
from tests.web.test_pages import SAME, fill

AT = 1_800_000_000_000


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with tablet_town(tmp_path_factory.mktemp("drilling")) as made:
        yield made


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The cells whose page was drawn, in order."""
    found: list[str] = []
    real = drawing.cell_page

    def noted(around: Any, code: str, *more: Any) -> Any:
        found.append(code)
        return real(around, code, *more)

    monkeypatch.setattr(drawing, "cell_page", noted)
    return found


def tell(
    town: Town, panel: str, cell: str, clearance: int, state: str = "ok", **parts: Any
) -> None:
    """Say what a worker would of a panel."""
    topic = Topic.of(panel, cell, clearance, "zh", {})
    town.services.hub.expect([topic])
    values = {name: orjson.dumps(value) for name, value in parts.items()}
    reason = "" if state == "ok" else "算不出来"
    frame = Frame(topic.key, AT, values, full=True, state=state, reason=reason)
    town.services.hub.hear(CHANNEL, encode(frame))


def tablet(town: Town, name: str = "city") -> FlaskClient:
    """Return the browser of somebody who has a page open."""
    client = town.logged_in(name)
    assert client.get("/search").status_code == 200
    return client


def part(page: Any, id: str) -> dict[str, Any]:
    """Return the properties of the component with an id."""
    found = [props for props in _props(page) if props.get("id") == id]
    assert len(found) == 1, id
    return found[0]


def _props(within: Any) -> Iterator[dict[str, Any]]:
    if isinstance(within, list):
        for each in within:
            yield from _props(each)
    elif isinstance(within, dict) and "props" in within:
        yield within["props"]
        yield from _props(within["props"].get("children"))


@pytest.mark.parametrize("query", ["", "?tab=cases&show=newest", "?tab=record", "?tab=field"])
@pytest.mark.parametrize("code", [CITY, EAST])
def test_a_tap_brings_what_the_page_itself_is_made_of(town: Town, code: str, query: str) -> None:
    """Beside the page that is drawn and filled as components, as its still is."""
    tell(town, "tablet.counts", code, 2, open={"value": 4712})
    tell(town, "tablet.overdue", code, 2, state="failed", cases={"rows": []})
    client = tablet(town)
    said: list[Any] = []
    with pytest.MonkeyPatch.context() as patch:
        real = drawing.still
        patch.setattr(drawing, "still", lambda page, *more: said.append(page) or real(page, *more))
        assert client.get(f"/cell/{code}{query}").status_code == 200
    told = fill(town, client, f"/cell/{code}", query)
    page = orjson.loads(dumped(said[0]))
    for made in (page, told):
        made["props"]["kept"]["at"] = next(p for p in _props(made) if "clock" in p)["clock"] = 0
    assert told == page


def test_the_page_is_drawn_once_and_has_the_values_of_now(town: Town, drawn: list[str]) -> None:
    client = tablet(town)
    tell(town, "tablet.counts", WEST, 2, open={"value": 1})
    first = fill(town, client, f"/cell/{WEST}")
    tell(town, "tablet.counts", WEST, 2, open={"value": 2})
    second = fill(town, client, f"/cell/{WEST}")
    assert drawn == [WEST]
    assert part(first, "counts-open")["value"] == {"value": 1}
    assert part(second, "counts-open")["value"] == {"value": 2}
    assert part(second, "counts")["at"] == AT


def test_who_may_see_other_things_is_drawn_a_page_of_their_own(
    town: Town, drawn: list[str]
) -> None:
    tell(town, "tablet.counts", EAST, 1, open={"value": 4711})
    tell(town, "tablet.counts", EAST, 2, open={"value": 4712})
    city, east = (
        fill(town, tablet(town, name), f"/cell/{EAST}", "?tab=levels&x=1")
        for name in ("city", "east")
    )
    assert drawn.count(EAST) == 2
    assert f"/cell/{CITY}" in str(city) and f"/cell/{CITY}" not in str(east)
    assert "4711" not in str(city) and "4712" not in str(east)


def test_what_is_not_known_of_a_panel_stays_open(town: Town) -> None:
    leaf = f"{EAST}001001001001"
    tile = part(fill(town, tablet(town), f"/cell/{leaf}"), "counts")
    assert "at" not in tile and "state" not in tile


def test_another_build_is_drawn_anew(town: Town, drawn: list[str]) -> None:
    client, hub = tablet(town), town.services.hub
    before, path = hub.build, f"/cell/{CITY}"
    fill(town, client, path)
    drawn.clear()
    hub.build = "another"
    try:
        fill(town, client, path)
        fill(town, client, path)
    finally:
        hub.build = before
    assert drawn == [CITY]


def test_no_more_than_some_pages_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moulds, "Mould", lambda draw, mark: draw(mark) or object())
    monkeypatch.setattr(moulds, "MOST", 2)
    kept, made = Moulds(), []
    for key in (1, 2, 1, 3, 1, 2):
        kept.get(key, lambda _, key=key: made.append(key))
    assert made == [1, 2, 3, 2]


def test_a_fill_that_says_no_address_is_refused(town: Town) -> None:
    client = tablet(town)
    body = {"output": "page.children", "inputs": [{"property": "pathname", "value": ["/"]}]}
    headers = SAME | {"X-CSRFToken": client.get_cookie("_csrf_token").value}
    assert client.post("/_dash-update-component", json=body, headers=headers).status_code == 400
