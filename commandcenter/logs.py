"""Logging: one line for people or one JSON object for programs, and nobody's personal data in it.

Exceptions are the way personal data gets into logs: a database tells the row that it refused, a
parser the words it could not read. So what an exception says is written down only where its kind
is known to speak of machines; of all others only kind and place are.
"""

import logging
import os
import sys
import threading
import traceback
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson

from commandcenter.errors import CommandCenterError, SettingsError
from commandcenter.personal import masked

FORMATS = ("text", "json")
KEPT = 20
SPOKEN = (CommandCenterError, OSError, ImportError, AttributeError, NameError, MemoryError,
          RecursionError)  # fmt: skip
SPOKEN_BY_NAME = ("OperationalError", "InterfaceError", "ConnectionError", "TimeoutError")
"""Kinds of databases, of Redis and of pools: they speak of connections, not of rows."""
LONGEST_MESSAGE = 2000
CASES_AT_MOST = 20


@dataclass(slots=True)
class Task:
    """What lines are written for: a request with its id, and the cases it is about."""

    request: str
    cases: list[int] = field(default_factory=list)


_task: ContextVar[Task | None] = ContextVar("task", default=None)


@contextmanager
def task(request: str) -> Iterator[Task]:
    """Have every line that is written in the block carry the request's id."""
    token = _task.set(begun := Task(request))
    try:
        yield begun
    finally:
        _task.reset(token)


def request_id() -> str:
    """Return the id of the request that is being answered, empty outside of one."""
    found = _task.get()
    return found.request if found else ""


def about_cases(*ids: int | None) -> None:
    """Note which cases the present request is about; outside of one it does nothing."""
    found = _task.get()
    if found is not None:
        room = CASES_AT_MOST - len(found.cases)
        found.cases += [number for number in ids if number is not None][:room]


class Line:
    """What both forms say of a record."""

    def __init__(self, process: str) -> None:
        self.process = process

    def facts(self, record: logging.LogRecord) -> dict[str, Any]:
        """Return a record as plain values; what is empty is left out."""
        found = _task.get()
        facts = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "process": self.process,
            "logger": record.name,
            "message": _message(record),
            "request": found.request if found else "",
            "cases": list(found.cases) if found else [],
            **getattr(record, "facts", {}),
            "error": told(record.exc_info[1]) if record.exc_info and record.exc_info[1] else "",
        }
        return {name: value for name, value in facts.items() if value not in ("", [], None)}


class JsonLines(logging.Formatter):
    """One JSON object a line."""

    def __init__(self, line: Line) -> None:
        super().__init__()
        self._line = line

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as JSON."""
        return orjson.dumps(self._line.facts(record), default=str).decode()


class TextLines(logging.Formatter):
    """Lines for people, with the traceback below."""

    def __init__(self, line: Line) -> None:
        super().__init__()
        self._line = line

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as text."""
        facts = self._line.facts(record)
        head = [facts.pop(name) for name in ("time", "level", "process", "logger")]
        message, error = facts.pop("message", ""), facts.pop("error", "")
        rest = "".join(f" {name}={value}" for name, value in facts.items())
        return f"{' '.join(head)}: {message}{rest}" + (f"\n{error}" if error else "")


class Kept(logging.Handler):
    """Keeps the last warnings and errors of this process for the operators' page."""

    def __init__(self, line: Line) -> None:
        super().__init__(logging.WARNING)
        self._line = line
        self._lines: deque[dict[str, Any]] = deque(maxlen=KEPT)

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one record, an exception by its last line."""
        facts = self._line.facts(record)
        facts["error"] = facts.get("error", "").rpartition("\n")[2]
        self._lines.append(facts)

    def lines(self) -> list[dict[str, Any]]:
        """Return what is kept, the oldest first."""
        return list(self._lines)


def kept_lines() -> list[dict[str, Any]]:
    """Return the last warnings and errors, none where logging was set up by somebody else."""
    keeping = [handler for handler in logging.getLogger().handlers if isinstance(handler, Kept)]
    return keeping[0].lines() if keeping else []


def set_up(role: str) -> None:
    """Log to the error stream as COMMANDCENTER_LOG and COMMANDCENTER_LOG_FORMAT say.

    Raises SettingsError for a form or a level that there is not.
    """
    form = os.environ.get("COMMANDCENTER_LOG_FORMAT", "text")
    level = os.environ.get("COMMANDCENTER_LOG", "INFO").upper()
    if form not in FORMATS:
        raise SettingsError(f"COMMANDCENTER_LOG_FORMAT {form!r}: is text or json")
    if level not in logging.getLevelNamesMapping():
        raise SettingsError(f"COMMANDCENTER_LOG {level!r}: is DEBUG, INFO, WARNING or ERROR")
    line = Line(f"{role}-{os.getpid()}")
    stream = logging.StreamHandler(sys.stderr)
    stream.setFormatter(JsonLines(line) if form == "json" else TextLines(line))
    root = logging.getLogger()
    root.handlers[:] = [stream, Kept(line)]
    root.setLevel(level)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    logging.getLogger("fontTools").setLevel(logging.WARNING)
    # A record that cannot be written would be printed with all its values.
    logging.raiseExceptions = False
    _log_what_nobody_caught()


def told(error: BaseException, seen: frozenset[int] = frozenset()) -> str:
    """Return an exception with its traceback and its causes, without what it may not say."""
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    before = ""
    if cause is not None and id(cause) not in seen:
        before = told(cause, seen | {id(error)}) + "\n"
    frames = "".join(traceback.format_tb(error.__traceback__))
    return f"{before}Traceback (most recent call last):\n{frames}{_spoken(error)}"


def _message(record: logging.LogRecord) -> str:
    words = record.getMessage()
    if record.name == "asyncio":  # from its second line on it prints exceptions as they are
        words = words.partition("\n")[0]
    return masked(words[:LONGEST_MESSAGE])


def _spoken(error: BaseException) -> str:
    kind = type(error)
    name = f"{kind.__module__}.{kind.__qualname__}".removeprefix("builtins.")
    first = next(iter(str(error).splitlines()), "")
    if first and (isinstance(error, SPOKEN) or kind.__name__ in SPOKEN_BY_NAME):
        return f"{name}: {masked(first)}"
    return f"{name} (what it says may be personal and is not logged){_of_database(error)}"


def _of_database(error: BaseException) -> str:
    """Return which rule of the database a row broke: names of the schema alone."""
    facts = getattr(error, "diag", None)
    names = ("sqlstate", "table_name", "column_name", "constraint_name")
    said = [f"{name} {getattr(facts, name)}" for name in names if getattr(facts, name, None)]
    return f" [{', '.join(said)}]" if said else ""


def _log_what_nobody_caught() -> None:
    log = logging.getLogger("commandcenter")

    def fatal(kind: type[BaseException], error: BaseException, trace: Any) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
        else:
            log.critical("the process ends", exc_info=(kind, error, trace))

    def in_thread(given: threading.ExceptHookArgs) -> None:
        if given.exc_value is not None and given.exc_type is not SystemExit:
            name = given.thread.name if given.thread else "?"
            log.error("thread %s ended", name, exc_info=given.exc_value)

    sys.excepthook = fatal
    threading.excepthook = in_thread
