"""The recorded sample fits the panels of the manifest, and the client that pushes it is patient."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from commandcenter.testing import ReadyCity, check_values

from . import push


class Center(HTTPServer):
    """A server that notes what it is sent, and answers the codes it is given first."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.codes: list[int] = []
        self.heard: list[tuple[str, str, dict]] = []


class Answer(BaseHTTPRequestHandler):
    server: Center

    def do_PUT(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.heard.append((self.path, self.headers["Authorization"], body))
        code = self.server.codes.pop(0) if self.server.codes else 200
        self.send_response(code)
        self.send_header("Retry-After", "0")
        self.end_headers()
        self.wfile.write(json.dumps({"status": "accepted"}).encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def center() -> Iterator[Center]:
    server = Center()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def run(center: Center, *words: str) -> int:
    address = f"http://127.0.0.1:{center.server_port}"
    return push.main([address, "--key", "k", "--seconds", "0", "--once", *words])


def test_every_step_of_the_sample_fits_the_panels(small_city: ReadyCity) -> None:
    panels = {declared.key: declared.panel() for declared in small_city.manifest.remote_panels}
    named = set()
    for step in push.steps(0):
        for key, values in step.items():
            check_values(panels[key], values, small_city.tree)
            named |= {(key, part) for part in values}
    assert named == {(key, part.name) for key, panel in panels.items() for part in panel.parts}


def test_the_sample_says_that_it_is_made_up() -> None:
    assert "编造" in push.SAMPLE.read_text("utf-8")
    assert "示例" in next(push.steps(0))["airport_zone.flow"]["about"]


def test_flights_have_instants_around_the_present() -> None:
    rows = next(push.steps(1000.0))["airport_zone.flights"]["next"]["rows"]
    assert all("in_minutes" not in row for row in rows)
    assert [row["at"] for row in rows] == sorted(row["at"] for row in rows)
    assert rows[0]["at"] == 1_000_000 - 12 * 60_000
    assert all(step.get("airport_zone.flights", {}).get("next", {}).get("rows", [1])
               for step in push.steps(0))  # fmt: skip


def test_all_is_pushed_with_the_key_and_the_instant(center: Center) -> None:
    assert run(center) == 0
    path, key, body = center.heard[0]
    assert (path, key) == ("/api/v1/panels/airport_zone.flow", "Bearer k")
    assert set(body) == {"values", "at"} and body["at"].endswith("Z")
    assert len(center.heard) == sum(len(step) for step in push.steps(0))


@pytest.mark.parametrize("code", push.LATER)
def test_what_cannot_be_taken_now_is_pushed_again_as_it_was(center: Center, code: int) -> None:
    center.codes = [code, code]
    assert run(center) == 0
    assert center.heard[0] == center.heard[1] == center.heard[2]


def test_a_refusal_is_told_and_ends_the_client(
    center: Center, capsys: pytest.CaptureFixture[str]
) -> None:
    center.codes = [403]
    assert run(center) == 1
    assert "airport_zone.flow: 403" in capsys.readouterr().err
