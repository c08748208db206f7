"""The peer: a plain Dash page that polls with dcc.Interval, over counts that lie ready in memory.

Run under gunicorn with threads. It has the values of the wall given to it and counts on by itself;
it does no intake, no counting up and no authorising, so it is a peer with an advantage.
"""

from collections.abc import Callable
from typing import Any

from dash import Dash, Input, Output, dcc, html
from flask import request

INTERVAL_MILLIS = 1000


class Counts:
    """The values that the page shows, by part; `total` is the one that is counted on."""

    def __init__(self) -> None:
        self.parts: list[Any] = []
        self.total = 0

    def values(self) -> list[Any]:
        """Return what a poll answers: the total, then the other parts."""
        return [{"value": self.total}, *self.parts]


def part_ids(number: int) -> list[str]:
    """Return the ids of the page's parts, the total first."""
    return ["total", *(f"part-{index}" for index in range(number - 1))]


def interval_page(number: int, values: Callable[[], list[Any]]) -> Dash:
    """Return a page that each second asks for the values of its `number` parts."""
    app = Dash("peer", serve_locally=True)
    ids = part_ids(number)
    app.layout = html.Div(
        [dcc.Interval(id="tick", interval=INTERVAL_MILLIS), *(dcc.Store(id=each) for each in ids)]
    )

    def poll(_ticks: int) -> list[Any]:
        return values()

    app.callback([Output(each, "data") for each in ids], Input("tick", "n_intervals"))(poll)
    return app


def create_app(number: int) -> Any:
    """Return the WSGI application of a page with `number` parts."""
    counts = Counts()
    app = interval_page(number, counts.values)

    def put_values() -> str:
        given = request.get_json()
        counts.total, counts.parts = given["total"], given["parts"]
        return "ok"

    def count_on() -> str:
        counts.total += request.get_json()["add"]
        return "ok"

    app.server.add_url_rule("/values", view_func=put_values, methods=["PUT"])
    app.server.add_url_rule("/add", view_func=count_on, methods=["POST"])
    return app.server
