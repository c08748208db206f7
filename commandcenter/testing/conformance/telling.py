"""How a plugin's process tells what it finds: line by line, so that its end loses nothing.

Before each call of plugin code it says what it does next and winds up an alarm: a call that goes
on for too long ends the process, with the line on which it hangs, even inside compiled code.
"""

import faulthandler
import json
import re
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from io import TextIOWrapper
from pathlib import Path
from time import thread_time
from typing import Any, TypeVar

from pydantic import ValidationError

from commandcenter.errors import PluginError
from commandcenter.host.guard import short_reason
from commandcenter.testing.conformance.findings import Finding

ValueT = TypeVar("ValueT")
PATIENCE = 2
OUTSIDE = re.compile(r"outside (the scope|\d+)")
MENDS = {
    "panels": "it must stand a city in which nothing has happened and much is not known (None)",
    "rules": "it must stand a city in which nothing has happened and much is not known (None)",
    "sample": "mend the entry in the feed, or what is made of it",
    "hooks": "plugins/README.md, The hooks, says what each may take and give",
}
ANSWERS = {
    "panels": "plugins/README.md, The panel kit, shows the value of each part",
    "rules": "plugins/README.md, register_risk_rules, says what a rule answers",
    "sample": "plugins/README.md, Sources, says what a source yields",
    "hooks": MENDS["hooks"],
}
OWN_NAME = re.compile(r"^(panel|rule) [\w.:\-]+: ")
PREFIX = re.compile(r"^[^/\s:]+/[^/\s:]+/([^\s:]+(?::\d+)?): (.*)", re.DOTALL)
"""How messages of the host begin: plugins/<name>/<file>: """


@dataclass
class Teller:
    """Writes what is done and found to `out`, the stack of a hanging call to `stack`."""

    folder: Path
    out: TextIOWrapper
    stack: TextIOWrapper
    slowest: dict[str, float] = field(default_factory=dict)
    """The longest call of each kind, in seconds of the processor."""

    def say(self, kind: str, **what: Any) -> None:
        """Write one line."""
        self.out.write(json.dumps({"kind": kind, **what}) + "\n")
        self.out.flush()

    def tell(self, finding: Finding) -> None:
        """Tell what was found."""
        self.say("finding", **asdict(finding))

    def wrong(self, check: str, words: str, where: str = "", mend: str = "") -> None:
        """Tell of a fault."""
        self.tell(Finding(check, "wrong", words, where, mend))

    @contextmanager
    def doing(self, check: str, what: str, seconds: float, where: str = "") -> Iterator[None]:
        """Say what is done and end the process when it takes over `seconds`."""
        self.say("doing", check=check, what=what, seconds=seconds, where=where)
        # On a busy machine a call may be kept waiting; one that hangs hangs twice as long, too.
        faulthandler.dump_traceback_later(seconds * PATIENCE, exit=True, file=self.stack)
        try:
            yield
        finally:
            faulthandler.cancel_dump_traceback_later()

    def attempt(
        self, check: str, what: str, seconds: float, call: Callable[[], ValueT], home: str = ""
    ) -> ValueT | None:
        """Return what plugin code returns; tells of whatever it raises and returns None.

        `home` is where the code begins, for what is found in its answer.
        """
        try:
            with self.doing(check, what, seconds, home):
                start = thread_time()
                value = call()
                self.slowest[check] = max(self.slowest.get(check, 0), thread_time() - start)
                return value
        except MemoryError as error:
            place = self.place_of(error) or home
            mend = "take less at once; [plugin.NAME.limits] memory_mb gives more"
            self.wrong("limits", f"{what} needs more memory than it gets", place, mend)
        except PluginError as error:
            where, words = split(str(error))
            words = OWN_NAME.sub("", words)
            place = where or self.place_of(error) or home
            self.wrong(check, f"{what}: {words}", place, ANSWERS.get(check, ""))
        except (Exception, SystemExit) as error:
            self._raised(check, what, error)
        return None

    def place_of(self, error: BaseException) -> str:
        """Return the plugin's file and line in which an error came up, nothing for none."""
        frames = traceback.extract_tb(error.__traceback__)
        inside = [frame for frame in frames if Path(frame.filename).is_relative_to(self.folder)]
        if not inside:
            return ""
        name = Path(inside[-1].filename).relative_to(self.folder).as_posix()
        return f"{name}:{inside[-1].lineno}"

    def home_of(self, function: Callable[..., Any]) -> str:
        """Return the file and line where a function of the plugin begins."""
        code = getattr(function, "__code__", None)
        if code is None or not Path(code.co_filename).is_relative_to(self.folder):
            return ""
        name = Path(code.co_filename).relative_to(self.folder).as_posix()
        return f"{name}:{code.co_firstlineno}"

    def _raised(self, check: str, what: str, error: BaseException) -> None:
        words = f"{what} raised {_reason(error)}"
        place = self.place_of(error)
        if OUTSIDE.search(str(error)):
            mend = "positions of the scope go from view.first to view.last"
            self.wrong("scope", words, place, mend)
        elif isinstance(error, KeyError) and "no metric" in str(error):
            mend = "plugins/README.md, What a panel or a rule sees, names the metrics"
            self.wrong(check, words, place, mend)
        elif isinstance(error, PermissionError) and not error.filename:
            self.wrong(check, words, place, "a plugin starts no other process and signals none")
        else:
            self.wrong(check, words, place, MENDS.get(check, ""))


def _reason(error: BaseException) -> str:
    """Return an error in one line; what does not fit a report is named with its field."""
    if not isinstance(error, ValidationError):
        return short_reason(error)
    first = error.errors(include_url=False)[0]
    key = ".".join(str(part) for part in first["loc"])
    return f"{type(error).__name__}: {error.title}.{key} = {first['input']!r:.60}: {first['msg']}"


def split(message: str) -> tuple[str, str]:
    """Split a message of the host into the plugin's file, nothing if none is named, and words."""
    found = PREFIX.match(message)
    return (found[1], found[2]) if found else ("", message)
