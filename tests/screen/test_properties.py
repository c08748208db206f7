"""Components of the kit are made as Dash makes its own, and without a search on the disk."""

import builtins
from typing import Any

import pytest
from dash import html

from commandcenter.screen.citymap import CityMap
from commandcenter.screen.kit import Number
from commandcenter.screen.properties import told


def test_no_module_is_looked_for_when_a_component_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    original = builtins.__import__

    def noted(name: str, *more: Any, **others: Any) -> Any:
        asked.append(name)
        return original(name, *more, **others)

    monkeypatch.setattr(builtins, "__import__", noted)
    number, shown = Number(id="a", title="b", unit=None), CityMap("map", scope="410100")
    monkeypatch.undo()
    assert "cc_kit" not in asked
    assert number.to_plotly_json()["props"] == {"id": "a", "title": "b"}
    assert shown.to_plotly_json()["props"]["scope"] == "410100"


@pytest.mark.parametrize(
    "given",
    [{"colour": "red"}, {"id": 7}, {"title": html.Div()}],
    ids=lambda given: next(iter(given)),
)
def test_what_dash_refuses_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(TypeError):
        Number(**given)


def test_the_browser_is_told_what_dash_would_tell_it() -> None:
    more: dict[str, Any] = {"aria-label": "b", "data-slot": "c"}
    for made in (html.A("a", href="/", hidden=True, **more), Number(id="a", title="b", unit=None),
                 CityMap("map", scope="410100"), html.Div([html.B()])):  # fmt: skip
        assert told(made) == made.to_plotly_json()
