"""Lines of the log: their two forms, their ids, and what they must not hold."""

from __future__ import annotations

import json
import logging
import sqlite3
import sys
import threading
from collections.abc import Iterator
from io import StringIO

import pytest
from pydantic import ValidationError
from sqlalchemy import create_engine, text
from sqlalchemy.exc import IntegrityError

from commandcenter import logs
from commandcenter.errors import CommandCenterError, SettingsError, StoreError
from commandcenter.host.reports import Report

NAME, PHONE = "欧阳慧", "13912345678"
log = logging.getLogger("commandcenter.tests")


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[StringIO]:
    """What a process writes that logs as JSON; logging as it was before is put back."""
    written = StringIO()
    monkeypatch.setattr(sys, "stderr", written)
    root = logging.getLogger()
    before = (root.handlers[:], root.level, logging.raiseExceptions,
              sys.excepthook, threading.excepthook)  # fmt: skip
    monkeypatch.setenv("COMMANDCENTER_LOG_FORMAT", "json")
    logs.set_up("web")
    yield written
    root.handlers[:], root.level, logging.raiseExceptions = before[:3]
    sys.excepthook, threading.excepthook = before[3:]


def taken(lines: StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in lines.getvalue().splitlines()]


def test_a_line_says_when_where_how_grave_and_what(lines: StringIO) -> None:
    log.warning("%d screens wait", 3)
    (line,) = taken(lines)
    assert set(line) == {"time", "level", "process", "logger", "message"}
    assert line["level"] == "WARNING" and line["message"] == "3 screens wait"
    assert str(line["process"]).startswith("web-")


def test_lines_of_a_request_carry_its_id_and_its_cases(lines: StringIO) -> None:
    with logs.task("abcdefgh"):
        logs.about_cases(7, None, 9)
        log.info("inside")
    log.info("outside")
    inside, outside = taken(lines)
    assert inside["request"] == "abcdefgh" and inside["cases"] == [7, 9]
    assert "request" not in outside and "cases" not in outside


def test_a_list_of_cases_is_cut_short(lines: StringIO) -> None:
    with logs.task("abcdefgh"):
        logs.about_cases(*range(1000))
        log.info("many")
    (line,) = taken(lines)
    assert line["cases"] == list(range(logs.CASES_AT_MOST))


def refused_by_the_database() -> None:
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE cases (name TEXT UNIQUE)"))
        for _ in range(2):
            connection.execute(text("INSERT INTO cases VALUES (:name)"), {"name": NAME})


def refused_by_a_model() -> None:
    Report.model_validate({"title": NAME, "reporter": {"phone": PHONE}})


def refused_by_python() -> None:
    int(f"{NAME} {PHONE}")


def refused_with_a_cause() -> None:
    try:
        refused_by_python()
    except ValueError as error:
        raise KeyError(NAME) from error


@pytest.mark.parametrize(
    ("fail", "kind"),
    [
        (refused_by_the_database, IntegrityError),
        (refused_by_a_model, ValidationError),
        (refused_by_python, ValueError),
        (refused_with_a_cause, KeyError),
    ],
)
def test_an_exception_is_logged_by_kind_and_place_alone(
    lines: StringIO, fail: object, kind: type[Exception]
) -> None:
    try:
        fail()  # type: ignore[operator]
    except kind:
        log.exception("it failed")
    said = lines.getvalue()
    assert NAME not in said and PHONE not in said
    line = json.loads(said)
    assert kind.__name__ in line["error"]
    assert fail.__name__ in line["error"]  # type: ignore[attr-defined]
    (kept,) = logs.kept_lines()
    assert NAME not in str(kept) and kind.__name__ in kept["error"]


@pytest.mark.parametrize(
    "error",
    [
        StoreError("the store has no catalogue"),
        ConnectionRefusedError("connection refused"),
        sqlite3.OperationalError("database is locked"),
    ],
)
def test_what_machines_say_of_machines_is_kept(lines: StringIO, error: Exception) -> None:
    try:
        raise error
    except (CommandCenterError, OSError, sqlite3.Error):
        log.exception("it failed")
    (line,) = taken(lines)
    assert str(line["error"]).endswith(str(error))


def test_numbers_of_phones_and_identity_cards_are_hidden_wherever_they_come_from(
    lines: StringIO,
) -> None:
    log.warning("a plugin says: call %s or 41010519900101123X, case 1795237048000", PHONE)
    (line,) = taken(lines)
    assert line["message"] == (
        "a plugin says: call 139****5678 or 4101************3X, case 1795237048000"
    )


def test_a_line_that_cannot_be_written_does_not_show_its_values(
    lines: StringIO,
) -> None:
    log.info("%d", NAME)
    assert NAME not in lines.getvalue()


def test_what_ends_a_thread_or_the_process_is_logged_like_all_else(
    lines: StringIO,
) -> None:
    thread = threading.Thread(target=refused_by_python, name="reader")
    thread.start()
    thread.join()
    try:
        refused_by_python()
    except ValueError as error:
        sys.excepthook(type(error), error, error.__traceback__)
    said = lines.getvalue()
    assert NAME not in said and PHONE not in said
    first, second = (json.loads(line) for line in said.splitlines())
    assert first["message"] == "thread reader ended"
    assert second["level"] == "CRITICAL" and "refused_by_python" in second["error"]


def test_lines_for_people_have_the_same_in_one_line(
    lines: StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stderr", lines)
    monkeypatch.setenv("COMMANDCENTER_LOG_FORMAT", "text")
    logs.set_up("live")
    with logs.task("abcdefgh"):
        log.info("request", extra={"facts": {"route": "/login", "status": 200}})
    said = lines.getvalue()
    assert said.endswith(": request request=abcdefgh route=/login status=200\n")


@pytest.mark.parametrize(
    ("name", "given"), [("COMMANDCENTER_LOG_FORMAT", "xml"), ("COMMANDCENTER_LOG", "LOUD")]
)
def test_a_form_or_level_that_there_is_not_is_refused(
    lines: object, monkeypatch: pytest.MonkeyPatch, name: str, given: str
) -> None:
    monkeypatch.setenv(name, given)
    with pytest.raises(SettingsError, match=name):
        logs.set_up("web")
