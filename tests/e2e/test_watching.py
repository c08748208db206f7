"""A whole server watched from outside: figures of all its processes, its alerts, its logs."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from commandcenter.settings import ROOT
from commandcenter.web.metric_names import METRICS
from tests.e2e.conftest import Prepared
from tests.e2e.servers import CITY, Server, ended, report
from tests.waiting import until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

RULES = yaml.safe_load((ROOT / "docs" / "prometheus" / "alerts.yml").read_text("utf-8"))
SCRAPE = yaml.safe_load((ROOT / "docs" / "prometheus" / "scrape.yml").read_text("utf-8"))
NAMES = re.compile(r"commandcenter_\w+")
NAME, PHONE, WORDS = "上官婉清", "13766554433", "楼道里堆着别人家的旧沙发"
PERSONAL = (NAME, PHONE, WORDS)
TRIGGER = """CREATE TRIGGER stumble BEFORE INSERT ON cases WHEN NEW.external_id LIKE 'fail%'
BEGIN SELECT RAISE(ABORT, '{}'); END"""


@pytest.fixture(scope="module")
def server(prepared: Prepared, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that logs as JSON."""
    folder = tmp_path_factory.mktemp("watched")
    made = prepared.server(folder, log_format="json", log="DEBUG")
    with ended(made):
        made.demo("--history", "2000", "--rate", "40000")
        yield made


def scrape(server: Server, key: str = "") -> dict[tuple[str, str], float]:
    """All figures, summed over their other labels, by name and role."""
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    with urlopen(Request(f"{server.url}/metrics", headers=headers), timeout=20) as answer:
        text = answer.read().decode()
    found: dict[tuple[str, str], float] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            at = (sample.name, sample.labels.get("role", ""))
            found[at] = found.get(at, 0.0) + sample.value
    return found


def rules() -> list[dict[str, object]]:
    return [rule for group in RULES["groups"] for rule in group["rules"]]


def test_the_figures_of_all_processes_are_there_and_move(server: Server) -> None:
    before = until(lambda: all_three(server))
    counted = before["commandcenter_rollup_counted_moves", "live"]
    answered = before["commandcenter_intake_reports_total", "web"]
    answers = server.report(*[report(f"watched-{n}") for n in range(40)])
    assert {answer["status"] for answer in answers} == {"accepted"}

    def moved() -> bool:
        now = scrape(server)
        return (
            now["commandcenter_intake_reports_total", "web"] >= answered + 40
            and now["commandcenter_rollup_counted_moves", "live"] >= counted + 40
            and now["commandcenter_rollup_lag_moves", "live"] == 0
        )

    until(moved)
    assert until(lambda: grown(server, before, "commandcenter_intake_reports_total", "ingest"))
    for role in ("web", "live", "ingest"):
        assert grown(server, before, "commandcenter_process_cpu_seconds_total", role)


def all_three(server: Server) -> dict[tuple[str, str], float] | None:
    figures = scrape(server)
    up = [figures.get(("commandcenter_up", role)) for role in ("web", "live", "ingest")]
    has_lag = ("commandcenter_rollup_lag_moves", "live") in figures
    return figures if up == [1, 1, 1] and has_lag else None


def grown(server: Server, before: dict[tuple[str, str], float], name: str, role: str) -> bool:
    return scrape(server)[name, role] > before[name, role]


def test_a_key_for_metrics_is_made_by_the_command(server: Server) -> None:
    key = server.command("key", "add", "metrics", "prometheus", CITY).split()[-1]
    assert key.startswith("cc_metrics_")
    assert scrape(server, key)
    assert server.call("/api/v1/cases", key=key).status == 403


def test_every_figure_that_an_alert_names_is_there(server: Server) -> None:
    until(lambda: all_three(server))
    there = {name for name, _ in scrape(server)}
    for rule in rules():
        named = set(NAMES.findall(str(rule["expr"])))
        assert named, rule["alert"]
        assert named <= there, f"{rule['alert']}: {sorted(named - there)} not in /metrics"


