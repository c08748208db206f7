"""Its hook answers one panel and no list."""

from commandcenter.api import Number, Panel, Text, View, hookimpl


def render(view: View) -> dict[str, dict[str, int]]:
    return {"open": {"value": view.count("open")}}


@hookimpl
def register_panels() -> Panel:
    return Panel("wrong_type.panel", Text("面板", "Panel"), (Number("open"),), render)
