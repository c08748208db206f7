"""Its hook is none."""

from commandcenter.api import Number, Panel, Text, View, hookimpl


def render(view: View) -> dict[str, dict[str, int]]:
    return {"open": {"value": view.count("open")}}


@hookimpl
def register_panel() -> list[Panel]:
    return [Panel("unknown_hook.panel", Text("面板", "Panel"), (Number("open"),), render)]
