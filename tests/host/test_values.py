import re

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commandcenter.api import (
    Bars,
    Board,
    Chart,
    CityMap,
    Column,
    Delta,
    Flow,
    Gauge,
    Legend,
    MapLayer,
    Note,
    Number,
    Panel,
    Picture,
    Sparkline,
    Table,
    Text,
    Timeline,
)
from commandcenter.errors import PluginError
from commandcenter.host.shapes import MAX_WORDS
from commandcenter.host.values import check_values
from commandcenter.testing import small_tree
from tests.host.pictures import PNG, src

FORMS = ("text", "number", "percent", "clock", "age", "tone")
COLUMNS = tuple(Column(form, Text(form), form=form) for form in FORMS)
PANEL = Panel(
    "lamp.all",
    Text("全部"),
    (
        Number("number"),
        Bars("bars"),
        Flow("flow"),
        Board("board", columns=COLUMNS),
        Chart("chart"),
        CityMap("map"),
        Legend("legend"),
        Note("note"),
        Delta("delta"),
        Sparkline("sparkline"),
        Table("table", columns=COLUMNS),
        Gauge("gauge"),
        Timeline("timeline"),
        MapLayer("layer"),
        Picture("picture"),
    ),
    lambda view: {},
)
BAR = {"label": "东湖区", "value": 3.5, "tone": "red", "note": "多"}
ROW = {
    "text": "甲", "number": 1, "percent": 12.5, "clock": 1_780_300_800_000, "age": None,
    "tone": "yellow", "key": "1", "href": "/case/1",
}  # fmt: skip
GOOD = {
    "number": {"value": 3, "tone": "good", "note": "今日"},
    "bars": [BAR, {"label": "西山区", "value": None}],
    "flow": [{"label": "立案", "value": 7, "tone": "plain", "note": "3 分"}],
    "board": {"rows": [ROW | {"tone": {"tone": "red", "text": "超时"}}, {}]},
    "chart": {"data": [{"x": [1, 2], "y": [3, None]}], "layout": {"xaxis": {"title": "h"}}},
    "map": {
        "first": 0,
        "colours": "12b1r300b",
        "labels": [{"code": "1", "name": "东", "lng": 113.5, "lat": 34.5, "value": 2}],
    },
    "legend": {"red": 1, "yellow": 0, "blue": None},
    "note": "说明",
    "delta": {"value": 12, "change": -0.5, "note": "较昨日"},
    "sparkline": {"values": [1, 2.5, None, 4], "value": 4, "tone": "red", "note": "峰值 4"},
    "table": {"rows": [ROW | {"tone": None}]},
    "gauge": {"value": 3.1, "low": 0, "high": 5, "yellow": [3, 4], "red": None, "note": "警戒 3"},
    "timeline": {
        "items": [{"at": 1_780_300_800_000, "label": "巡查", "until": None, "tone": "good"}],
        "from": 1_780_300_000_000,
        "to": 1_780_400_000_000,
    },
    "layer": {
        "cells": {"990102": "red"},
        "points": [{"lng": 113.6, "lat": 34.7, "tone": "yellow", "label": "桥", "value": 0.4}],
        "heat": [[113.6, 34.7, 2]],
        "note": "水位站",
    },
    "picture": {"src": src(PNG), "caption": "路口", "at": 1_780_300_800_000},
}


def fault(name: str, value: object) -> str:
    with pytest.raises(PluginError) as raised:
        check_values(PANEL, {name: value})
    line = str(raised.value)
    assert line.startswith(f"panel lamp.all: part {name} (")
    return line


def test_every_part_takes_a_good_value_and_gives_its_json():
    sent = check_values(PANEL, GOOD)
    assert {name: orjson.loads(value) for name, value in sent.items()} == GOOD
    assert set(sent) == {part.name for part in PANEL.parts}


def test_every_part_may_be_unknown_and_none_must_be_given():
    assert check_values(PANEL, {part.name: None for part in PANEL.parts})["map"] == b"null"
    assert check_values(PANEL, {}) == {}


