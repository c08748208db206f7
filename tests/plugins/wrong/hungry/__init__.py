"""It takes more memory than it gets."""

from typing import Any

import numpy as np

from commandcenter.api import Number, Panel, Text, View, hookimpl


def render(view: View) -> dict[str, Any]:
    return {"open": {"value": int(np.ones(400_000_000).sum())}}


@hookimpl
def register_panels() -> list[Panel]:
    parts = (Number("open"),)
    return [Panel("hungry.panel", Text("面板", "Panel"), parts, render)]
