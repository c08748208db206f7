"""The two examining processes, and what their answers mean."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from signal import Signals
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any

from commandcenter.errors import Unavailable
from commandcenter.sandbox.nursery import KEPT
from commandcenter.testing.conformance.exam import Job
from commandcenter.testing.conformance.examiner import FAILED, OUT, PRINTED, STACK, plain
from commandcenter.testing.conformance.findings import Finding
from commandcenter.testing.conformance.panels import difference

MODULE = "commandcenter.testing.conformance.examiner"
SEEDS = ("1", "2")
FRAME = re.compile(r'File "([^"]+)", line (\d+)')
SETTING = "COMMANDCENTER_"


@dataclass(frozen=True)
class Rendered:
    """What a panel or a rule answered over one view."""

    key: str
    sample: str
    is_plain: bool
    scope: str
    language: str
    parts: Mapping[str, str]


@dataclass(frozen=True)
class Examined:
    """What an examination has told; `panels` as plain data, `homes` where each is rendered."""

    findings: tuple[Finding, ...]
    rendered: tuple[Rendered, ...] = ()
    panels: tuple[dict[str, Any], ...] = ()
    homes: Mapping[str, str] = field(default_factory=dict)
    said: tuple[dict[str, Any], ...] = ()
    """The readings that its sources have delivered."""


class Examiners:
    """Two processes that examine, started at once and ended together."""

    def __init__(self) -> None:
        self._folder = TemporaryDirectory(prefix="cc-check-")
        self._processes = [_start(seed) for seed in SEEDS]

    def __enter__(self) -> "Examiners":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        for process in self._processes:
            with suppress(BrokenPipeError):
                process.communicate()
        self._folder.cleanup()

    def examine(self, job: Job) -> Examined:
        """Examine a plugin in both; raises Unavailable when a process of ours has ended.

        The second only renders again, over what the sources said in the first.
        """
        first = self._examined(0, job)
        if any(finding.state == "wrong" for finding in first.findings):
            return first
        second = self._examined(1, replace(job, again=True, said=first.said))
        apart = (*_broken_again(second), *_differences(first, second))
        return replace(first, findings=(*first.findings, *apart))

    def _examined(self, number: int, job: Job) -> Examined:
        place = Path(self._folder.name) / SEEDS[number]
        place.mkdir(exist_ok=True)
        _ask(self._processes[number], plain(job, place))
        return _read(place, _answer(self._processes[number]), job.folder)


def _start(seed: str) -> "subprocess.Popen[str]":
    kept = {name: value for name, value in os.environ.items() if _is_kept(name)}
    return subprocess.Popen(
        [sys.executable, "-m", MODULE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env={**kept, "PYTHONHASHSEED": seed, "OPENBLAS_NUM_THREADS": "1"},
    )  # fmt: skip


def _is_kept(name: str) -> bool:
    # The settings of plugins are theirs to see; the server's own, and its secrets, are not.
    return name in KEPT or name.startswith(f"{SETTING}PLUGIN_")


def _ask(process: "subprocess.Popen[str]", line: str) -> None:
    assert process.stdin is not None
    try:
        process.stdin.write(line + "\n")
        process.stdin.flush()
    except BrokenPipeError as error:
        raise Unavailable("the examining process has ended: run the check again") from error


def _answer(process: "subprocess.Popen[str]") -> dict[str, int]:
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise Unavailable("the examining process has ended: run the check again")
    found: dict[str, int] = json.loads(line)
    return found


def _read(place: Path, ended: Mapping[str, int], folder: Path) -> Examined:
    lines = [json.loads(line) for line in _lines(place / OUT)]
    findings: list[Finding] = []
    rendered: list[Rendered] = []
    panels: list[dict[str, Any]] = []
    homes: dict[str, str] = {}
    said: list[dict[str, Any]] = []
    is_done = False
    for line in lines:
        kind = line.pop("kind")
        if kind == "finding":
            findings.append(Finding(**line))
        elif kind == "values":
            rendered.append(
                Rendered(line["key"], line["sample"], line["plain"], line["scope"],
                         line["language"], line["parts"])
            )  # fmt: skip
        elif kind == "said":
            said = line["readings"]
        elif kind == "panels":
            panels, homes = line["panels"], line["homes"]
        elif kind == "well":
            findings.append(Finding(line["check"], "ok", f"{line['count']} over all views"))
        elif kind == "done":
            is_done = True
            findings.append(_of_limits(line))
    if not is_done:
        findings.append(_ended(place, ended, folder))
    return Examined(tuple(findings), tuple(rendered), tuple(panels), homes, tuple(said))


def _lines(path: Path) -> list[str]:
    # The last line may be cut off when the process was killed.
    return [line for line in path.read_text().split("\n")[:-1] if line] if path.exists() else []


def _of_limits(done: Mapping[str, Any]) -> Finding:
    slowest = max(done["slowest"].values(), default=0.0)
    words = f"slowest call {slowest * 1000:.0f} ms, {done['memory_mb']:.0f} MB"
    return Finding("limits", "ok", words)


def _ended(place: Path, ended: Mapping[str, int], folder: Path) -> Finding:
    """Say why an examination did not come to its end, and where the plugin was."""
    doing: dict[str, Any] = {"what": "its import", "seconds": 0.0, "where": ""}
    for line in _lines(place / OUT):
        said = json.loads(line)
        doing = said if said["kind"] == "doing" else doing
    stack = (place / STACK).read_text() if (place / STACK).exists() else ""
    where = _place(stack, folder) or doing["where"]
    if "Timeout" in stack:
        words = f"{doing['what']} takes over {doing['seconds']:g} s"
        mend = "a call answers and returns; only a source goes on, and waits by context.wait"
        return Finding("limits", "wrong", words, where, mend)
    if "signal" in ended:
        words = f"{doing['what']} ended the process by {Signals(ended['signal']).name}"
    elif ended.get("code") == FAILED:
        words = f"{doing['what']} could not be tried: {_last(place / PRINTED)}"
    else:
        words = f"{doing['what']} ended the process with code {ended.get('code')}"
    mend = "raise an error instead: it costs the plugin's own tile and nothing else"
    return Finding("limits", "wrong", words, where, mend)


def _last(path: Path) -> str:
    lines = path.read_text(errors="replace").strip().splitlines() if path.exists() else []
    return lines[-1] if lines else "nothing was said"


def _place(stack: str, folder: Path) -> str:
    for file, line in FRAME.findall(stack):
        if Path(file).is_relative_to(folder):
            return f"{Path(file).relative_to(folder).as_posix()}:{line}"
    return ""


def _broken_again(second: Examined) -> Iterator[Finding]:
    yield from (finding for finding in second.findings if finding.state == "wrong")


def _differences(first: Examined, second: Examined) -> Iterator[Finding]:
    others = {(one.key, one.sample): one for one in second.rendered}
    told: set[str] = set()
    for one in first.rendered:
        other = others.get((one.key, one.sample))
        for name, value in one.parts.items():
            found = other.parts.get(name, "") if other else value
            if found != value and one.key not in told:
                told.add(one.key)
                yield Finding(
                    "determinism", "wrong", f"{one.key}: {name} differs between two processes: "
                    f"{difference(value, found)}", "",
                    "sort what comes out of a set, and ask neither clock nor chance",
                )  # fmt: skip
    if first.rendered and not told:
        yield Finding("determinism", "ok", "the same bytes twice, and in two processes")
