"""/metrics: who may read it, what it says, and that it tells nothing of cells, cases or persons."""

from __future__ import annotations

import re
from collections.abc import Iterator

import orjson
import pytest
from prometheus_client.parser import text_string_to_metric_families

from commandcenter.cases import accounts
from commandcenter.cases.accounts import Grant, KeyKind
from commandcenter.domain.viewers import Clearance
from commandcenter.live.stats import BEAT_SECONDS, CHANNEL, Board, Stats, packed, unpacked
from commandcenter.web.metric_names import METRICS, family_of
from tests.web.conftest import CITY, SAME, Town, now, report

NAMED_LABELS = {"process", "role", "version", "build", "plugin", "part", "state", "source", "way",
                "answer", "code", "reason", "le", "route", "method", "status", "lease"}  # fmt: skip
AWAY = {"REMOTE_ADDR": "203.0.113.9"}
Samples = dict[str, float]


@pytest.fixture
def metrics_key(town: Town) -> str:
    """A key for metrics."""
    grant = Grant("prometheus", CITY, Clearance.PERSONAL)
    with town.services.store.write() as connection:
        return accounts.add_key(connection, town.services.tree, KeyKind.METRICS, grant, now())


def samples(text: str) -> Iterator[tuple[str, dict[str, str], float]]:
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            yield sample.name, sample.labels, sample.value


def value(text: str, name: str, **labels: str) -> float:
    """The sum of the samples of a name that have these labels."""
    found = [v for n, has, v in samples(text) if n == name and labels.items() <= has.items()]
    assert found, f"{name} is not there"
    return sum(found)


def test_callers_on_this_machine_need_no_key(town: Town) -> None:
    answer = town.client().get("/metrics")
    assert answer.status_code == 200
    assert answer.content_type.startswith("text/plain; version=")
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("environ", "headers"),
    [
        (AWAY, {}),
        ({}, {"X-Forwarded-For": "203.0.113.9"}),
        ({}, {"X-Real-IP": "127.0.0.1"}),
        ({}, {"Forwarded": "for=203.0.113.9"}),
        ({}, {"Host": "city.example"}),
        ({"REMOTE_ADDR": ""}, {}),
    ],
)
def test_whoever_comes_from_elsewhere_or_by_a_proxy_needs_one(
    town: Town, environ: dict[str, str], headers: dict[str, str]
) -> None:
    answer = town.client().get("/metrics", environ_overrides=environ, headers=headers)
    assert answer.status_code == 401
    assert "commandcenter_" not in answer.text


def test_a_key_for_metrics_opens_it_from_anywhere_and_nothing_else(
    town: Town, metrics_key: str
) -> None:
    client, key = town.client(), {"Authorization": f"Bearer {metrics_key}"}
    assert client.get("/metrics", headers=key, environ_overrides=AWAY).status_code == 200
    assert client.get("/api/v1/cases", headers=key).status_code == 403
    assert client.get(f"/api/v1/cells/{CITY}", headers=key).status_code == 403
    assert client.post("/api/v1/reports", json=[{}], headers=key).status_code == 403
    assert client.get(f"/cell/{CITY}?key={metrics_key}").status_code == 303
    assert client.get(f"/cell/{CITY}").headers["Location"].startswith("/login")


@pytest.mark.parametrize("name", ["source", "wall"])
def test_other_keys_do_not_open_it(town: Town, name: str) -> None:
    answer = town.client().get("/metrics", headers=town.bearer(name), environ_overrides=AWAY)
    assert answer.status_code == 403


def test_visitors_do_not_see_it(town: Town) -> None:
    client = town.logged_in("city")
    assert client.get("/metrics", environ_overrides=AWAY).status_code == 401


def test_the_figures_of_intake_and_requests_move_with_reports(town: Town) -> None:
    client = town.client()
    accepted = {"way": "http", "answer": "accepted"}
    before = client.get("/metrics").text
    assert value(before, "commandcenter_intake_reports_total", **accepted) == 0
    town.report(CITY, "1")
    town.report(CITY, "1")
    bad = report(CITY, "2") | {"channel": "pigeon"}
    client.post("/api/v1/reports", json=[bad], headers=town.bearer("source"))
    after = client.get("/metrics").text
    assert value(after, "commandcenter_intake_reports_total", **accepted) == 1
    assert value(after, "commandcenter_intake_reports_total", answer="duplicate") == 1
    assert value(after, "commandcenter_intake_reports_total", code="unknown_channel") == 1
    posted = {"route": "/api/v1/reports", "method": "POST", "status": "200"}
    assert value(after, "commandcenter_http_requests_total", **posted) == 3
    assert value(after, "commandcenter_http_request_seconds_count", route="/api/v1/reports") == 3


