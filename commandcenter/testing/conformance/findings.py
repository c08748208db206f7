"""What a check finds: for each thing looked at, that it is well, or what is wrong and where."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

State = Literal["ok", "wrong", "note", "left"]
CHECKS = (
    "manifest", "imports", "words", "deprecated", "hooks", "panels", "determinism", "limits",
    "scope", "rules", "sample", "look", "tests",
)  # fmt: skip
"""What is looked at, in the order in which it is told."""


@dataclass(frozen=True)
class Finding:
    """One thing that was found.

    "wrong" is a fault of the plugin, "note" a remark, "left" what was not looked at. `where` is a
    file of the plugin with its line or key, `mend` says what to do.
    """

    check: str
    state: State
    words: str = ""
    where: str = ""
    mend: str = ""

    @property
    def line(self) -> str:
        """Return it in one line."""
        said = f"{self.where}: {self.words}" if self.where else self.words
        return f"{said}; {self.mend}" if self.mend else said


@dataclass(frozen=True)
class Report:
    """What was found of one plugin."""

    plugin: str
    folder: str
    findings: Sequence[Finding] = field(default_factory=tuple)

    @property
    def faults(self) -> list[Finding]:
        """What is wrong."""
        return [finding for finding in self.findings if finding.state == "wrong"]

    @property
    def left(self) -> list[Finding]:
        """What could not be looked at."""
        return [finding for finding in self.findings if finding.state == "left"]

    def plain(self) -> dict[str, Any]:
        """Return it as data."""
        return {
            "plugin": self.plugin,
            "folder": self.folder,
            "ok": not self.faults,
            "findings": [asdict(finding) for finding in self.findings],
        }


def in_order(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Return findings in the order of the checks; of a check that failed nothing else is told."""
    wrong = {f.check for f in findings if f.state == "wrong"}
    told = (f for f in dict.fromkeys(findings) if f.state != "ok" or f.check not in wrong)
    return tuple(sorted(told, key=lambda f: CHECKS.index(f.check)))
