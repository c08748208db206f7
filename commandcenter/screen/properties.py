"""Gives components their properties and reads them as Dash does, without its detours."""

from collections.abc import Mapping
from typing import Any

from dash.development.base_component import Component

WILD = ("data-", "aria-")


def told(component: Component) -> dict[str, Any]:
    """Return what the browser is told of a component, as its `to_plotly_json` does."""
    names: list[str] = component._prop_names
    props = {k: v for k, v in vars(component).items() if k in names or k.startswith(WILD)}
    return {"props": props, "type": component._type, "namespace": component._namespace}


def give(component: Component, given: Mapping[str, Any]) -> None:
    """Set the properties of a component that is being made; raises TypeError as Dash does."""
    if _is_plain(component, given):
        # For each property Dash looks on the disk for a module with the name of the namespace.
        # There is none here, and the search was most of the time that a page took.
        vars(component).update(given)
    else:
        Component.__init__(component, **given)  # type: ignore[no-untyped-call]


def _is_plain(component: Component, given: Mapping[str, Any]) -> bool:
    """Tell whether Dash has nothing to find fault with."""
    names: list[str] = component._prop_names
    return (
        all(name in names for name in given)
        and isinstance(given.get("id", ""), str)
        and not any(isinstance(v, Component) for name, v in given.items() if name != "children")
    )
