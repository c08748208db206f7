"""What a plugin's process is told first: which plugin it is, for what it was started."""

import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from commandcenter.host.discovery import Candidate
from commandcenter.host.manifest import Manifest
from commandcenter.host.plugin import Plugin

DESCRIBE, SERVE, SOURCE = "describe", "serve", "source"
"""The modes of a process: it declares and ends; it answers calls; it runs one source."""


@dataclass(frozen=True)
class Spec:
    """A plugin to be loaded, and the mode of the process; `more` is what the mode needs."""

    mode: str
    plugin: Plugin
    candidate: Candidate
    memory_mb: int
    more: Mapping[str, Any] = field(default_factory=dict)

    def head(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "mode": self.mode,
            "manifest": self.plugin.manifest.model_dump(mode="json"),
            "settings": dict(self.plugin.settings),
            "candidate": asdict(self.candidate) | {"folder": str(self.candidate.folder)},
            "memory_mb": self.memory_mb,
            "path": sys.path,
            "more": dict(self.more),
        }

    @classmethod
    def of(cls, head: Mapping[str, Any]) -> "Spec":
        """Read what `head` has made."""
        found = head["candidate"]
        candidate = Candidate(**{**found, "folder": Path(found["folder"])})
        manifest = Manifest.model_validate(head["manifest"])
        plugin = Plugin(manifest, None, candidate.folder, head["settings"])
        return cls(head["mode"], plugin, candidate, head["memory_mb"], head["more"])
