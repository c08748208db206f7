"""What stands in deploy/ is held against the commands, the settings and the pinned versions."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from configparser import RawConfigParser
from pathlib import Path
from typing import Any

import pytest
import yaml

import commandcenter
from commandcenter.settings import ROOT, Settings
from commandcenter.web.bodies import LARGEST_BODY
from commandcenter.web.proxies import Proxies
from tests.deploy.nginx_config import Block, read
from tests.test_docs import faults

DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").iterdir())
SERVICES = [path for path in UNITS if path.suffix == ".service"]
OWN = "commandcenter:" + commandcenter.__version__
SETTING = re.compile(r"COMMANDCENTER_(\w+)")
# Read by the process before there are settings.
BESIDE_SETTINGS = {"log"}


class Unit(RawConfigParser):
    """A unit's sections, keys with their case, several values of one key joined by lines."""

    def __init__(self, path: Path) -> None:
        super().__init__(strict=False, interpolation=None, delimiters=("=",))
        self.optionxform = str  # type: ignore[assignment,method-assign]
        lines, seen = [], dict[str, int]()
        for line in path.read_text().splitlines():
            key, equals, value = line.partition("=")
            if equals and not line.startswith("#"):
                seen[key] = seen.get(key, 0) + 1
                line = f"{key}{'' if seen[key] == 1 else f'.{seen[key]}'}={value}"
            lines.append(line)
        self.read_string("\n".join(lines))

    def all(self, section: str, key: str) -> list[str]:
        """All values of a key."""
        return [v for k, v in self[section].items() if k.partition(".")[0] == key]


def settings_named(text: str) -> set[str]:
    return {name.lower() for name in SETTING.findall(text)}


def test_every_deployed_file_names_settings_that_there_are() -> None:
    for path in DEPLOY.rglob("*"):
        if path.is_file():
            unknown = settings_named(path.read_text()) - set(Settings.model_fields)
            assert unknown <= BESIDE_SETTINGS, (path.name, unknown)


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.name)
def test_a_unit_runs_a_command_that_there_is(path: Path) -> None:
    unit = Unit(path)
    program, *words = unit["Service"]["ExecStart"].split()
    assert program == "/opt/commandcenter/.venv/bin/commandcenter"
    assert list(faults(words)) == []


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.name)
def test_a_unit_is_restarted_and_shut_in(path: Path) -> None:
    unit = Unit(path)
    service = unit["Service"]
    assert service["Restart"] == "always" and unit["Unit"]["StartLimitIntervalSec"] == "0"
    assert service["User"] not in ("", "root")
    assert service["NoNewPrivileges"] == "yes" and service["ProtectSystem"] == "strict"
    assert service["CapabilityBoundingSet"] == ""
    # Each instance has a data folder of its own, which it may write: the lock lies in it.
    (data,) = (v for v in unit.all("Service", "Environment") if "_DATA=" in v)
    folder = data.partition("=")[2]
    assert folder == f"/var/lib/{service['StateDirectory']}" and folder.endswith("-%i")
    assert int(service["TimeoutStopSec"]) > 10
    assert unit["Install"]["WantedBy"] == unit["Unit"]["PartOf"] == "commandcenter.target"


def test_a_reload_of_the_web_is_a_hang_up() -> None:
    web = Unit(DEPLOY / "systemd" / "commandcenter-web@.service")["Service"]
    assert web["ExecReload"] == "/bin/kill -HUP $MAINPID"
    assert web["KillMode"] == "mixed"


