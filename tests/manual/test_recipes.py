"""Each recipe of the manual is run as it is printed, against the real thing it reads from."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import threading
import tomllib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import BaseServer
from time import monotonic, sleep
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import psycopg
import pytest
from paho.mqtt import publish
from sqlalchemy import select
from werkzeug.serving import make_server

from commandcenter.cases import accounts
from commandcenter.cases.accounts import Grant, KeyKind
from commandcenter.host.manifest import Manifest
from commandcenter.host.plugin import Plugin
from commandcenter.sandbox.nursery import Nursery
from commandcenter.store import remote
from commandcenter.store.remote import Place
from commandcenter.store.tables import cases
from commandcenter.testing import FakeView, check_values, small_catalogue
from commandcenter.testing.stored import StoredCity
from commandcenter.web.flask_app import create_flask
from commandcenter.web.services import Services
from tests.manual.kitchen import MANIFEST, SECONDS, Kitchen, recipe
from tests.manual.pages import RECIPES, blocks, read
from tests.services.process import free_port
from tests.web.conftest import CITY, make_services, now

AT = "2026-01-05T08:12:00+08:00"
TABLE = "CREATE TABLE complaints (id int, title text, lng float, lat float, created {})"
ROWS = [(7, "井盖缺失", 113.6, 34.6, AT), (9, "路灯损坏", 113.7, 34.7, AT)]
# What the recipe uses of PostGIS, for servers that have none: areas are circles, nothing is turned.
STAND_INS = """
    CREATE DOMAIN geometry AS circle;
    CREATE FUNCTION ST_GeomFromText(area text, srid int) RETURNS geometry LANGUAGE sql
        AS $$ SELECT circle(point(113.6, 34.6), 0.01) $$;
    CREATE FUNCTION ST_PointOnSurface(area geometry) RETURNS point LANGUAGE sql
        AS $$ SELECT center(area) $$;
    CREATE FUNCTION ST_Transform(place point, srid int) RETURNS point LANGUAGE sql
        AS $$ SELECT place $$;
    CREATE FUNCTION ST_X(place point) RETURNS float LANGUAGE sql AS $$ SELECT place[0] $$;
    CREATE FUNCTION ST_Y(place point) RETURNS float LANGUAGE sql AS $$ SELECT place[1] $$;
"""
# About 113.6 E, 34.6 N in CGCS2000 / 3-degree Gauss-Kruger zone 38, as survey offices keep them.
AREA = "POLYGON((38463300 3830000, 38463400 3830000, 38463400 3830100, 38463300 3830000))"


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    made = Nursery()
    yield made
    made.close()


@pytest.fixture
def kitchen(small: StoredCity, tmp_path: Path, nursery: Nursery) -> Iterator[Kitchen]:
    """Writes and runs recipes over the small city."""
    folder = tmp_path / "plugins"
    folder.mkdir()
    made = Kitchen(small, folder, nursery)
    yield made
    made.close()


def until_filed(kitchen: Kitchen, count: int) -> dict[str, str]:
    """Wait until there are so many cases; returns their titles by the sender's numbers."""
    end = monotonic() + SECONDS
    while True:
        with kitchen.city.store.read() as connection:
            found = connection.execute(select(cases.c.external_id, cases.c.title)).all()
        if len(found) >= count:
            return {number: title for number, title in found}
        assert monotonic() < end, list(kitchen.told.queue)
        sleep(0.02)


def give(monkeypatch: pytest.MonkeyPatch, plugin: str, **settings: object) -> None:
    for key, value in settings.items():
        monkeypatch.setenv(f"COMMANDCENTER_PLUGIN_{plugin}_{key}".upper(), str(value))


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_files_in_a_folder_become_reports(
    kitchen: Kitchen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoding: str
) -> None:
    lines = ["编号,标题,经度,纬度,时间", "A1,井盖缺失,113.6,34.6,2026-01-05 08:12",
             '"A2","路灯不亮,整条路",113.7,34.7,2026-01-05 08:31']  # fmt: skip
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.csv").write_text("\r\n".join(lines), encoding)
    give(monkeypatch, "csv_folder", folder=tmp_path / "in", encoding=encoding)
    kitchen.write("csv_folder")
    kitchen.start("csv_folder")
    assert until_filed(kitchen, 2) == {"A1": "井盖缺失", "A2": "路灯不亮,整条路"}


