"""The districts' plugins fit Zhengzhou: places, matters, channels and duties are the city's."""

import csv
import json
from functools import cache
from typing import Any

import pytest
import shapely

from commandcenter.host.manifest import FILE, Manifest, read_manifest
from commandcenter.settings import ROOT
from plugins.jinshui_flood import source as flood
from plugins.xinzheng_market import source as market
from plugins.xinzheng_market.routing import RULES
from plugins.zhengzhou.channels import CHANNELS

PLUGINS = ROOT / "plugins"
DATA = PLUGINS / "zhengzhou" / "data"
LISTS = {
    "jinshui_flood": "sensors", "dengfeng_mine_safety": "dangers",
    "xinzheng_market": "complaints", "guancheng_isolation": "sites",
}  # fmt: skip
FAR = 0.02
"""Degrees that a place may lie outside the outline, which is coarse: some two kilometres."""


@cache
def manifest(name: str) -> Manifest:
    return read_manifest(PLUGINS / name / FILE, name)


@cache
def sample(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((PLUGINS / name / "sample.json").read_text("utf-8"))
    return found


def column(file: str, name: str) -> set[str]:
    with (DATA / file).open(encoding="utf-8", newline="") as lines:
        return {row[name] for row in csv.DictReader(lines)}


def streets(district: str) -> set[str]:
    division = json.loads((DATA / "division.json").read_text("utf-8"))
    found = next(entry for entry in division if entry["code"] == district)
    return {street["code"] for street in found["children"]}


@pytest.mark.parametrize("name", LISTS)
def test_it_runs_apart_serves_one_district_and_says_that_its_data_is_made_up(name):
    one = manifest(name)
    assert not one.core, "it is an example of an isolated plugin"
    assert len(one.districts) == 1 and one.city == "zhengzhou"
    assert "示例" in sample(name)["sample"] and "made up" in sample(name)["sample"]


@pytest.mark.parametrize("name", LISTS)
def test_everything_in_the_sample_lies_in_a_street_of_the_district(name):
    known = streets(manifest(name).districts[0])
    assert {entry["cell"] for entry in sample(name)[LISTS[name]]} <= known


@pytest.mark.parametrize("name", ["jinshui_flood", "guancheng_isolation"])
def test_points_lie_in_the_outline_of_the_district(name):
    outlines = json.loads((DATA / "districts.geojson").read_text("utf-8"))["features"]
    (code,) = manifest(name).districts
    (shape,) = (shapely.geometry.shape(f["geometry"]) for f in outlines
                if f["properties"]["code"] == code)  # fmt: skip
    for entry in sample(name)[LISTS[name]]:
        point = shapely.Point(entry["lng"], entry["lat"])
        assert shape.distance(point) < FAR, entry["name"]


def test_matters_channels_and_duties_are_those_of_the_city():
    matters = column("matters.csv", "编码")
    assert {flood.MATTER, market.OTHER_MATTER, *market.MATTERS.values()} <= matters
    channels = {channel.key for channel in CHANNELS}
    given = [manifest(name).settings.get("channel") for name in LISTS]
    assert {setting.initial for setting in given if setting} <= channels
    assert {rule.duty for rule in RULES} <= column("duties.csv", "duty")
