"""Its title is cut off, its digits get too small, its parts lie over each other."""

from typing import Any

from commandcenter.api import Number, Panel, Text, View, hookimpl

LONG = Text("一个很长很长的标题" * 12, "A very long title " * 12)
PARTS = tuple(Number(f"n{at}", LONG, great=True) for at in range(48))


def render(view: View) -> dict[str, Any]:
    return {part.name: {"value": 123_456_789} for part in PARTS}


@hookimpl
def register_panels() -> list[Panel]:
    return [Panel("too_long.panel", LONG, PARTS, render, columns=24)]
