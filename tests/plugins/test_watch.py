"""The watch face: pulse, map, channels, the last 24 hours, the newest cases."""

import re
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commandcenter.api import Colour, State, encode_colours
from commandcenter.testing import FakeView
from plugins.watch.channels import channels_panel
from plugins.watch.city_map import map_panel
from plugins.watch.last24 import RUNNING, last24_panel
from plugins.watch.newest import newest_panel, newest_short_panel
from plugins.watch.pulse import pulse_panel, pulse_row_panel
from tests.plugins.faces import MICRO, big_tree, case, in_english, plugin, seconds, shown

LETTERS = "nbyrr"
KINDS = (".judged", ".on_time")


def test_the_plugin_declares_its_panels_and_belongs_to_the_core():
    loaded = plugin("watch")
    assert loaded.manifest.core
    assert [p.key for p in loaded.code.register_panels()] == [
        "watch.pulse",
        "watch.pulse_row",
        "watch.map",
        "watch.channels",
        "watch.last24",
        "watch.newest",
        "watch.newest_short",
    ]


def test_the_pulse_counts_and_marks_what_is_overdue_in_red():
    view = FakeView(
        {
            "reported": {MICRO: 40},
            "filed": {MICRO: 36},
            "filed.judged": {MICRO: 36},
            "filed.on_time": {MICRO: 27},
            "open": {MICRO: 20},
            "overdue": {MICRO: 5},
            "total": {MICRO: 1200},
        }
    )
    values = shown(pulse_panel(), view)
    assert values["reported"] == {"value": 40}
    assert values["filed"] == {"value": 36, "note": "按时 75.0%"}
    assert values["overdue"] == {"value": 5, "tone": "red", "note": "占在办 25.0%"}
    assert values["total"] == {"value": 1200}
    assert shown(pulse_row_panel(), view) == values


def test_the_pulse_of_a_quiet_place_is_calm_and_rates_nothing():
    values = shown(pulse_panel(), FakeView())
    assert values["overdue"] == {"value": 0, "tone": "plain", "note": ""}
    assert values["filed"]["note"] == ""


def test_the_pulse_speaks_english():
    view = in_english(given={"open": {MICRO: 4}, "overdue": {MICRO: 1}})
    assert shown(pulse_panel(), view)["overdue"]["note"] == "25.0% of open"


def test_the_map_codes_all_cells_and_labels_the_children_with_what_is_open():
    colours = {"990102": Colour.YELLOW, "990103": Colour.RED, "990105": Colour.BLUE}
    view = FakeView({"open": {MICRO: 3}}, coloured=colours)
    values = shown(map_panel(), view)
    assert values["map"]["first"] == 0
    assert [(x["code"], x["value"], x["tone"]) for x in values["map"]["labels"]] == [
        ("990102", 3, "yellow"),
        ("990103", 0, "red"),
        ("990105", 0, "blue"),
    ]
    assert values["legend"] == {"red": 1, "yellow": 1, "blue": 1}
    assert decode(values["map"]["colours"]) == [LETTERS[c] for c in view.colours()]


def test_the_map_of_a_district_starts_at_its_own_position():
    view = FakeView(at="990103", coloured={"990103002": Colour.ORANGE})
    values = shown(map_panel(), view)
    assert values["map"]["first"] == view.first > 0
    assert len(decode(values["map"]["colours"])) == view.last - view.first + 1
    assert values["map"]["labels"][1]["tone"] == "red", "orange is shown as red"


def test_before_the_first_grading_the_legend_knows_nothing():
    values = shown(map_panel(), FakeView())
    assert values["legend"] == {"red": None, "yellow": None, "blue": None}
    assert {label["tone"] for label in values["map"]["labels"]} == {"plain"}


def test_the_legend_counts_the_level_that_a_layout_fixes():
    view = FakeView(coloured={MICRO: Colour.RED}, options={"depth": 5})
    assert shown(map_panel(), view)["legend"]["red"] == 1


def test_a_micro_grid_is_a_map_of_itself():
    values = shown(map_panel(), FakeView(at=MICRO, coloured={MICRO: Colour.BLUE}))
    assert values["map"]["colours"] == "1b"
    assert values["legend"]["blue"] == 1


def decode(text: str) -> list[str]:
    return list("".join(int(n) * letter for n, letter in re.findall(r"(\d+)([nbyr])", text)))


@given(st.lists(st.tuples(st.integers(1, 1200), st.integers(0, 4)), max_size=40))
def test_coded_colours_are_what_they_were(runs):
    colours = np.repeat([c for _, c in runs], [n for n, _ in runs]).astype(np.int8)
    text = encode_colours(colours)
    assert decode(text) == [LETTERS[c] for c in colours]
    pairs = re.findall(r"\d+([nbyr])", text)
    assert all(a != b for a, b in pairwise(pairs)), "runs are as long as can be"


