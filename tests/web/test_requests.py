"""Ids of requests and the lines that they leave in the log."""

from __future__ import annotations

import logging
import re

import pytest

from tests.web.conftest import CITY, Town, log_in, report

HEADER = "X-Request-ID"


def lines(caplog: pytest.LogCaptureFixture) -> list[dict[str, object]]:
    return [vars(r)["facts"] for r in caplog.records if r.name == "commandcenter.access"]


def test_an_id_that_a_caller_gives_comes_back(town: Town) -> None:
    answer = town.client().get("/login", headers={HEADER: "from-a-proxy.1_A"})
    assert answer.headers[HEADER] == "from-a-proxy.1_A"


@pytest.mark.parametrize(
    "given", ["", "short", "a" * 65, "a b c d e f", "abcdefgh<script>", "慧" * 9]
)
def test_any_other_is_replaced(town: Town, given: str) -> None:
    headers = {HEADER: given} if given.isascii() else {HEADER: given.encode().decode("latin-1")}
    answer = town.client().get("/login", headers=headers)
    assert re.fullmatch(r"[0-9a-f]{16}", answer.headers[HEADER])


def test_each_request_has_one_of_its_own(town: Town) -> None:
    client = town.client()
    assert len({client.get("/login").headers[HEADER] for _ in range(20)}) == 20


def test_a_request_leaves_one_line_with_its_route(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        town.client().get("/api/v1/cases/77?secret=张三", headers=town.bearer("wall"))
    (line,) = lines(caplog)
    assert line["route"] == "/api/v1/cases/<number>"
    assert (line["method"], line["status"]) == ("GET", 404)
    assert "张三" not in caplog.text


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/static/plain.css", "/metrics"])
def test_what_is_asked_for_all_the_time_leaves_none(
    town: Town, caplog: pytest.LogCaptureFixture, path: str
) -> None:
    with caplog.at_level(logging.INFO):
        town.client().get(path).close()
    assert lines(caplog) == []


def test_neither_passwords_nor_names_nor_keys_are_logged(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        client = town.client()
        log_in(client, "city", "a wrong password")
        client.get("/", query_string={"key": town.keys["wall"]})
        body = report(CITY, "1") | {"title": "楼道里有异味", "cell": "张家大院"}
        client.post("/api/v1/reports", json=[body], headers=town.bearer("source"))
        client.get("/cell/张家大院")
    said = "".join(str(vars(record)) for record in caplog.records)
    for word in ("a wrong password", town.keys["wall"], "楼道里有异味", "张家大院", "张三"):
        assert word not in said
