"""The peer in a browser: a Dash page with dcc.Interval that shows the numbers of a wall's face.

It is given the values that the wall shows: numbers as text, bars and boards as tables, figures as
graphs; it has no map and no header. What is counted on is counted in memory.
"""

import json
from pathlib import Path
from typing import Any

from dash import Dash, Input, Output, dcc, html
from flask import request

INTERVAL_MILLIS = 1000
COUNTED = ("reported", "filed", "open", "total")
"""The numbers that one more report makes one more."""


def create_app(file: str) -> Any:
    """Return the WSGI application for the values in a file, by the names of their parts."""
    values: dict[str, Any] = json.loads(Path(file).read_text())
    names = list(values)
    app = Dash("page", serve_locally=True)
    parts = [_component(name, values[name]) for name in names]
    app.layout = html.Div([dcc.Interval(id="tick", interval=INTERVAL_MILLIS), *parts])

    def poll(_ticks: int) -> list[Any]:
        return [_shown(values[name]) for name in names]

    outputs = [Output(name, _property(values[name])) for name in names]
    app.callback(outputs, Input("tick", "n_intervals"))(poll)

    def count_on() -> str:
        for name in COUNTED:
            values[name]["value"] += request.get_json()["add"]
        return "ok"

    app.server.add_url_rule("/add", view_func=count_on, methods=["POST"])
    return app.server


def _is_figure(value: Any) -> bool:
    return isinstance(value, dict) and "data" in value


def _property(value: Any) -> str:
    return "figure" if _is_figure(value) else "children"


def _component(name: str, value: Any) -> Any:
    if _is_figure(value):
        return dcc.Graph(id=name, figure=value)
    return html.Div(_shown(value), id=name)


def _shown(value: Any) -> Any:
    if _is_figure(value):
        return value
    if isinstance(value, dict) and "value" in value:
        return str(value["value"])
    rows = value if isinstance(value, list) else [value]
    return html.Table([html.Tr([html.Td(_cell(v)) for v in _fields(row)]) for row in rows])


def _fields(row: Any) -> list[Any]:
    return list(row.values()) if isinstance(row, dict) else [row]


def _cell(value: Any) -> str:
    return str(value.get("text", "")) if isinstance(value, dict) else str(value)