@pytest.mark.parametrize("cells", [1, 9, 10, 99, 100, 63_000])
def test_one_colour_is_one_run(cells):
    assert encode_colours(np.full(cells, Colour.RED, np.int8)) == f"{cells}r"


def test_channels_are_ranked_with_their_share():
    view = FakeView({"channel.app": {MICRO: 6}, "channel.hotline": {MICRO: 2}})
    assert shown(channels_panel(), view)["channels"] == [
        {"label": "随手拍", "value": 6, "note": "75%"},
        {"label": "12345热线", "value": 2, "note": "25%"},
        {"label": "网格员巡查", "value": 0, "note": "0%"},
    ]


def test_channels_of_a_day_without_reports_have_no_share():
    bars = shown(channels_panel(), in_english())["channels"]
    assert [bar["label"] for bar in bars] == ["Grid patrol", "Snapshot app", "12345 hotline"]
    assert {bar["note"] for bar in bars} == {""}


def test_the_last_24_hours_are_bars_against_the_line_of_the_usual():
    view = FakeView(reports=range(24), usual=[None, *(float(n) for n in range(23))])
    figure = shown(last24_panel(), view)["chart"]
    bars, line = figure["data"]
    assert bars["y"] == list(range(24))
    assert bars["x"][-1] == "2026-06-01T16:00", "the hours are those of the city"
    assert bars["marker"]["opacity"] == [1] * 23 + [RUNNING]
    assert line["y"] == [None, *range(23)]
    assert (bars["name"], line["name"]) == ("上报", "往常")


def test_without_a_usual_there_is_no_line():
    figure = shown(last24_panel(), in_english(reports=[5] * 24))["chart"]
    assert [trace["name"] for trace in figure["data"]] == ["Reports"]


def test_the_newest_cases_say_when_how_where_and_what():
    late = case(2, due=FakeView().now - 1, state=State.DISPATCHED)
    view = FakeView(cases=[late, case(1, supervised=True)])
    rows = shown(newest_panel(), view)["cases"]["rows"]
    assert rows[0] == {
        "key": "1",
        "time": view.now - 3_600_000,
        "channel": "随手拍",
        "where": "东湖区 东湖1街道",
        "what": "暴露垃圾",
        "state": "处置中",
        "tone": "yellow",
    }
    assert (rows[1]["tone"], rows[1]["state"]) == ("red", "派遣")


def test_the_short_board_leaves_the_channel_out():
    view = in_english(cases=[case(1)])
    (row,) = shown(newest_short_panel(), view)["cases"]["rows"]
    assert "channel" not in row
    assert (row["what"], row["state"]) == ("Exposed waste", "Handling")


@pytest.mark.parametrize("clearance", [0, 1, 2])
def test_what_a_citizen_wrote_never_hangs_on_a_wall(clearance):
    view = FakeView(cases=[case(1, matter=None, state=State.REPORTED)], clearance=clearance)
    (row,) = shown(newest_panel(), view)["cases"]["rows"]
    assert row["what"] == "待分类"
    assert "张三" not in str(row)


def test_a_case_of_an_unknown_channel_is_still_shown():
    (row,) = shown(newest_panel(), FakeView(cases=[case(1, channel="carrier")]))["cases"]["rows"]
    assert row["channel"] == "carrier"


def test_in_a_district_a_place_is_street_and_community():
    (row,) = shown(newest_panel(), FakeView(at="990102", cases=[case(1)]))["cases"]["rows"]
    assert row["where"] == "东湖1街道 东湖1街道1社区"


def test_no_more_cases_are_shown_than_the_layout_wants():
    view = FakeView(cases=[case(n) for n in range(1, 9)], options={"limit": 3})
    assert [r["key"] for r in shown(newest_panel(), view)["cases"]["rows"]] == ["1", "2", "3"]


def test_a_big_city_is_drawn_in_a_few_milliseconds():
    tree = big_tree()
    reds = np.random.default_rng(1).integers(0, len(tree), 600)
    coloured = np.full(len(tree), Colour.BLUE)
    coloured[reds] = Colour.RED
    ones = np.ones(len(tree), np.int32)
    flows = [f"{flow}{kind}" for flow in ("filed", "closed") for kind in ("", *KINDS)]
    numbers = {name: ones for name in ("open", "overdue", "reported", "total", *flows)}
    view = FakeView(numbers, tree=tree, coloured=coloured)
    assert len(tree) > 63_000
    assert seconds(pulse_panel(), view) < 0.002
    assert seconds(map_panel(), view) < 0.01
