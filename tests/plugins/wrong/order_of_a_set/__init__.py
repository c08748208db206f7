"""It goes by the order of a set."""

from typing import Any

from commandcenter.api import Note, Panel, Text, View, hookimpl


def render(view: View) -> dict[str, Any]:
    names = {view.tree.cells[at].name for at in view.children()}
    return {"words": "、".join(names | set(view.channels))}


@hookimpl
def register_panels() -> list[Panel]:
    parts = (Note("words"),)
    return [Panel("order_of_a_set.panel", Text("面板", "Panel"), parts, render)]
