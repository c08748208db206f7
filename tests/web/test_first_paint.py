"""The first answer of a tablet's page: all that is seen, for who looks, in few bytes."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from dataclasses import replace

import orjson
import pytest
from flask.testing import FlaskClient

from commandcenter.live.frames import CHANNEL, Frame, encode
from commandcenter.live.topics import Topic
from commandcenter.testing import small_catalogue
from commandcenter.web.flask_app import create_flask
from tests.plugins.faces import plugin
from tests.web.conftest import CITY, EAST, WEST, Town, make_accounts, make_services
from tests.web.test_pages import fill

ZIP = {"Accept-Encoding": "gzip"}
HTML_BYTES, SCRIPT_BYTES, NEXT_BYTES = 24_000, 400_000, 40_000
"""What a cell's page may weigh compressed: its first answer, its scripts, and what a tap brings."""
STILL = re.compile(r'<div id="cc-still">(.*)</div>\n<div id="react-entry-point">', re.DOTALL)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    folder = tmp_path_factory.mktemp("paint")
    made = make_services(folder, f"sqlite:///{folder / 'commandcenter.db'}")
    services = replace(made, catalogue=small_catalogue(plugin("tablet")))
    services.expect = services.hub.expect
    yield Town(services, create_flask(services), make_accounts(services))
    made.bus.close()
    made.store.close()


def tell(town: Town, panel: str, cell: str, clearance: int, **parts: object) -> None:
    """Say what a worker would of a panel that is expected."""
    topic = Topic.of(panel, cell, clearance, "zh", {})
    town.services.hub.expect([topic])
    values = {name: orjson.dumps(value) for name, value in parts.items()}
    town.services.hub.hear(CHANNEL, encode(Frame(topic.key, 1_800_000_000_000, values, full=True)))


def zipped(client: FlaskClient, path: str) -> tuple[bytes, str]:
    """Ask as a browser does; return what came over the wire, and what it says."""
    answer = client.get(path, headers=ZIP)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Encoding"] == "gzip"
    return answer.data, gzip.decompress(answer.data).decode()


def still_of(page: str) -> str:
    found = STILL.search(page)
    assert found is not None
    return found[1]


def rows(names: range) -> dict[str, object]:
    """Cases as a full page has them."""
    return {"rows": [{"key": str(n), "href": f"/case/{n}", "what": f"楼下垃圾堆放已经{n}天无人清运",
                      "where": f"东湖区东湖{n}街道{n}社区{n}网格", "state": "处置", "at": n,
                      "tone": "red"} for n in names]}  # fmt: skip


def test_a_full_page_stays_within_its_weight(town: Town) -> None:
    for panel in ("newest", "overdue"):
        tell(town, f"tablet.{panel}", EAST, 1, cases=rows(range(20)))
    client = town.logged_in("east")
    data, page = zipped(client, f"/cell/{EAST}")
    assert len(data) < HTML_BYTES
    scripts = re.findall(r'<script defer src="([^"]+)"', page)
    assert sum(len(client.get(path, headers=ZIP).data) for path in scripts) < SCRIPT_BYTES
    assert len(gzip.compress(orjson.dumps(fill(town, client, f"/cell/{EAST}")))) < NEXT_BYTES


def test_nothing_is_waited_for_before_the_page_is_seen(town: Town) -> None:
    _, page = zipped(town.logged_in("city"), f"/cell/{CITY}")
    assert "stylesheet" not in page and page.count("<style>") == 1
    first = page.index("<script")
    assert page.index('<div id="cc-still">') < first
    tags = re.findall(r"<script[^>]*>", page)
    assert all(" defer " in tag or "application/json" in tag for tag in tags)


def test_scripts_are_kept_for_ever_and_named_by_what_is_in_them(town: Town) -> None:
    client = town.logged_in("city")
    _, page = zipped(client, f"/cell/{CITY}")
    (path,) = re.findall(r'"(/static/shell/[0-9a-f]{16}\.js)"', page)
    answer = client.get(path, headers=ZIP)
    assert "immutable" in answer.headers["Cache-Control"]
    # With the cookies, which change with each page, a browser would fetch it again for each.
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert client.get("/static/shell/0123456789abcdef.js").status_code == 404
    assert b"DashRenderer" in gzip.decompress(answer.data)


def test_only_who_asks_for_it_gets_it_compressed(town: Town) -> None:
    answer = town.logged_in("city").get(f"/cell/{CITY}")
    assert "Content-Encoding" not in answer.headers and "Accept-Encoding" in answer.headers["Vary"]
    assert 'id="cc-still"' in answer.text


def test_the_still_is_made_for_its_viewer(town: Town) -> None:
    """The clearances are apart in the topics: what one sees is not even looked up for the other."""
    counts = {name: {"value": 0} for name in ("overdue", "reported", "closed", "supervised")}
    tell(town, "tablet.counts", EAST, 1, open={"value": 4711}, total={"value": 1}, **counts)
    tell(town, "tablet.counts", EAST, 2, open={"value": 4712}, total={"value": 1}, **counts)
    _, east = zipped(town.logged_in("east"), f"/cell/{EAST}")
    _, city = zipped(town.logged_in("city"), f"/cell/{EAST}")
    assert 'aria-label="4 711"' in still_of(east) and 'aria-label="4 712"' not in east
    assert 'aria-label="4 712"' in still_of(city) and 'aria-label="4 711"' not in city
    assert f'href="/cell/{CITY}"' in still_of(city) and f'href="/cell/{CITY}"' not in east


def test_there_is_no_still_of_what_lies_outside(town: Town) -> None:
    answer = town.logged_in("east").get(f"/cell/{WEST}")
    assert answer.status_code == 404 and "cc-still" not in answer.text


def test_the_live_page_is_made_with_what_the_still_showed(town: Town) -> None:
    tell(town, "tablet.counts", WEST, 2, open={"value": 815})
    client = town.logged_in("city")
    _, page = zipped(client, f"/cell/{WEST}")
    made = orjson.dumps(fill(town, client, f"/cell/{WEST}")).decode()
    assert 'aria-label="815"' in still_of(page) and '{"value":815}' in made


def test_a_case_has_its_still_too(town: Town) -> None:
    number = town.report(f"{EAST}001001001001", "still", title="<b>井盖</b>缺失")
    _, page = zipped(town.logged_in("east"), f"/case/{number}")
    assert "&lt;b&gt;井盖&lt;/b&gt;缺失" in still_of(page) and "<b>井盖" not in page


def test_the_sheet_has_each_rule_for_the_still_too(town: Town) -> None:
    _, page = zipped(town.logged_in("city"), f"/cell/{CITY}")
    assert ":is(#counts,[data-slot=counts])" in page
    assert not re.search(r"url\((?!/|data:|['\"]data:)", page)

