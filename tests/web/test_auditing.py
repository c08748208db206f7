"""What requests leave in the audit log, who reads it there, and plain words for a reason."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import replace
from io import StringIO
from threading import Thread

import pytest

from commandcenter.cases import audit_proof, audit_search
from commandcenter.cases.accounts import Grant
from commandcenter.cases.audit_search import Line, Wanted
from commandcenter.domain.audit import AuditKind
from commandcenter.domain.roles import Role
from commandcenter.domain.viewers import Clearance, Viewer
from commandcenter.errors import Unavailable
from commandcenter.store.away import StoreAway
from commandcenter.web.flask_app import create_flask
from commandcenter.web.services import Rates
from tests.web.conftest import CITY, EAST, SAME, WEST, Town, make_accounts, make_services
from tests.web.people import add_people, signed_in

IN_EAST, IN_WEST = f"{EAST}001001001001", f"{WEST}001001001001"
NAME, PHONE = "谌建国", "13812345678"
REASON = {"reason": "回访核实现场情况"}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A town with a leader, an officer for staff's eyes, and auditors of the city and its east."""
    folder = tmp_path_factory.mktemp("audited")
    services = make_services(folder, f"sqlite:///{folder / 'commandcenter.db'}")
    town = Town(services, create_flask(services), make_accounts(services))
    add_people(
        town,
        Grant("leader", CITY, Clearance.PERSONAL, role=Role.LEADER),
        Grant("east-leader", EAST, Clearance.PERSONAL, role=Role.LEADER),
        Grant("staff", CITY, Clearance.STAFF, role=Role.LEADER),
        Grant("worker", CITY, Clearance.PERSONAL, role=Role.GRID_WORKER),
        Grant("auditor", CITY, Clearance.STAFF, role=Role.AUDITOR),
        Grant("east-auditor", EAST, Clearance.STAFF, role=Role.AUDITOR),
    )
    yield town
    services.bus.close()
    services.store.close()


def told(town: Town, kind: AuditKind, **more: object) -> list[Line]:
    """Return what the log has of a kind, the newest first."""
    last = len(town.services.tree) - 1
    viewer = Viewer("t", CITY, 0, last, Clearance.STAFF, role=Role.AUDITOR)
    wanted = replace(Wanted(kind=kind), **more)  # type: ignore[arg-type]
    with town.services.store.read() as connection:
        return audit_search.search(connection, viewer, wanted).lines


def person(town: Town, external_id: str, cell: str = IN_EAST) -> int:
    return town.report(
        cell, external_id, reporter={"name": NAME, "phone": PHONE},
        description=f"联系人{NAME}，电话{PHONE}", title=f"{NAME}家门口积水",
    )  # fmt: skip


def unmask(town: Town, name: str, number: int, body: object = REASON) -> tuple[int, object]:
    answer = signed_in(town, name).post(
        f"/api/v1/cases/{number}/unmask", json=body, headers=SAME
    )
    return answer.status_code, answer.json


def test_plain_words_are_given_for_a_reason_and_the_reason_is_kept(site: Town) -> None:
    number = person(site, "plain")
    client = signed_in(site, "leader")
    masked = client.get(f"/api/v1/cases/{number}").text
    assert PHONE not in masked and NAME not in masked and "138****5678" in masked
    answer = client.post(f"/api/v1/cases/{number}/unmask", json=REASON, headers=SAME)
    assert answer.status_code == 200 and answer.headers["Cache-Control"] == "no-store"
    assert answer.json["reporter"] == {"name": NAME, "phone": PHONE}
    assert answer.json["title"] == f"{NAME}家门口积水" and PHONE in answer.json["description"]
    (line, *_) = told(site, AuditKind.UNMASKED)
    assert (line.who, line.what, line.scope) == ("leader", f"case:{number}", IN_EAST)
    assert line.detail["reason"] == REASON["reason"] and line.session.isdecimal()
    assert PHONE not in str(line) and NAME not in str(line)


