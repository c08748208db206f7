"""Each service that the tests rely on is really there."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
from pathlib import Path
from time import monotonic

import psutil
import pytest
import redis
from paho.mqtt import client as mqtt
from sqlalchemy import create_engine, text

from tests.services.chromium import Pages
from tests.services.postgres import SYSTEM_USER, Postgres
from tests.services.process import ServiceFailed, program, running, service_folder

ROOT = Path(__file__).parents[2]


def test_a_database_answers_and_keeps_chinese_text(database_url: str) -> None:
    engine = create_engine(database_url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE city (name VARCHAR(20))"))
        connection.execute(text("INSERT INTO city VALUES ('郑州市')"))
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT name FROM city")) == "郑州市"
    engine.dispose()


@pytest.mark.postgres
def test_a_database_starts_as_a_copy_of_its_template(postgres: Postgres) -> None:
    template = postgres.create_database()
    engine = create_engine(postgres.url(template))
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE cell (code VARCHAR(20))"))
    engine.dispose()
    copy = postgres.create_database(template)
    engine = create_engine(postgres.url(copy))
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM cell")) == 0
    engine.dispose()
    postgres.drop_database(copy)
    postgres.drop_database(template)


@pytest.mark.redis
@pytest.mark.parametrize("turn", [1, 2])
def test_redis_answers_and_is_empty_at_each_start(redis_url: str, turn: int) -> None:
    with redis.Redis.from_url(redis_url) as client:
        assert client.ping()
        assert client.dbsize() == 0
        client.set("turn", turn)


def test_mosquitto_carries_a_message(mosquitto: int) -> None:
    subscribed: queue.Queue[bool] = queue.Queue()
    received: queue.Queue[bytes] = queue.Queue()
    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
    client.on_subscribe = lambda *_: subscribed.put(True)
    client.on_message = lambda _client, _data, message: received.put(message.payload)
    client.connect("127.0.0.1", mosquitto)
    client.loop_start()
    try:
        client.subscribe("devices/#", qos=1)
        assert subscribed.get(timeout=10)
        client.publish("devices/manhole", "井盖缺失", qos=1)
        assert received.get(timeout=10).decode() == "井盖缺失"
    finally:
        client.disconnect()
        client.loop_stop()


@pytest.mark.browser
def test_chromium_renders_chinese_with_real_glyphs(page: Pages) -> None:
    wall = page(1280, 720)
    wall.set_content("<p id=a>郑州市</p>")
    assert wall.inner_text("#a") == "郑州市"
    fonts = wall.context.new_cdp_session(wall)
    fonts.send("DOM.enable")
    fonts.send("CSS.enable")
    document = fonts.send("DOM.getDocument")
    node = fonts.send(
        "DOM.querySelector", {"nodeId": document["root"]["nodeId"], "selector": "#a"}
    )
    used = fonts.send("CSS.getPlatformFontsForNode", {"nodeId": node["nodeId"]})["fonts"]
    assert [("CJK" in font["familyName"], font["glyphCount"]) for font in used] == [(True, 3)]


@pytest.mark.browser
def test_chromium_draws_with_webgl(page: Pages) -> None:
    wall = page()
    red = wall.evaluate(
        """() => {
            const gl = document.createElement('canvas').getContext('webgl2');
            gl.clearColor(1, 0, 0, 1);
            gl.clear(gl.COLOR_BUFFER_BIT);
            const pixel = new Uint8Array(4);
            gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, pixel);
            return Array.from(pixel);
        }"""
    )
    assert red == [255, 0, 0, 255]


@pytest.mark.browser
def test_a_page_reports_what_its_console_complains_about(page: Pages) -> None:
    wall = page()
    wall.evaluate("console.error('地图加载失败')")
    wall.evaluate("setTimeout(() => { throw new Error('图层缺失'); }, 0)")
    deadline = monotonic() + 30
    while len(page.errors) < 2 and monotonic() < deadline:
        wall.wait_for_timeout(20)
    complaints = " ".join(page.errors)
    page.errors.clear()
    assert "地图加载失败" in complaints
    assert "图层缺失" in complaints


def test_a_missing_program_fails_and_names_the_cure() -> None:
    with pytest.raises(ServiceFailed, match="no-such-server is not installed"):
        program("no-such-server")


def test_a_server_that_ends_at_once_fails_with_its_log() -> None:
    command = ["/bin/sh", "-c", "echo port taken; exit 3"]
    with (
        service_folder() as folder,
        running(command, folder) as service,
        pytest.raises(ServiceFailed, match="ended with 3: port taken"),
    ):
        service.wait_until(lambda: False)


# A run of its own, killed while its services stand.
KILLED_RUN = """
import psutil, time

def test_services(postgres, redis_port, mosquitto, chromium):
    children = psutil.Process().children(recursive=True)
    print("PIDS", *[child.pid for child in children], flush=True)
    time.sleep(60)
"""


@pytest.mark.postgres
@pytest.mark.redis
@pytest.mark.browser
def test_services_die_with_a_killed_run(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text("from tests.conftest import *\n")
    (tmp_path / "test_killed.py").write_text(KILLED_RUN)
    command = [sys.executable, "-m", "pytest", "-s", "-p", "no:cacheprovider", str(tmp_path)]
    # The killed run cannot clean up; what it leaves goes with this folder.
    with service_folder(SYSTEM_USER) as folder:
        environment = os.environ | {"PYTHONPATH": str(ROOT), "TMPDIR": str(folder)}
        with subprocess.Popen(
            command, cwd=tmp_path, stdout=subprocess.PIPE, text=True, env=environment
        ) as run:
            assert run.stdout is not None
            lines = iter(run.stdout.readline, "")
            pids = next(line for line in lines if "PIDS" in line).split("PIDS")[1].split()
            services = [psutil.Process(int(pid)) for pid in pids]
            run.send_signal(signal.SIGKILL)
        _, alive = psutil.wait_procs(services, timeout=20)
    assert len(services) > 4
    assert [process.name() for process in alive if process.status() != "zombie"] == []
