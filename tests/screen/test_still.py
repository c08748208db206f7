"""A still says what its components hold, escapes everything, and has dashes for what is unknown."""

from __future__ import annotations

import re
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from dash import dcc, html

from commandcenter.domain.clocks import SECOND
from commandcenter.host.words import Words
from commandcenter.live.latest import Known
from commandcenter.live.topics import Topic
from commandcenter.screen.filling import Facts, fill
from commandcenter.screen.kit import Number, Tile
from commandcenter.screen.still import still
from commandcenter.screen.still_parts import PARTS
from commandcenter.screen.still_shapes import PATHS
from commandcenter.screen.still_words import Moment, number, percent
from commandcenter.screen.tablet_kit import Grid, Limit, Lines, Moved, Tablet
from commandcenter.settings import ROOT

ZONE = ZoneInfo("Asia/Shanghai")
NOW = round(datetime(2026, 11, 21, 14, 3, 22, tzinfo=ZONE).timestamp() * SECOND)
MOMENT = Moment(Words("zh", []), ZONE, NOW)
EVIL = '"><script>alert(1)</script>'
ASSETS = ROOT / "assets"


def drawn(component: object) -> str:
    return str(still(component, MOMENT))


def test_words_and_attributes_are_escaped() -> None:
    made = drawn(html.Div([html.P(EVIL, title=EVIL), Number(id="a-b", title=EVIL)]))
    assert "<script" not in made and made.count("&lt;script&gt;") == 3


@pytest.mark.parametrize("address", ["javascript:alert(1)", "//elsewhere.org", " data:text/html,x"])
def test_an_address_that_leads_astray_is_not_drawn(address: str) -> None:
    assert drawn(html.A("x", href=address)) == "<a>x</a>"


@pytest.mark.parametrize("address", ["/cell/1", "tel:110", "https://example.org", "?lang=en"])
def test_other_addresses_are(address: str) -> None:
    assert drawn(html.A("x", href=address)) == f'<a href="{address}">x</a>'


def test_handlers_ids_and_what_would_do_something_are_left_out() -> None:
    form = html.Form(html.Button("x", n_clicks=1), id="form")
    made = drawn(html.Div([form, dcc.Store(id="kept")], id="a"))
    button = '<button tabindex="-1" type="button">x</button>'
    assert made == f'<div data-slot="a"><div data-slot="form">{button}</div></div>'


def test_what_is_not_known_is_a_dash_and_never_a_zero() -> None:
    made = drawn(Tile([Number(id="counts-open", title="在办")], id="counts", title="概况"))
    assert 'data-state="unknown"' in made and ">0<" not in made and "—" in made


def test_a_tile_says_the_instant_of_its_values() -> None:
    made = drawn(Tile(id="counts", title="概况", at=NOW - 5 * SECOND))
    assert 'data-state="live"' in made and "14:03:17" in made


def test_a_failed_tile_says_why() -> None:
    made = drawn(Tile(id="counts", at=NOW, state="failed", reason="<late>"))
    assert 'data-state="failed"' in made and "失败 · &lt;late&gt;" in made


def test_lines_say_how_many_there_are_more() -> None:
    columns = [{"key": "what", "title": "事项", "form": "text"},
               {"key": "at", "title": "上报", "form": "age"}]  # fmt: skip
    rows = [{"what": f"第{n}", "at": NOW - 90 * SECOND, "href": f"/case/{n}"} for n in range(9)]
    made = drawn(Lines(id="newest-cases", columns=columns, most=6, value={"rows": rows}))
    assert made.count("<li") == 6 and "全部 9 条" in made and "1 分" in made


def test_a_table_leads_where_the_live_one_does() -> None:
    columns = [{"key": "name", "title": "单元", "form": "text", "grow": 2, "least": 9}]
    made = drawn(Grid(id="x", columns=columns, value={"rows": [{"name": "东", "href": "/cell/1"}]}))
    assert '<a class="line" href="/cell/1">' in made and "东" in made


def test_a_clock_says_how_it_stands_at_this_moment() -> None:
    words = {"left": "余 {span}", "over": "超时 {span}"}
    late = Limit(id="l", start=0, warn=1, due=NOW - 3600 * SECOND, words=words)
    assert "超时 1 时" in drawn(late) and "tone-red" in drawn(late)


@pytest.mark.parametrize(
    ("value", "digits", "said"),
    [(12345, 0, "12\u2009345"), (2.5, 0, "3"), (0.5, 0, "1"), (-1234.56, 1, "−1\u2009234.6"),
     (-0.2, 0, "0"), (None, 0, "—"), (True, 0, "—"), (float("nan"), 0, "—")],
)  # fmt: skip
def test_numbers_are_said_as_the_script_says_them(value: object, digits: int, said: str) -> None:
    assert number(value, digits) == said


def test_shares_and_spans_are_too() -> None:
    assert percent(0.9791) == "97.9\u2009%"
    spans = {59: "59 秒", 60: "1 分", 3660: "1 时 1 分", 36_060: "10 时", 90_000: "1 天 1 时",
             950_400: "11 天"}  # fmt: skip
    assert {s: MOMENT.span(s) for s in spans} == spans


def test_shapes_are_those_of_the_scripts() -> None:
    files = ("kit-core.js", "kit-figures.js")
    scripts = "".join((ASSETS / name).read_text("utf-8") for name in files)
    known = dict(re.findall(r"(\w+): '(M[^']+)'", scripts))
    assert {name: known.get(name) for name in PATHS} == PATHS


def test_every_component_of_a_tablet_that_is_drawn_exists() -> None:
    scripts = "".join(path.read_text("utf-8") for path in sorted(ASSETS.glob("*.js")))
    known = ("kit.{} =", "{}: window.cc.guarded")
    assert [n for n in PARTS if not any(each.format(n) in scripts for each in known)] == []


def test_a_page_is_filled_with_what_is_known_and_nothing_else() -> None:
    one, two = (Topic.of(f"x.{name}", "1", 0, "zh", {}) for name in ("one", "two"))
    tiles = [Tile([Number(id=f"{slot}-n")], id=slot) for slot in ("one", "two")]
    page = Tablet([*tiles, Moved(id="other-n")])
    page.topics = {"one": one, "two": two}
    known = {one.key: Known(3, 77, "ok", "", {"n": b'{"value":5}', "gone": b"1"})}
    fill(page, Facts(known, "", {}))
    assert tiles[0].at == 77 and tiles[0].children[0].value == {"value": 5}
    assert not hasattr(tiles[1], "at") and not hasattr(tiles[1].children[0], "value")
