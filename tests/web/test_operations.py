"""The operators' page: who may see it, what it says when something is wrong."""

from __future__ import annotations

from dataclasses import replace

import orjson
import pytest

from commandcenter.cases import accounts
from commandcenter.cases.accounts import Grant
from commandcenter.domain.text import Text
from commandcenter.domain.viewers import Clearance
from commandcenter.host.catalogue import SourceSpec
from commandcenter.live.stats import CHANNEL
from commandcenter.web.flask_app import create_flask
from tests.web.conftest import CITY, EAST, Town, hashed_password, now
from tests.web.operators import operator

SOURCES = {
    key: SourceSpec(key, Text(key, key), 60.0, False, "p", ())
    for key in ("old", "quick", "broken", "moved")
}


@pytest.fixture
def watched(town: Town) -> Town:
    """A city with sources."""
    catalogue = town.services.catalogue.model_copy(update={"sources": SOURCES})
    services = replace(town.services, catalogue=catalogue)
    return Town(services, create_flask(services), town.keys)


def tell(town: Town, role: str, *sources: dict[str, object], **notes: object) -> None:
    """Have a worker say how its sources are."""
    message = {
        "process": f"{role}-1@there", "role": role, "at": now(), "build": "x",
        "values": {"commandcenter_process_resident_memory_bytes": 5e7},
        "notes": {"sources": list(sources), **notes},
    }  # fmt: skip
    town.site.watching.board.hear(CHANNEL, orjson.dumps(message))


def source(key: str, age: float, state: str = "running", reason: str = "") -> dict[str, object]:
    last = now() - round(age * 1000)
    return {"key": key, "state": state, "reason": reason, "last": last, "interval": 60.0}


def test_who_is_not_logged_in_is_sent_to_the_login(town: Town) -> None:
    assert town.client().get("/operations").status_code == 303
    fragment = town.client().get("/operations/figures", headers={"Accept": "application/json"})
    assert fragment.status_code == 401


@pytest.mark.parametrize("path", ["/operations", "/operations/figures"])
def test_for_all_but_operators_of_the_whole_city_it_does_not_exist(town: Town, path: str) -> None:
    wall = town.client()
    wall.get("/", query_string={"key": town.keys["wall"]})
    with town.services.store.write() as connection:
        grant = Grant("anybody", CITY, Clearance.PUBLIC)
        accounts.add_user(connection, town.services.tree, grant, hashed_password(), now())
    people = [town.logged_in(name) for name in ("city", "east", "anybody")]
    for client in (wall, *people, operator(town, EAST)):
        assert client.get(path).status_code == 404
    assert operator(town).get(path).status_code == 200


def test_its_script_and_style_come_from_this_server_alone(town: Town) -> None:
    answer = operator(town).get("/operations")
    policy = answer.headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy and "unsafe" not in policy
    assert "style=" not in answer.text and "<script>" not in answer.text


def test_silent_sources_come_first_and_are_named_on_top(watched: Town) -> None:
    tell(watched, "live", source("moved", 20))
    tell(watched, "ingest", source("quick", 2), source("old", 200),
         source("broken", 5, "failed", "TimeoutError: no answer"))  # fmt: skip
    text = operator(watched).get("/operations?lang=en").text
    verdict, _, rest = text.partition("</section>")
    assert all(f"Source {key} is silent" in verdict for key in ("old", "broken", "moved"))
    assert "Source quick" not in verdict
    table = rest.partition('class="tile sources"')[2].partition("</section>")[0]
    order = [key for _, key in sorted((table.index(f"{key}</td>"), key) for key in SOURCES)]
    assert order == ["broken", "moved", "old", "quick"]
    assert "TimeoutError: no answer" in table
    assert "nobody runs it" in table


def test_a_source_whose_worker_has_gone_is_still_known_by_its_age(watched: Town) -> None:
    tell(watched, "live", source("moved", 20))
    text = watched.client().get("/metrics").text
    line = next(x for x in text.splitlines() if x.startswith("commandcenter_source_age_seconds{so")
                and "moved" in x)  # fmt: skip
    assert 19 <= float(line.split()[1]) < 60
    assert 'commandcenter_source_state{source="moved",state="unheard"} 1.0' in text


def test_words_of_workers_are_escaped(watched: Town) -> None:
    tell(watched, "ingest", source("quick", 1, "waiting", "<img src=x onerror=alert(1)>"),
         errors=[{"time": "2026-11-21T00:00:00", "level": "ERROR", "process": "x",
                  "message": "<script>alert(1)</script>"}])  # fmt: skip
    text = operator(watched).get("/operations/figures").text
    assert "<img" not in text and "<script" not in text
    assert "&lt;img src=x" in text and "&lt;script&gt;" in text


def test_it_says_what_is_missing_and_when_all_is_well(watched: Town) -> None:
    client = operator(watched)
    assert "统计进程没有回应" in client.get("/operations").text
    assert "没有数据接入进程" in client.get("/operations").text


def test_numbers_of_all_processes_are_there(watched: Town) -> None:
    tell(watched, "ingest", source("quick", 1))
    text = operator(watched).get("/operations/figures").text
    assert "ingest-1@there" in text and "50 MB" in text
