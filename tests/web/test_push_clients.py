"""The clients that push, in the manual and beside the example, against a server over real HTTP."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from wsgiref.simple_server import WSGIRequestHandler, make_server

import orjson
import pytest

from commandcenter.cases import accounts
from commandcenter.cases.accounts import Grant, KeyKind
from commandcenter.host.manifest import manifest_from
from commandcenter.host.plugin import Plugin
from commandcenter.settings import ROOT
from commandcenter.store import remote
from commandcenter.store.remote import Place
from commandcenter.testing import small_catalogue
from commandcenter.web.flask_app import create_flask
from commandcenter.web.services import Services
from tests.manual.pages import MANUAL, Block, blocks, section
from tests.web.conftest import SOUTH, make_services, now

SAMPLES: dict[str, Block] = {
    block.language: block
    for block in blocks(section(MANUAL, "## Remote panels"))
    if block.info == "remote"
}
ZONE = ROOT / "plugins" / "airport_zone"


class Quiet(WSGIRequestHandler):
    """Logs nothing."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@dataclass(frozen=True)
class Center:
    """A server with its address, and a key for each of its plugins."""

    services: Services
    address: str
    keys: dict[str, str]

    def run(self, plugin: str, *words: str) -> str:
        """Run a client as its people would, and return what it prints."""
        environment = {
            "CITY": self.address, "KEY": self.keys[plugin], "PATH": "/usr/local/bin:/usr/bin:/bin",
            "COMMANDCENTER_KEY": self.keys[plugin], "no_proxy": "127.0.0.1",
        }  # fmt: skip
        done = subprocess.run(words, env=environment, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def shown(self, panel: str) -> dict[str, object]:
        """Return what a panel has."""
        place = Place(panel, self.services.tree.position[SOUTH])
        with self.services.store.read() as connection:
            found = remote.read(connection, place)
        assert found is not None and not found.refusal
        return {name: orjson.loads(part.value) for name, part in found.parts.items()}


@pytest.fixture(scope="module")
def center(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Center]:
    """A server with the manual's plugin and the airport zone, moved into the small city."""
    folder: Path = tmp_path_factory.mktemp("push")
    manifests = [
        manifest_from(SAMPLES["toml"].code.encode(), "manual", "harbour"),
        manifest_from((ZONE / "plugin.toml").read_bytes(), "zone", "airport_zone"),
    ]
    plugins = [
        Plugin(m.model_copy(update={"districts": (SOUTH,), "city": None}), object())
        for m in manifests
    ]
    services = make_services(folder, f"sqlite:///{folder / 'commandcenter.db'}")
    services = replace(services, catalogue=small_catalogue(*plugins))
    with services.store.write() as connection:
        keys = {
            plugin.name: accounts.add_key(
                connection, services.tree, KeyKind.PLUGIN,
                Grant(plugin.name, SOUTH, plugin=plugin.name), now(),
            )
            for plugin in plugins
        }  # fmt: skip
    app = create_flask(services).app
    server = make_server("127.0.0.1", 0, app, handler_class=Quiet)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield Center(services, f"http://127.0.0.1:{server.server_port}", keys)
    server.shutdown()
    thread.join()
    server.server_close()
    services.bus.close()
    services.store.close()


def test_the_manuals_samples_put_one_part_each(center: Center) -> None:
    answer = center.run("harbour", "bash", "-c", SAMPLES["sh"].code)
    assert orjson.loads(answer)["status"] == "accepted"
    assert center.shown("harbour.quays") == {"free": {"value": 7}}
    assert center.run("harbour", sys.executable, "-c", SAMPLES["python"].code) == "accepted\n"
    assert set(center.shown("harbour.quays")) == {"free", "ships"}


def test_the_airport_zone_pushes_its_whole_sample(center: Center) -> None:
    client = str(ZONE / "push.py")
    said = center.run(
        "airport_zone", sys.executable, client, center.address, "--once", "--seconds", "0"
    )
    assert set(said.split()) >= {"airport_zone.flow", "airport_zone.flights", "accepted"}
    steps = orjson.loads((ZONE / "sample.json").read_bytes())["steps"]
    flow = center.shown("airport_zone.flow")
    assert flow["passengers"] == steps[-1]["airport_zone.flow"]["passengers"]
    assert "示例" in str(flow["about"])