def test_every_alert_says_how_grave_it_is_and_what_to_do() -> None:
    names = [rule["alert"] for rule in rules()]
    assert len(names) == len(set(names)) >= 15
    for rule in rules():
        assert rule["labels"]["severity"] in ("warning", "critical"), rule["alert"]
        assert {"summary", "action"} == set(rule["annotations"]), rule["alert"]
        assert "for" in rule or "increase(" in rule["expr"], rule["alert"]


def test_what_scrapes_reads_the_address_and_the_rules_that_there_are() -> None:
    (job,) = SCRAPE["scrape_configs"]
    assert job["metrics_path"] == "/metrics"
    assert [(ROOT / "docs" / "prometheus" / name).exists() for name in SCRAPE["rule_files"]] == [
        True
    ]
    assert all(name.startswith("commandcenter_") for name in METRICS)


def test_readiness_names_what_is_missing(server: Server) -> None:
    def ready() -> dict[str, object]:
        answer = server.call("/readyz")
        return {"status": answer.status, "missing": answer.body["missing"]}

    until(lambda: ready() == {"status": 200, "missing": []})
    with server.held("live"):
        until(lambda: ready() == {"status": 503, "missing": ["live"]})
    until(lambda: ready()["status"] == 200)


def test_no_personal_data_gets_into_the_logs(server: Server) -> None:
    reporter = {"name": NAME, "phone": PHONE}
    said = {"reporter": reporter, "description": WORDS, "title": WORDS}
    good = [report(f"private-{n}", **said) for n in range(3)]
    bad = [
        report("private-bad-1", **said, channel="pigeon"),
        report("private-bad-2", **said) | {"cell": NAME},
        report("private-bad-3", **said) | {"reporter": {"name": [NAME], "phone": PHONE}},
        report("private-bad-4", **said) | {"occurred_at": NAME},
        {"source": NAME, "title": WORDS},
        WORDS,
    ]
    answers = server.call("/api/v1/reports", [*good, *bad]).body["answers"]
    assert [a["status"] for a in answers] == ["accepted"] * 3 + ["rejected"] * 6
    server.call(f"/api/v1/cases/{PHONE}")
    server.call("/api/v1/reports", {"not": [[[[[[[[[[[[[[[[[WORDS]]]]]]]]]]]]]]]]]})
    stumbling(server, f"{NAME} {PHONE} {WORDS}")
    failed = server.call("/api/v1/reports", report("fail-1", **said))
    assert failed.status == 500
    number = failed.body["error"]["request_id"]
    lines = until(lambda: lines_of(server, number))
    assert any("IntegrityError" in line.get("error", "") for line in lines)
    assert [line["status"] for line in lines if "status" in line] == [500]
    server.command("letters", "list")
    accepted = {answer["id"] for answer in answers[:3]}
    assert until(lambda: any(accepted <= set(line.get("cases", ())) for line in log(server)))
    everything = everything_written(server)
    assert [word for word in PERSONAL if word in everything] == []
    assert {str(line["process"]).split("-")[0] for line in log(server)} >= {"web", "live", "ingest"}


def stumbling(server: Server, words: str) -> None:
    """Have the database refuse cases with an error that tells personal data."""
    with closing(sqlite3.connect(server.data / "commandcenter.db", timeout=20)) as connection:
        connection.execute(TRIGGER.format(words))
        connection.commit()


def log(server: Server) -> list[dict[str, object]]:
    """All lines of all processes; every one of them must be JSON."""
    written = [line for line in server.log().splitlines() if line.startswith("{")]
    return [line for line in map(json.loads, written) if "logger" in line]


def lines_of(server: Server, number: str) -> list[dict[str, object]]:
    return [line for line in log(server) if line.get("request") == number]


def everything_written(server: Server) -> str:
    """All that any process wrote, also with its letters escaped."""
    files = [path for path in Path(server.folder).rglob("*") if path.suffix in (".log", ".txt")]
    text = server.log() + "".join(path.read_text(errors="replace") for path in files)
    return text + text.encode().decode("unicode_escape", "replace")
