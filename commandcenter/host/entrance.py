"""The entrance: whether a plugin that was found may be used here at all, before any of its code."""

import logging
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from commandcenter.errors import PluginError
from commandcenter.host import signature
from commandcenter.host.blocklist import BlockList
from commandcenter.host.deprecations import DEPRECATIONS, Deprecation, warnings_of
from commandcenter.host.discovery import Candidate
from commandcenter.host.manifest import Manifest
from commandcenter.host.operators import Decisions
from commandcenter.settings import ROOT, Settings

DISABLED = "switched off by an operator"
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Entrance:
    """What is asked of every plugin: the operators' switch, the block list, a signature."""

    settings: Settings
    decisions: Decisions
    blocked: BlockList
    deprecated: Sequence[Deprecation] = DEPRECATIONS

    @classmethod
    def of(
        cls, settings: Settings, decisions: Decisions, deprecated: Sequence[Deprecation]
    ) -> "Entrance":
        """Open the entrance; raises PluginError for a block list that cannot be read."""
        return cls(settings, decisions, BlockList.read(settings.plugins), deprecated)

    def is_disabled(self, manifest: Manifest) -> bool:
        """Tell whether operators have switched a plugin off; the city itself cannot be."""
        return manifest.name in self.decisions.disabled and "city" not in manifest.provides

    def check(self, candidate: Candidate, manifest: Manifest) -> None:
        """Raise PluginError for a plugin that is blocked, or not signed where it has to be."""
        if reason := self.blocked.reason(manifest):
            raise PluginError(reason)
        if self.settings.plugins_signed and not _comes_with_the_product(candidate.folder, manifest):
            signature.verify(candidate.folder, self.settings.plugin_keys)
            # What Python keeps compiled beside the code is signed by nobody: at the next start it
            # would have the plugin refused.
            sys.dont_write_bytecode = True

    def warnings(self, candidate: Candidate) -> tuple[str, ...]:
        """Return what of a plugin is deprecated, and log it for who looks after the server."""
        found = tuple(warnings_of(candidate.folder, self.deprecated))
        for line in found:
            log.warning("%s", line)
        return found


def _comes_with_the_product(folder: Path, manifest: Manifest) -> bool:
    return manifest.core and folder.resolve().parent == ROOT / "plugins"
