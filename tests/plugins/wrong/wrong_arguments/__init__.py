"""Its hook asks for more than there is."""

from commandcenter.api import Number, Panel, Text, View, hookimpl


def render(view: View) -> dict[str, dict[str, int]]:
    return {"open": {"value": view.count("open")}}


@hookimpl
def register_panels(config: object) -> list[Panel]:
    return [Panel("wrong_arguments.panel", Text("面板", "Panel"), (Number("open"),), render)]