def test_addresses_that_are_made_up_make_no_figures_of_their_own(town: Town) -> None:
    client = town.client()
    for path in ("/a", "/b", "/cell/张三", "/api/v1/cases/13800000000"):
        client.get(path, headers=town.bearer("wall"))
        client.open(path, method="BREW")
    text = client.get("/metrics").text
    assert "张三" not in text and "13800000000" not in text and "BREW" not in text


def test_labels_name_neither_cells_nor_cases_nor_persons(town: Town) -> None:
    town.report(CITY, "1")
    client = town.logged_in("city")
    client.get(f"/cell/{CITY}")
    text = client.get("/metrics").text
    assert {label for _, labels, _ in samples(text) for label in labels} <= NAMED_LABELS
    for word in ("张三", "13800000000", CITY, 'city"'):
        assert word not in re.sub(r'(build|process)="[^"]*"', "", text)


def test_every_name_is_described_with_its_kind(town: Town) -> None:
    client = town.client()
    client.get("/login")
    text = client.get("/metrics").text
    kinds = dict(re.findall(r"^# TYPE (\S+) (\S+)$", text, re.MULTILINE))
    assert kinds["commandcenter_streams"] == "gauge"
    assert kinds["commandcenter_http_request_seconds"] == "histogram"
    for name in kinds:
        assert kinds[name] == METRICS[name].kind
    for name, metric in METRICS.items():
        assert name.endswith("_total") == (metric.kind == "counter"), name


@pytest.mark.parametrize("name", ["x", "commandcenter_streams_sum", "commandcenter_http_request"])
def test_a_name_that_nobody_knows_is_not_shown(name: str) -> None:
    assert family_of(name) is None


def test_the_figures_of_another_process_are_shown_beside_our_own(town: Town) -> None:
    other = Stats("live", town.services.bus)
    other.process = "live-7@elsewhere"
    board = town.site.watching.board
    board.hear(CHANNEL, orjson.dumps(other.message()))
    text = town.client().get("/metrics").text
    assert value(text, "commandcenter_up", process="live-7@elsewhere", role="live") == 1
    assert value(text, "commandcenter_up", role="web") == 1


def test_what_is_not_of_this_shape_is_passed_over(town: Town) -> None:
    board = town.site.watching.board
    for payload in (
        b"{",
        b"[]",
        b'{"process":"a","values":{"x":{"nonsense":1}}}',
        b'{"process":"b"}',
    ):
        board.hear(CHANNEL, payload)
    assert [heard.role for heard in board.processes()] == ["web"]


def test_a_process_that_is_not_heard_any_more_is_left_out(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Stats("live", town.services.bus)
    other.process = "live-7@elsewhere"
    board = town.site.watching.board
    board.hear(CHANNEL, orjson.dumps(other.message()))
    assert len(board.processes()) == 2
    monkeypatch.setattr("commandcenter.live.stats.KEPT_SECONDS", 0.0)
    assert len(board.processes()) == 1


def test_a_part_that_cannot_tell_silences_no_other(town: Town) -> None:
    def broken() -> Iterator[None]:
        raise RuntimeError("no")
        yield

    stats = town.site.watching.stats
    stats.add(broken)  # type: ignore[arg-type]
    stats.add(lambda: [])
    assert "commandcenter_streams" in stats.message()["values"]


def test_processes_tell_each_other_on_the_bus(town: Town) -> None:
    told = Stats("ingest", town.services.bus)
    told.process = "ingest-9@elsewhere"
    board = Board(town.services.bus, town.site.watching.stats)
    board.start()
    told.start()
    try:
        for _ in range(100):
            if len(board.processes()) == 2:
                break
            told._stopping.wait(BEAT_SECONDS / 100)
        assert {heard.process for heard in board.processes()} >= {"ingest-9@elsewhere"}
    finally:
        told.close()
        board.close()


def test_figures_come_back_as_they_were_packed(town: Town) -> None:
    figures = list(town.site.watching.stats._figures())
    assert {(f.name, tuple(f.labels.items())) for f in unpacked(packed(figures))} == {
        (f.name, tuple(f.labels.items())) for f in figures
    }


def test_the_page_of_a_foreign_site_cannot_post_to_it(town: Town) -> None:
    assert town.client().post("/metrics", headers=SAME).status_code in (400, 401, 405)