def test_numpy_numbers_and_arrays_are_taken_as_they_come_from_the_view():
    sent = check_values(
        PANEL,
        {
            "number": {"value": np.int32(5)},
            "legend": {"red": np.int64(1), "yellow": 0, "blue": 0},
            "chart": {"data": [{"y": np.arange(3, dtype=np.int32)}]},
        },
    )
    assert sent["number"] == b'{"value":5}'
    assert sent["chart"] == b'{"data":[{"y":[0,1,2]}]}'


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("number", 5, "value is a int, a dict with value, tone, note is needed"),
        ("number", {}, "value lacks value"),
        ("number", {"value": "5"}, "value.value = '5' is not a finite number"),
        ("number", {"value": True}, "value.value = True is not a finite number"),
        ("number", {"value": 5, "tone": "purple"}, "value.tone = 'purple' is not one of blue,"),
        ("number", {"value": 5, "html": "<b>"}, "value has 'html', it may have value, tone, note"),
        ("bars", {"label": "a"}, "value is a dict, a list is needed"),
        ("bars", [{"label": "a"}], "[0] lacks value"),
        ("bars", [BAR, {"label": 1, "value": 1}], "[1].label = 1 is not a str"),
        ("flow", [{"label": "a", "value": 1.5}], "[0].value = 1.5 is not a whole number"),
        ("board", [], "value is a list, a dict with rows is needed"),
        ("board", {"rows": {}}, "value.rows = {} is not a list"),
        ("board", {"rows": [{"colour": 1}]}, "rows[0] has 'colour', it may have key, href, tone"),
        (
            "board",
            {"rows": [{"clock": "12:00"}]},
            "rows[0].clock = '12:00' is not an instant",
        ),
        ("board", {"rows": [{"clock": 9 * 10**18}]}, "is not an instant"),
        ("board", {"rows": [{"tone": {"tone": "red"}}]}, "[0].tone = "),
        ("board", {"rows": [{"href": "https://elsewhere/"}]}, "is not a path of this server"),
        ("board", {"rows": [{"href": "//elsewhere/"}]}, "is not a path of this server"),
        ("board", {"rows": [{"href": "javascript:x"}]}, "is not a path of this server"),
        ("board", {"rows": [{"href": "/\t/elsewhere/"}]}, "is not a path of this server"),
        ("board", {"rows": [{"href": "/\\elsewhere/"}]}, "is not a path of this server"),
        ("board", {"rows": [{}] * 2001}, "value.rows has 2,001 entries, at most 2,000 are drawn"),
        ("chart", {"layout": {}}, "value lacks data"),
        ("chart", {"data": [], "layout": {"x": {1, 2}}}, "is no JSON"),
        ("chart", {"data": [{1: 2}]}, "has the key 1, which is no str"),
        ("map", {"first": 0}, "value lacks colours"),
        ("map", {"first": 0, "colours": "b12"}, "is not run-length coded colours"),
        ("map", {"first": 0, "colours": "", "labels": [{"code": "1"}]}, "labels[0] lacks name"),
        ("map", {"first": 0, "colours": "9999999r"}, "names 9,999,999 cells, at most 1,000,000"),
        ("legend", {"red": 1, "yellow": 2}, "value lacks blue"),
        ("note", 5, "value = 5 is not a str of at most 2,000"),
        ("delta", {"value": 5}, "value lacks change"),
        ("sparkline", {"values": "1, 2"}, "value.values = '1, 2' is not a list of numbers"),
        ("sparkline", {"values": [1, "2"]}, "value.values[1] = '2' is not a finite number"),
        ("sparkline", {"values": [0] * 2001}, "has 2,001 numbers, at most 2,000 are drawn"),
        ("table", {"rows": [{"number": "x"}]}, "value.rows[0].number = 'x' is not a finite"),
        ("gauge", {"value": 1, "red": [4, 3]}, "value.red = [4, 3] is not [from, to]"),
        ("gauge", {"value": 1, "low": 200}, "value.low = 200 is not below value.high = 100"),
        ("timeline", {"items": [{"at": 0}]}, "value.items[0] lacks label"),
        ("timeline", {"items": [], "from": 5, "to": 5}, "value.from = 5 is not before value.to"),
        ("layer", {"cells": {"1": "purple"}}, "value.cells['1'] = 'purple' is not one of"),
        ("layer", {"cells": {1: "red"}}, "value.cells has the key 1, which is no code of a cell"),
        ("layer", {"points": [{"lng": 1, "lat": 91}]}, "points[0].lat = 91 is not a number of deg"),
        ("layer", {"heat": [[1, 2]]}, "value.heat[0] = [1, 2] is not [lng, lat, weight"),
        ("picture", {"src": "https://elsewhere/a.png"}, "value.src is 'https://elsewhere/a.png'"),
        ("picture", {"src": "//elsewhere/a.png"}, "no address"),
        ("picture", {"src": "data:image/svg+xml;base64,PHN2Zz4="}, "a PNG, JPEG or WebP"),
    ],
)
def test_a_value_of_another_shape_is_refused_with_its_place(name, value, words):
    assert words in fault(name, value)


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -float("inf"), np.float32("nan")])
@pytest.mark.parametrize(
    ("name", "wrap"),
    [
        ("number", lambda bad: {"value": bad}),
        ("sparkline", lambda bad: {"values": [bad]}),
        ("gauge", lambda bad: {"value": bad}),
        ("layer", lambda bad: {"heat": [[1, 1, bad]]}),
        ("bars", lambda bad: [{"label": "a", "value": bad}]),
        ("board", lambda bad: {"rows": [{"percent": bad}]}),
        ("chart", lambda bad: {"data": [{"y": [1, bad]}]}),
        ("chart", lambda bad: {"data": [{"y": np.array([1, bad])}]}),
        ("chart", lambda bad: {"data": [], "layout": {"a": {"b": bad}}}),
    ],
)
def test_a_number_that_is_none_is_refused_wherever_it_stands(name, wrap, bad):
    assert re.search("finite|weight", fault(name, wrap(bad)))