def test_systemd_takes_the_units(tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd is not installed here")
    program = Path(sys.executable).with_name("commandcenter")
    made = []
    for path in UNITS:
        instance = tmp_path / path.name.replace("@.", "@1.")
        text = path.read_text().replace("/opt/commandcenter/.venv/bin/commandcenter", str(program))
        instance.write_text(text.replace("/opt/commandcenter", str(tmp_path)))
        made.append(str(instance))
    # Of itself only: the machine's own units are not judged here.
    done = subprocess.run(
        [analyze, "verify", "--man=no", "--generators=no", "--recursive-errors=no", *made],
        capture_output=True,
        text=True,
        check=False,
    )
    said = [line for line in done.stderr.splitlines() if "commandcenter" in line]
    assert (done.returncode, said) == (0, [])


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    """The compose file."""
    found: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    return found


def test_the_containers_run_commands_that_there_are(compose: dict[str, Any]) -> None:
    own = {name: s for name, s in compose["services"].items() if s["image"] == OWN}
    assert set(own) == {"prepare", "web", "worker-live", "worker-ingest"}
    for name, service in own.items():
        program, *words = service["command"]
        assert program == "commandcenter", name
        assert list(faults(words)) == [], name


def test_the_containers_settings_can_be_read(
    compose: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    given = compose["services"]["web"]["environment"]
    for name, value in given.items():
        monkeypatch.setenv(name, re.sub(r"\$\{\w+:\?[^}]*\}", "something", value))
    settings = Settings()
    assert settings_named(" ".join(given)) <= settings.model_fields_set
    assert settings.database.startswith("postgresql+psycopg://") and settings.redis_url
    assert Proxies.of(settings.trusted_proxies).networks
    assert settings.secure_cookies


def test_there_are_several_web_and_live_processes(compose: dict[str, Any]) -> None:
    services = compose["services"]
    assert services["web"]["deploy"]["replicas"] == 2
    assert services["worker-live"]["deploy"]["replicas"] == 2
    assert services["web"]["healthcheck"]["test"][-1].count("/readyz") == 1
    for name in ("postgres", "redis", "nginx"):
        assert services[name]["healthcheck"]["test"][0] == "CMD", name


def test_every_image_is_pinned_and_every_volume_declared(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        _, _, tag = service["image"].rpartition(":")
        assert re.fullmatch(r"\d+\.\d+(\.\d+)?", tag), name
        for volume in service.get("volumes", ()):
            source = volume.partition(":")[0]
            assert source in compose["volumes"] or source.startswith("./"), volume
    for path in ("site.conf", "upstream-compose.conf"):
        assert f"./nginx/{path}:" in str(compose["services"]["nginx"]["volumes"])


def test_no_secret_stands_in_a_file(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        for name, value in service.get("environment", {}).items():
            if re.search("PASSWORD|SECRET|DATABASE_URL", name):
                assert re.search(r"\$\{\w+:\?", value), name
    ignored = (ROOT / ".gitignore").read_text().split()
    assert {"deploy/.env", "deploy/certificates/"} <= set(ignored)


def test_the_image_has_the_python_and_the_packages_of_the_tests() -> None:
    text = (DEPLOY / "Dockerfile").read_text()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    (base,) = re.findall(r"^FROM python:(\S+?)-", text, re.MULTILINE)
    assert f">={base}" == project["project"]["requires-python"]
    assert "--constraint constraints.txt" in text
    for source, *_ in re.findall(r"^COPY (.+) \S+$", text, re.MULTILINE):
        assert source
    copied = {s for line in re.findall(r"^COPY (.+) \S+$", text, re.M) for s in line.split()}
    assert {"commandcenter", "plugins", "layouts", "assets"} <= copied
    assert all((ROOT / name).exists() for name in copied)
    assert f"commandcenter:{commandcenter.__version__}" in text


def test_what_reads_the_compose_file_is_pinned() -> None:
    pinned = (ROOT / "constraints.txt").read_text().split()
    assert f"PyYAML=={yaml.__version__}" in pinned


@pytest.fixture(scope="module")
def site() -> Block:
    """The server of nginx that speaks TLS."""
    root = read((DEPLOY / "nginx" / "site.conf").read_text())
    (found,) = (b for b in root.blocks if ["443", "ssl"] in b.directives["listen"])
    return found


def test_streams_are_not_held_back(site: Block) -> None:
    stream = site.find("location", "=", "/stream")
    for name in ("proxy_buffering", "proxy_cache", "gzip"):
        assert stream.one(name) == ["off"], name
    assert stream.one("proxy_read_timeout") == ["1h"]
    assert stream.one("proxy_pass") == ["http://commandcenter"]
    assert "limit_conn" in stream.directives


def test_nginx_says_who_asks_and_nobody_else_can(site: Block) -> None:
    headers = {name: value for name, value in site.directives["proxy_set_header"]}
    assert headers["X-Forwarded-For"] == "$remote_addr"
    assert headers["Host"] == "$http_host" and headers["Connection"] == '""'
    # Headers of an outer block hold only where an inner one sets none.
    assert all("proxy_set_header" not in location.directives for location in site.blocks)


def test_nginx_speaks_tls_and_http_2(site: Block) -> None:
    assert site.one("http2") == ["on"]
    assert site.one("ssl_protocols") == ["TLSv1.2", "TLSv1.3"]
    assert site.one("client_max_body_size") == [f"{LARGEST_BODY // 1024**2}m"]
    root = read((DEPLOY / "nginx" / "site.conf").read_text())
    (plain,) = (b for b in root.blocks if ["80"] in b.directives["listen"])
    assert plain.one("return")[0] == "301"


@pytest.mark.parametrize("name", ["upstream.conf", "upstream-compose.conf"])
def test_nginx_gives_idle_connections_up_before_the_server_does(name: str) -> None:
    upstream = read((DEPLOY / "nginx" / name).read_text()).find("upstream", "commandcenter")
    (seconds,) = upstream.one("keepalive_timeout")
    assert int(seconds.removesuffix("s")) < 5  # uvicorn's own, which `serve` leaves as it is
    assert "non_idempotent" not in (DEPLOY / "nginx" / "site.conf").read_text()


def test_a_configuration_with_a_missing_semicolon_is_noticed() -> None:
    for wrong in ("server { listen 80 }", "server { listen 80;", "listen 80", "}"):
        with pytest.raises(ValueError, match=r"semicolon|ends within|closes nothing"):
            read(wrong)
