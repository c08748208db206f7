import os
import subprocess
import sys
from dataclasses import fields, replace

import pytest

from commandcenter.api import Number, Panel, Text, hookimpl
from commandcenter.errors import NotFound, StoreError
from commandcenter.host.catalogue import Catalogue
from commandcenter.host.kit import AnyPart
from commandcenter.settings import ROOT
from commandcenter.testing import Plugin, small_catalogue, small_data, small_registry
from tests.host.test_values import PANEL


class Lamp:
    def __init__(self, panel: Panel = PANEL) -> None:
        self.panel = panel

    @hookimpl
    def register_panels(self) -> list[Panel]:
        return [self.panel]


def with_panel(panel: Panel = PANEL) -> Catalogue:
    return small_catalogue(Plugin.of(Lamp(panel), "lamp", ["panels"], districts=["990102"]))


def test_a_catalogue_comes_back_as_it_was_with_every_part_of_the_kit():
    catalogue = with_panel()
    back = Catalogue.from_json(catalogue.to_json())
    assert back == catalogue
    assert back.panel("lamp.all").parts == PANEL.parts
    kinds = {type(part) for part in back.panel("lamp.all").parts}
    assert kinds == set(AnyPart.__args__)


def test_a_catalogue_holds_the_city_with_its_calendar_and_units():
    back = Catalogue.from_json(with_panel().to_json())
    registry = small_registry()
    assert back.city.title == registry.city.title
    assert back.levels == registry.city.levels
    assert back.calendar == registry.city.calendar
    assert back.units == small_data().units
    assert set(back.channels) == {"app", "hotline", "patrol"}
    assert back.matters["P0201"].limit.hours == 2
    assert {state.name for state in back.plugins} == {"lamp", "small"}


def test_a_panel_of_the_catalogue_says_whose_it_is_and_where_it_serves():
    spec = with_panel().panel("lamp.all")
    assert (spec.plugin, spec.districts) == ("lamp", ("990102",))
    assert not hasattr(spec, "render")


def test_every_field_of_a_panel_but_its_code_is_in_the_catalogue():
    spec = {field.name for field in fields(with_panel().panel("lamp.all"))}
    panel = {field.name for field in fields(Panel)}
    assert panel - spec == {"render"}


def test_a_panel_that_is_not_there_is_named_with_those_that_are():
    with pytest.raises(NotFound, match=r"no panel lamp\.none; there are lamp\.all"):
        with_panel().panel("lamp.none")


def test_the_same_content_makes_the_same_build():
    assert with_panel().build == with_panel().build


@pytest.mark.parametrize(
    "change",
    [
        {"title": Text("别的")},
        {"parts": (Number("n"),)},
        {"interval": 11.0},
        {"pace": "slow"},
        {"formula": Text("式")},
    ],
)
def test_other_content_makes_another_build(change):
    assert with_panel(replace(PANEL, **change)).build != with_panel().build


def test_other_code_with_the_same_content_makes_the_same_build():
    assert with_panel(replace(PANEL, render=dict)).build == with_panel().build


def test_units_are_part_of_the_build():
    assert Catalogue.of(small_registry(), ()).build != small_catalogue().build


def test_the_build_is_the_same_in_every_process():
    code = """
from dataclasses import replace
from datetime import date
from commandcenter.host.catalogue import Catalogue
from commandcenter.testing import small_registry
registry = small_registry()
days = frozenset(date(2026, 10, day) for day in range(1, 8))
calendar = replace(registry.city.calendar, holidays=days)
print(Catalogue.of(replace(registry, city=replace(registry.city, calendar=calendar)), ()).build)
"""
    builds = {
        subprocess.run(
            [sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=ROOT,
            env=os.environ | {"PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2", "3")
    }  # fmt: skip
    assert len(builds) == 1


@pytest.mark.parametrize("document", [b"", b"{}", b"[1]", b'{"version": 1'])
def test_a_stored_catalogue_that_cannot_be_read_says_how_to_get_a_new_one(document):
    with pytest.raises(StoreError, match="start the worker"):
        Catalogue.from_json(document)