@pytest.mark.parametrize(
    ("name", "status"),
    [("staff", 403), ("worker", 403), ("auditor", 403), ("east-leader", 404), ("city", 403)],
)
def test_who_may_not_gets_no_plain_words(site: Town, name: str, status: int) -> None:
    number = person(site, f"not-{name}", IN_WEST)
    before = len(told(site, AuditKind.UNMASKED))
    code, said = unmask(site, name, number)
    assert code == status and PHONE not in str(said)
    assert len(told(site, AuditKind.UNMASKED)) == before


@pytest.mark.parametrize("body", [{}, {"reason": "  x "}, {"reason": "x" * 201}, {"why": "no"}])
def test_without_a_reason_nothing_is_told(site: Town, body: object) -> None:
    assert unmask(site, "leader", person(site, f"reason-{len(str(body))}"), body)[0] == 422


def test_a_foreign_page_cannot_ask_for_plain_words(site: Town) -> None:
    number = person(site, "foreign")
    answer = signed_in(site, "leader").post(
        f"/api/v1/cases/{number}/unmask", json=REASON, headers={"Origin": "https://evil.example"}
    )
    assert answer.status_code == 403


def test_the_rate_of_plain_words_is_limited(site: Town) -> None:
    services = replace(site.services, rates=Rates(unmasks="2 per hour"))
    held = Town(services, create_flask(services), site.keys)
    number = person(site, "often")
    assert [unmask(held, "leader", number)[0] for _ in range(3)] == [200, 200, 429]