@contextmanager
def running(server: BaseServer) -> Iterator[Any]:
    """Serve in a thread until the block ends."""
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Service(BaseHTTPRequestHandler):
    """Says how many places are free to who has the token."""

    def do_GET(self) -> None:
        is_known = self.headers["Authorization"] == "Bearer t0p"
        lots = [{"id": "N", "name": "北", "free": 4, "lng": 113.6, "lat": 34.6},
                {"id": "S", "name": "南", "free": 31, "lng": 113.7, "lat": 34.7}]  # fmt: skip
        self.send_response(200 if is_known else 401)
        self.end_headers()
        self.wfile.write(json.dumps(lots).encode())

    def log_message(self, format: str, *args: object) -> None:
        """Keep the test's output free of it."""


def test_a_service_is_asked_by_http_with_its_token(
    kitchen: Kitchen, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(ThreadingHTTPServer(("127.0.0.1", 0), Service)) as server:
        url = f"http://127.0.0.1:{server.server_port}/lots"
        give(monkeypatch, "http_parking", url=url, token="t0p")
        kitchen.write("http_parking")
        kitchen.start("http_parking")
        said = kitchen.said(2)
    panel = kitchen.panel("http_parking.free")
    values = panel.render(FakeView(said=said, now=said[0].at))
    assert set(check_values(panel, values)) == {"free", "lots"}
    assert values["free"] == {"value": 35} and values["lots"][0] == {"label": "南", "value": 31}
    assert panel.render(FakeView(now=said[0].at))["free"] == {"value": None}


def test_messages_of_mqtt_become_readings_and_those_that_count_reports(
    kitchen: Kitchen, mosquitto: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    give(monkeypatch, "mqtt_lifts", port=mosquitto, channel="hotline")
    kitchen.write("mqtt_lifts")
    for name, state in (("L1", "ok"), ("L2", "trapped")):
        message = {"id": name, "state": state, "at": 1767571920, "lng": 113.6, "lat": 34.6}
        # Kept by the broker: it does not matter who of the two is there first.
        publish.single(
            f"lifts/{name}/state", json.dumps(message), retain=True, hostname="127.0.0.1",
            port=mosquitto,
        )  # fmt: skip
    kitchen.start("mqtt_lifts")
    said = {reading.key: reading.values for reading in kitchen.said(2)}
    assert said == {"L1": {"state": "ok"}, "L2": {"state": "trapped"}}
    assert until_filed(kitchen, 1) == {"L2@202601050012": "电梯困人：L2"}


def test_the_rows_of_a_table_become_reports(
    kitchen: Kitchen, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = postgres_url.replace("+psycopg", "")
    with psycopg.connect(address) as connection:
        connection.execute(TABLE.format("timestamptz"))
        insert = "INSERT INTO complaints VALUES (%s, %s, %s, %s, %s)"
        connection.cursor().executemany(insert, ROWS)
    give(monkeypatch, "table_complaints", database=address)
    kitchen.write("table_complaints")
    kitchen.start("table_complaints")
    assert until_filed(kitchen, 2) == {"7": "井盖缺失", "9": "路灯损坏"}


def test_the_same_goes_for_sqlite_with_the_two_words_that_the_text_names(
    kitchen: Kitchen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "complaints.db"
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute(TABLE.format("text"))
        connection.executemany("INSERT INTO complaints VALUES (?, ?, ?, ?, ?)", ROWS)
    give(monkeypatch, "table_complaints", database=file)
    kitchen.write("table_complaints", **{"psycopg": "sqlite3", "%s": "?"})
    kitchen.start("table_complaints")
    assert until_filed(kitchen, 2) == {"7": "井盖缺失", "9": "路灯损坏"}


def test_areas_of_postgis_become_points_on_the_map(
    kitchen: Kitchen, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = postgres_url.replace("+psycopg", "")
    with psycopg.connect(address) as connection:
        has = "SELECT count(*) FROM pg_available_extensions WHERE name = 'postgis'"
        (is_there,) = connection.execute(has).fetchall()[0]
        connection.execute("CREATE EXTENSION postgis" if is_there else STAND_INS)
        connection.execute(
            "CREATE TABLE sites (id int, name text, blocks_road bool, until date, area geometry)"
        )
        insert = "INSERT INTO sites VALUES (%s, %s, %s, %s, ST_GeomFromText(%s, 4526))"
        rows = [(1, "地铁", True, "2999-01-01", AREA), (2, "旧", True, "2001-01-01", AREA)]
        connection.cursor().executemany(insert, rows)
    give(monkeypatch, "postgis_sites", database=address)
    kitchen.write("postgis_sites")
    kitchen.start("postgis_sites")
    (said,) = kitchen.said(1)
    assert said.key == "site-1" and said.lng is not None and said.lat is not None
    assert abs(said.lng - 113.6) < 0.01 and abs(said.lat - 34.6) < 0.01
    panel = kitchen.panel("postgis_sites.map")
    values = panel.render(FakeView(said=[said]))
    assert set(check_values(panel, values)) == {"blocking", "sites"}
    assert values["blocking"] == {"value": 1}
    assert values["sites"]["points"][0]["tone"] == "red"


@pytest.fixture
def webhooks(tmp_path: Path) -> Iterator[Services]:
    """A site over the plugin of the recipe."""
    files = recipe("webhook_alarms")
    manifest = tomllib.loads(MANIFEST.format(name="webhook_alarms") + files["plugin.toml"])
    plugin = Plugin(Manifest.model_validate(manifest), object())
    made = make_services(tmp_path, f"sqlite:///{tmp_path / 'city.db'}")
    yield replace(made, catalogue=small_catalogue(plugin))
    made.bus.close()
    made.store.close()


def call(port: int, secret: str, alarm: dict[str, object]) -> int:
    """Call the hook as the other system does, as soon as it listens; returns its answer."""
    request = Request(
        f"http://127.0.0.1:{port}/", json.dumps(alarm).encode(), {"X-Secret": secret}
    )
    end = monotonic() + SECONDS
    while True:
        try:
            with urlopen(request, timeout=SECONDS) as answer:
                return int(answer.status)
        except HTTPError as refused:
            return refused.code
        except URLError:
            assert monotonic() < end
            sleep(0.02)


def test_the_call_of_a_webhook_becomes_a_report_and_a_number(
    webhooks: Services, tmp_path: Path
) -> None:
    (tmp_path / "hook.py").write_text(recipe("webhook_alarms")["hook.py"])
    with webhooks.store.write() as connection:
        grant = Grant("webhook_alarms", CITY, plugin="webhook_alarms")
        key = accounts.add_key(connection, webhooks.tree, KeyKind.PLUGIN, grant, now())
    alarm = {"alarm_id": "F-17", "building": "南门大厦", "x": 113.9, "y": 34.7, "time": AT}
    port = free_port()
    with running(make_server("127.0.0.1", 0, create_flask(webhooks).app, threaded=True)) as city:
        told = {
            "CITY": f"http://127.0.0.1:{city.port}", "KEY": key, "PORT": str(port),
            "SECRET": "s3cret",
        }  # fmt: skip
        hook = subprocess.Popen([sys.executable, "-I", tmp_path / "hook.py"], env=told)
        try:
            answers = [call(port, secret, alarm) for secret in ("wrong", "s3cret", "s3cret")]
        finally:
            hook.kill()
            hook.wait()
    assert answers == [403, 204, 204]
    with webhooks.store.read() as connection:
        pushed = remote.read(connection, Place("webhook_alarms.today", 0))
        titles = connection.execute(select(cases.c.title)).scalars().all()
    assert pushed is not None and json.loads(pushed.parts["alarms"].value) == {"value": 1}
    assert titles == ["消防报警：南门大厦"]


def test_every_recipe_is_run_here() -> None:
    printed = {block.info.partition("/")[0] for block in blocks(read(RECIPES)) if block.info}
    here = Path(__file__).read_text("utf-8")
    assert [name for name in printed if f'"{name}"' not in here] == []
    assert all(recipe(name) for name in printed)
