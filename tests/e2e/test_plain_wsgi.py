"""wsgi.py under a threaded gunicorn, beside the workers of `serve --no-web`."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest

from commandcenter.settings import ROOT
from tests.e2e.conftest import Prepared
from tests.e2e.servers import CITY, Server, ended, report
from tests.e2e.walls import Wall
from tests.services.chromium import Pages
from tests.services.process import answers, free_port, program, running
from tests.waiting import until

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(400)]


@pytest.fixture
def server(prepared: Prepared, tmp_path: Path) -> Iterator[Server]:
    """Workers without a web process, and gunicorn in its place."""
    # As few cases of the simulated source as elsewhere: `serve` is not told how many by `demo`.
    made = prepared.server(tmp_path, options='{"rate": "1"}')
    with ended(made):
        workers = made.run("serve", "--no-web")
        workers.wait_until(lambda: {"live", "ingest"} == set(made.children()))
        port = free_port()
        given = made.variables | {"COMMANDCENTER_DATA": str(made.data)}
        command = [
            *(program("env"), *(f"{name}={value}" for name, value in given.items())),
            *(sys.executable, "-m", "gunicorn", "--threads", "16", "--graceful-timeout", "2"),
            *("--chdir", str(ROOT), "--bind", f"127.0.0.1:{port}", "wsgi:application"),
        ]
        folder = tmp_path / "gunicorn"
        folder.mkdir()
        with running(command, folder) as gunicorn:
            gunicorn.wait_until(lambda: answers(port))
            key = made.command("key", "add", "wall", "plain", CITY).split()[-1]
            source = made.command("key", "add", "source", "plain source", CITY).split()[-1]
            url = f"http://127.0.0.1:{port}"
            wall = f"{url}/wall/city?key={key}"
            made.said = {"url": url, "wall": wall, "source_key": source}
            yield made


def test_a_wall_lives_on_plain_wsgi(server: Server, page: Pages) -> None:
    wall = Wall(server, page(1920, 540))
    wall.open()
    before = wall.equals_api()
    server.report(*[report(f"plain-{n}") for n in range(3)])
    wall.comes_to_say("total", before["total"] + 3)
    wall.equals_api()
    wall.go("manage")
    server.kill("live")
    wall.is_live()
    assert wall.foreign() == []
    until(lambda: {"web", "live", "ingest"} == roles(server))


def roles(server: Server) -> set[str]:
    """The roles of all processes whose figures gunicorn's process gives."""
    with urlopen(f"{server.url}/metrics", timeout=20) as answer:
        return set(re.findall(r'commandcenter_up{.*role="(\w+)"', answer.read().decode()))