@pytest.mark.parametrize(
    ("name", "wrap"),
    [
        ("note", lambda words: words),
        ("number", lambda words: {"value": 1, "note": words}),
        ("board", lambda words: {"rows": [{"text": words}]}),
        ("chart", lambda words: {"data": [{"name": words}]}),
    ],
)
def test_strings_may_have_two_thousand_characters_and_no_more(name, wrap):
    check_values(PANEL, {name: wrap("长" * MAX_WORDS)})
    assert "characters" in fault(name, wrap("长" * (MAX_WORDS + 1)))


def test_a_part_may_have_256_kilobytes_and_no_more():
    rows = [{"text": "a" * MAX_WORDS}] * 129
    check_values(PANEL, {"board": {"rows": rows}})
    assert "at most 262,144 may be sent" in fault("board", {"rows": rows * 2})


def test_the_colours_of_a_whole_city_may_be_longer_than_other_strings():
    colours = "1b1r" * 21_226
    assert check_values(PANEL, {"map": {"first": 0, "colours": colours}})


def test_a_value_that_holds_itself_is_refused():
    value: dict = {"data": []}
    value["data"].append(value)
    assert "levels deep" in fault("chart", value)


def test_the_cells_of_a_layer_are_sent_by_their_places_on_the_map():
    tree = small_tree()
    value = {"cells": {"990102": "red", "990105": "red", "990103": "good"}, "note": "三处"}
    sent = orjson.loads(check_values(PANEL, {"layer": value}, tree)["layer"])
    places = {code: tree.position[code] for code in value["cells"]}
    assert sent == {
        "fill": {"red": [places["990102"], places["990105"]], "good": [places["990103"]]},
        "note": "三处",
    }
    with pytest.raises(PluginError, match=r"layer \(MapLayer\): value.cells has '7', which is no"):
        check_values(PANEL, {"layer": {"cells": {"7": "red"}}}, tree)


def test_a_picture_may_be_a_path_of_this_server():
    assert check_values(PANEL, {"picture": {"src": "/attachments/7?size=small"}})


def test_the_source_of_a_line_may_be_an_array():
    sent = check_values(PANEL, {"sparkline": {"values": np.arange(3.0)}})
    assert sent["sparkline"] == b'{"values":[0.0,1.0,2.0]}'


def test_a_part_the_panel_does_not_have_is_refused():
    with pytest.raises(PluginError, match="no part 'numbr'; there are number, bars"):
        check_values(PANEL, {"numbr": {"value": 1}})


@pytest.mark.parametrize("answer", [None, 5, "words", [("number", {"value": 1})]])
def test_an_answer_that_is_no_mapping_is_refused(answer):
    with pytest.raises(PluginError, match="not a mapping"):
        check_values(PANEL, answer)


KEYS = [
    "value", "rows", "data", "label", "first", "colours", "values", "change", "items", "at",
    "cells", "points", "heat", "src", "type", "layout", "note",
]  # fmt: skip
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.binary(),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(KEYS) | st.integers(),
        inner, max_size=3,
    ),
    max_leaves=8,
)  # fmt: skip


@given(st.dictionaries(st.sampled_from([*GOOD, "other"]) | st.integers(), anything))
def test_whatever_a_panel_answers_is_sent_as_it_is_or_refused(values):
    try:
        sent = check_values(PANEL, values)
    except PluginError:
        return
    assert {name: orjson.loads(value) for name, value in sent.items()} == values
