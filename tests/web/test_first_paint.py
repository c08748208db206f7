"""The first answer of a tablet's page: all that is seen, for who looks, in few bytes."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator

import orjson
import pytest
from flask.testing import FlaskClient

from commandcenter.live.frames import CHANNEL, Frame, encode
from commandcenter.live.topics import Topic
from commandcenter.web.sheets import Sheet
from tests.web.conftest import CITY, EAST, WEST, Town, tablet_town
from tests.web.test_pages import fill

ZIP = {"Accept-Encoding": "gzip"}
HTML_BYTES, LATER_BYTES, NEXT_BYTES = 16_000, 420_000, 40_000
"""What a page may weigh compressed: its first answer, what comes after it, what a tap brings."""
STILL = re.compile(r'<div id="cc-still">(.*)</div>\n<div id="react-entry-point">', re.DOTALL)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with tablet_town(tmp_path_factory.mktemp("paint")) as made:
        yield made


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
    later = re.findall(r'<(?:link rel="preload"|script defer)[^>]* (?:href|src)="([^"]+)"', page)
    assert len(later) == 5
    assert sum(len(client.get(path, headers=ZIP).data) for path in later) < LATER_BYTES
    assert len(gzip.compress(orjson.dumps(fill(town, client, f"/cell/{EAST}")))) < NEXT_BYTES


def test_nothing_is_waited_for_before_the_page_is_seen(town: Town) -> None:
    _, page = zipped(town.logged_in("city"), f"/cell/{CITY}")
    assert "stylesheet" not in page and page.count("<style>") == 1
    first = page.index("<script")
    assert page.index('<div id="cc-still">') < min(first, page.index('<link rel="preload"'))
    tags = re.findall(r"<script[^>]*>", page)
    assert all(" defer " in tag or "application/json" in tag for tag in tags)
    # What runs before the first sight only waits for it.
    (begin,) = re.findall(r'<script defer src="([^"]+)"', page)
    assert begin.startswith("/static/begin.js?m=")


@pytest.mark.parametrize(("kind", "said"), [("js", b"DashRenderer"), ("css", b".cc-tablet")])
def test_what_comes_later_is_kept_for_ever_and_named_by_what_is_in_it(
    town: Town, kind: str, said: bytes
) -> None:
    client = town.logged_in("city")
    _, page = zipped(client, f"/cell/{CITY}")
    (path,) = re.findall(rf'"(/static/shell/[0-9a-f]{{16}}\.{kind})"', page)
    answer = client.get(path, headers=ZIP)
    assert "immutable" in answer.headers["Cache-Control"]
    # With the cookies, which change with each page, a browser would fetch it again for each.
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert client.get(f"/static/shell/0123456789abcdef.{kind}").status_code == 404
    assert said in gzip.decompress(answer.data)


def test_a_browser_never_asks_again_for_a_font_that_it_has(town: Town) -> None:
    _, page = zipped(town.logged_in("city"), f"/cell/{CITY}")
    fonts = re.findall(r"url\((/assets/fonts/[^)]+)\)", page)
    assert len(fonts) == 2
    for path in fonts:
        with town.client().get(path) as answer:
            assert answer.status_code == 200 and "immutable" in answer.headers["Cache-Control"]


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



def test_the_first_sheet_has_what_the_page_needs_and_little_else() -> None:
    sheet = Sheet(
        "a{b:c}.x,.y .z{d:e}:is(#s,[data-slot=s]) .x{f:g}.x:not(.w){h:i}[data-theme=light] a{j:k}"
        "@media (min-width: 9px){.y{l:m}.x.v{n:o}}.x{animation:turn 1s}@keyframes turn{to{p:q}}"
        "@keyframes never{to{r:s}}@font-face{font-family:T}"
    )
    assert sheet.part_for('<html data-theme="dark"><b class="y">.x') == (
        "a{b:c}@media (min-width: 9px){.y{l:m}}@font-face{font-family:T}"
    )
    both = sheet.part_for('<html data-theme="light"><b class="x v" data-slot="s">')
    assert "never" not in both and len(both) == len(sheet.whole) - len(
        "@media (min-width: 9px){.y{l:m}.x.v{n:o}}@keyframes never{to{r:s}}"
    ) + len("@media (min-width: 9px){.x.v{n:o}}")
    assert "never" in sheet.whole
