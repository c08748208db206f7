"""Somebody who reads the manual and does what it says, in a clone of the project."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

from playwright.sync_api import Page, TimeoutError

from commandcenter.settings import ROOT
from tests.manual.pages import FENCE, Block
from tests.services.process import running

COMMAND = re.compile(r"^ {4}(\.venv/bin/\S.*)$", re.MULTILINE)
START_SECONDS = 150.0
SEEN_MILLIS = 60_000
"""Far more than it takes, for a machine that has other work."""


def steps(text: str) -> Iterator[str | Block]:
    """Yield what a text says is to be done, in its order: commands, and samples with a file."""
    found: list[tuple[int, str | Block]] = []
    for sample in FENCE.finditer(text):
        if "/" in sample[2]:
            found.append((sample.start(), Block(*sample.groups())))
    found += [(command.start(), command[1]) for command in COMMAND.finditer(text)]
    for _, step in sorted(found, key=lambda pair: pair[0]):
        yield step


def cloned(folder: Path) -> Path:
    """Clone the project as it is committed; its packages are those of this environment."""
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(folder)], check=True)
    (folder / ".venv").symlink_to(sys.prefix)
    return folder


@dataclass
class Reader:
    """Does one step after the other; `seconds` has how long each has taken."""

    clone: Path
    logs: Path
    wall: Page
    seconds: dict[str, float] = field(default_factory=dict)
    _developing: ExitStack = field(default_factory=ExitStack)

    def do(self, step: str | Block) -> str:
        """Do a step; returns what a command printed."""
        begun = monotonic()
        name, said = step if isinstance(step, str) else f"{step.language} {step.info}", ""
        if isinstance(step, Block):
            self._save(step)
        elif " plugin dev " in step:
            self._develop(step)
        else:
            said = self._run(step)
        self.took(name, begun)
        return said

    def took(self, name: str, begun: float) -> None:
        """Note how long something has taken since then."""
        self.seconds[name] = self.seconds.get(name, 0.0) + monotonic() - begun

    def sees(self, words: str) -> None:
        """Wait until the wall says this."""
        begun = monotonic()
        try:
            self.wall.get_by_text(words).first.wait_for(timeout=SEEN_MILLIS)
        except TimeoutError as error:
            raise AssertionError(f"no {words} in {self.wall.inner_text('body')}") from error
        self.took(f"sees {words}", begun)

    def sees_no_more(self, words: str) -> None:
        """Wait until the wall does not say this any more."""
        self.wall.get_by_text(words).first.wait_for(state="detached", timeout=SEEN_MILLIS)

    def stop(self) -> None:
        """End what runs, as Ctrl-C does; the page leaves first, since it would complain."""
        self.wall.goto("about:blank")
        self._developing.close()

    @property
    def environment(self) -> dict[str, str]:
        """The clone's own code comes before that which the environment was installed with."""
        return os.environ | {"PYTHONPATH": str(self.clone)}

    def _run(self, command: str) -> str:
        self.stop()
        done = subprocess.run(
            ["bash", "-c", command], cwd=self.clone, env=self.environment, capture_output=True,
            text=True, timeout=START_SECONDS, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
        return done.stdout

    def _develop(self, command: str) -> None:
        """Start it with a port that is free, and open the link that it prints."""
        words = ["env", f"PYTHONPATH={self.clone}", "bash", "-c",
                 f"cd {self.clone} && exec {command} --port 0 --json"]  # fmt: skip
        service = self._developing.enter_context(running(words, self.logs))
        service.wait_until(lambda: _first_line(service.log) != "", START_SECONDS)
        self.wall.goto(json.loads(_first_line(service.log))["wall"])

    def _save(self, sample: Block) -> None:
        file = self.clone / sample.info
        if sample.language != "diff":
            file.write_text(sample.code, "utf-8")
            return
        before, after = (
            "".join(line[1:] for line in sample.code.splitlines(True) if line.startswith(sign))
            for sign in "-+"
        )
        there = file.read_text("utf-8")
        assert there.count(before) == 1, before
        file.write_text(there.replace(before, after), "utf-8")


def _first_line(log: Path) -> str:
    lines = (line for line in log.read_text("utf-8", "replace").splitlines() if line[:1] == "{")
    return next(lines, "")
