import datetime
from typing import Any

import numpy as np
import pytest

from commandcenter.api import Chart, Panel, Text
from commandcenter.errors import PluginError
from commandcenter.host.charts import MAX_VALUES, TRACES
from commandcenter.host.values import check_values
from tests.host.pictures import PNG, src

PANEL = Panel("lamp.day", Text("日"), (Chart("chart"),), lambda view: {})
BAR: dict[str, Any] = {"type": "bar", "x": ["a"], "y": [1]}


def fault(value: object) -> str:
    with pytest.raises(PluginError) as raised:
        check_values(PANEL, {"chart": value})
    line = str(raised.value)
    assert line.startswith("panel lamp.day: part chart (Chart): value")
    return line


def trace(**more: Any) -> dict[str, Any]:
    return {"data": [BAR | more]}


def layout(**keys: Any) -> dict[str, Any]:
    return {"data": [BAR], "layout": keys}


@pytest.mark.parametrize("kind", sorted(TRACES))
def test_the_traces_of_the_list_are_drawn(kind):
    check_values(PANEL, {"chart": {"data": [{"type": kind}]}})


@pytest.mark.parametrize(
    "value",
    [
        {"data": [{"y": [1, 2]}]},
        trace(text=["<b>3</b><br>a &lt; b"], name="3 < 4", texttemplate="%{y:.1f}"),
        trace(x=["2026-11-21 07:00", datetime.date(2026, 11, 21)], y=np.array([1.5, 2.0])),
        trace(marker={"color": "--red", "line": {"width": 0}}),
        layout(xaxis={"type": "date", "dtick": 3_600_000}, yaxis2={}, legend={}, barmode="stack"),
        layout(annotations=[{"text": "警戒水位", "x": 1}], shapes=[{"type": "line"}]),
        layout(images=[{"source": src(PNG), "x": 0}]),
    ],
)
def test_a_plain_figure_is_sent(value):
    assert check_values(PANEL, {"chart": value})


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (trace(type="scattermap"), "value.data[0].type = 'scattermap' is none of bar, barpolar"),
        (trace(type="scattergl"), "is none of"),
        (trace(type="image", source="x"), "is none of"),
        (trace(type=["bar"]), "is none of"),
        ({"data": ["bar"]}, "value.data[0] is a str, a dict is needed"),
        ({"data": [BAR] * 41}, "has 41 traces, at most 40"),
        (trace(y=[0] * (MAX_VALUES + 1)), "at most 5,000 are drawn: send fewer points"),
        (trace(y=np.zeros(MAX_VALUES)), "5,002 values in its lists"),
        (layout(template={}), "value.layout has 'template', which charts may not have"),
        (layout(mapbox={"accesstoken": "pk"}), "value.layout.mapbox has 'accesstoken'"),
        (layout(map={"style": "open-street-map"}), "has 'map', which is not the panel's"),
        (layout(geo={}), "has 'geo', which is not the panel's: leave it out"),
        (layout(updatemenus=[]), "has 'updatemenus'"),
        (layout(width=10), "has 'width'"),
        (layout(xaxis=7), "value.layout.xaxis = 7 is not a dict"),
        (layout(shapes=[None]), "value.layout.shapes = [None] is not a list of dicts"),
        (trace(marker="red"), "value.data[0].marker = 'red' is not a dict"),
        (layout(xaxis={"rangebreaks": []}), "value.layout.xaxis has 'rangebreaks'"),
        (layout(xaxis={"tickformat": ",999999999d"}), "asks for a width of hundreds"),
        (trace(texttemplate="%{y:999999999d}"), "asks for a width of hundreds"),
        (trace(texttemplate=["%{y:999d}"]), "texttemplate[0] = '%{y:999d}' asks for a width"),
        (trace(text=["JavaScript:alert"]), "value.data[0].text[0] = 'JavaScript:alert' holds"),
        (layout(annotations=[{"text": "x"}] * 101), "annotations has 101 entries, at most 100"),
        (layout(images=[{"source": "https://elsewhere/a.png"}]), "images[0].source is 'https"),
        (layout(images=[{"source": "/a.png"}]), "a PNG, JPEG or WebP made by encode_picture"),
        (layout(images=[{"source": 5}]), "images[0].source is a int"),
        (trace(text='<a href="x">y</a>'), "says '<a href=\"x\">': words may have only <b>"),
        (trace(text=["a", "<script>alert(1)</script>"]), "value.data[0].text[1] says '<script>'"),
        (trace(name="<b onclick=x>"), "without attributes; write &lt; for a sign <"),
        (trace(text="<span style='x'>"), "value.data[0].text says"),
        (trace(name="see http://elsewhere/"), "holds an address or a script: say it without"),
        (trace(name="javascript:alert(1)"), "holds an address or a script"),
        (trace(name="//elsewhere/x"), "holds an address or a script"),
        (trace(marker={"color": "url(#a)"}), "value.data[0].marker.color = 'url(#a)' holds"),
        (trace(hovertext="data:text/html,x"), "holds an address or a script"),
        ({"data": [{"__proto__": {}}]}, "value.data[0] has '__proto__'"),
        (trace(x=[b"1"]), "value.data[0].x[0] = b'1' is no JSON"),
        (trace(x=np.array(["a"])), "is an array of <U1, which is no JSON"),
        (trace(**{"k" * 2001: 1}), "has a key of 2,001 characters"),
    ],
)
def test_what_fetches_links_runs_on_or_reaches_out_is_refused_with_its_place(value, words):
    assert words in fault(value)
