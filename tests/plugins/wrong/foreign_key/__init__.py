"""Its panel has the name of another plugin."""

from commandcenter.api import Number, Panel, Text, View, hookimpl


def render(view: View) -> dict[str, dict[str, int]]:
    return {"open": {"value": view.count("open")}}


@hookimpl
def register_panels() -> list[Panel]:
    return [Panel("watch.panel", Text("面板", "Panel"), (Number("open"),), render)]
