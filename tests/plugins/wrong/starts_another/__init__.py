"""It starts another process."""

import subprocess
from typing import Any

from commandcenter.api import Number, Panel, Text, View, hookimpl


def render(view: View) -> dict[str, Any]:
    done = subprocess.run(["true"], check=False)
    return {"open": {"value": done.returncode}}


@hookimpl
def register_panels() -> list[Panel]:
    parts = (Number("open"),)
    return [Panel("starts_another.panel", Text("面板", "Panel"), parts, render)]