def test_what_cannot_be_written_down_is_not_shown(
    site: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = person(site, "unwritten")

    def away(*_: object) -> None:
        raise StoreAway("away")

    client = signed_in(site, "leader")
    monkeypatch.setattr("commandcenter.web.auditing.audit.append", away)
    assert issubclass(StoreAway, Unavailable)
    answer = client.post(f"/api/v1/cases/{number}/unmask", json=REASON, headers=SAME)
    assert answer.status_code == 503 and PHONE not in answer.text


def test_a_command_and_its_entry_are_in_one_transaction(site: Town) -> None:
    number = site.report(IN_EAST, "commanded")
    done = signed_in(site, "leader").post(
        f"/api/v1/cases/{number}/commands",
        json={"command": "supervise", "note": f"催办 {PHONE}"}, headers=SAME,
    )  # fmt: skip
    assert done.status_code == 200, done.text
    (line, *_) = told(site, AuditKind.COMMANDED)
    assert (line.who, line.what, line.scope) == ("leader", f"case:{number}", IN_EAST)
    assert line.detail["command"] == "supervise" and "催办" not in str(line)
    refused = signed_in(site, "staff").post(
        f"/api/v1/cases/{number}/commands", json={"command": "take_up"}, headers=SAME
    )
    assert refused.status_code >= 400 and len(told(site, AuditKind.COMMANDED, who="staff")) == 0


def test_refusals_are_noted_at_once_and_a_flood_of_them_is_counted(site: Town) -> None:
    number = person(site, "flood", IN_WEST)
    client = signed_in(site, "east-leader")
    site.services.auditing.refusals.settle()
    before = len(told(site, AuditKind.REFUSED, who="east-leader"))
    for _ in range(9):
        assert client.get(f"/api/v1/cases/{number}").status_code == 404
    after = told(site, AuditKind.REFUSED, who="east-leader")
    assert len(after) == before + 1
    assert after[0].detail["status"] == 404 and after[0].detail["path"].endswith(f"/{number}")
    site.services.auditing.refusals.settle()
    assert told(site, AuditKind.REFUSED, who="east-leader")[0].detail["times"] == 8


def test_a_wrong_key_is_noted_by_its_address_and_no_key_is_not(site: Town) -> None:
    site.services.auditing.refusals.settle()
    client = site.client()
    assert client.get("/api/v1/cases").status_code == 401
    before = len(told(site, AuditKind.REFUSED))
    assert client.get("/api/v1/cases", headers={"Authorization": "Bearer x"}).status_code == 401
    lines = told(site, AuditKind.REFUSED)
    assert len(lines) == before + 1
    assert (lines[0].who, lines[0].address, lines[0].detail["status"]) == ("", "127.0.0.1", 401)


def test_many_notes_at_once_share_transactions_and_none_is_lost(site: Town) -> None:
    auditing = site.services.auditing
    work = [
        Thread(target=auditing.note, args=(AuditKind.INSPECTED, f"inspection:{n}"))
        for n in range(30)
    ]
    for thread in work:
        thread.start()
    for thread in work:
        thread.join()
    assert len(told(site, AuditKind.INSPECTED, who="system")) == 30
    assert audit_proof.verify(site.services.store).is_whole


def test_the_page_of_the_log_is_for_auditors_alone(site: Town) -> None:
    for name in ("leader", "staff", "city"):
        assert signed_in(site, name).get("/audit").status_code == 404
        assert signed_in(site, name).get("/audit.csv").status_code == 404
    assert site.client().get("/audit").status_code == 303


def test_auditors_search_within_their_scope(site: Town) -> None:
    east, west = person(site, "scope-east"), person(site, "scope-west", IN_WEST)
    for number in (east, west):
        assert unmask(site, "leader", number)[0] == 200
    whole = signed_in(site, "auditor").get("/audit?kind=unmasked&lang=en")
    assert f"case:{east}" in whole.text and f"case:{west}" in whole.text
    assert "Unmasked" in whole.text and whole.headers["Cache-Control"] == "no-store"
    part = signed_in(site, "east-auditor").get("/audit?kind=unmasked").text
    assert f"case:{east}" in part and f"case:{west}" not in part
    by_word = signed_in(site, "auditor").get(f"/audit?words=case:{west}").text
    assert f"case:{west}" in by_word and f"case:{east}<" not in by_word
    outside = signed_in(site, "east-auditor").get(f"/audit?cell={WEST}")
    assert outside.status_code == 200 and 'role="alert"' in outside.text


@pytest.mark.parametrize("asked", ["kind=none", "since=tomorrow", "before=x", "cell=1"])
def test_what_cannot_be_looked_for_is_said_so(site: Town, asked: str) -> None:
    page = signed_in(site, "auditor").get(f"/audit?{asked}")
    assert page.status_code == 200 and 'role="alert"' in page.text


def test_older_entries_follow_on_the_next_page(
    site: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("commandcenter.web.audit_pages.SHOWN", 2)
    for n in range(3):
        site.services.auditing.note(AuditKind.REPORTED_PUBLIC, f"receipt:{n}")
    client = signed_in(site, "auditor")
    page = client.get("/audit?kind=reported_public").text
    assert "receipt:2" in page and "receipt:0" not in page
    link = page.split('href="/audit?kind=reported_public&amp;before=')[1].split('"')[0]
    assert "receipt:0" in client.get(f"/audit?kind=reported_public&before={link}").text


def test_an_export_holds_what_was_found_and_is_noted_itself(site: Town) -> None:
    site.services.auditing.note(AuditKind.REPORTED_PUBLIC, "=cmd|'/c calc'!A1", {"n": 1})
    answer = signed_in(site, "auditor").get("/audit.csv?kind=reported_public")
    assert answer.mimetype == "text/csv" and answer.headers["Cache-Control"] == "no-store"
    rows = list(csv.DictReader(StringIO(answer.text.removeprefix("\ufeff"))))
    assert rows[0]["what"].startswith("'=") and {row["kind"] for row in rows} == {"reported_public"}
    (line, *_) = told(site, AuditKind.EXPORTED)
    assert (line.who, line.what, line.detail) == ("auditor", "audit", {"kind": "reported_public"})
