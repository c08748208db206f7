"""What plugins have declared a short while ago, so that the next worker need not ask them again.

A server's processes start within seconds of each other, and each needs the declarations of all.
"""

import hashlib
import os
import sys
from contextlib import suppress
from pathlib import Path
from time import time
from typing import Any

import orjson

from commandcenter import __version__
from commandcenter.host.plugin import Plugin

KEPT_SECONDS = 3600.0
"""What a plugin declares may also follow from packages that lie elsewhere."""
PASSED_OVER = "__pycache__"


class Remembered:
    """Declarations in a folder, each good for a plugin with the same files and settings."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, plugin: Plugin) -> Any:
        """Return what a plugin has declared as it is now, None if that is not known."""
        path = self._path(plugin)
        try:
            if time() - path.stat().st_mtime > KEPT_SECONDS:
                return None
            found = orjson.loads(path.read_bytes())
        except (OSError, ValueError):
            return None
        same = isinstance(found, dict) and found.get("digest") == digest_of(plugin)
        return found.get("declared") if same else None

    def put(self, plugin: Plugin, digest: str, declared: Any) -> None:
        """Keep what a plugin has declared; `digest` was taken before it was asked."""
        path = self._path(plugin)
        part = path.with_name(f"{path.name}.{os.getpid()}")
        with suppress(OSError):  # then it is asked again
            self._folder.mkdir(parents=True, exist_ok=True)
            self._forget()
            # The digest is over settings, secrets among them.
            part.touch(mode=0o600)
            part.write_bytes(orjson.dumps({"digest": digest, "declared": declared}))
            part.rename(path)

    def _path(self, plugin: Plugin) -> Path:
        place = hashlib.sha256(str(plugin.folder).encode()).hexdigest()[:12]
        return self._folder / f"{plugin.name}-{place}.json"

    def _forget(self) -> None:
        for path in self._folder.iterdir():
            if time() - path.stat().st_mtime > KEPT_SECONDS:
                path.unlink(missing_ok=True)


def digest_of(plugin: Plugin) -> str:
    """Return a digest of a plugin's files by size and time, its settings, and what loads it."""
    said = [
        __version__, sys.version, str(plugin.folder), plugin.manifest.model_dump(mode="json"),
        dict(plugin.settings), _files(plugin.folder) if plugin.folder else [],
    ]  # fmt: skip
    words = orjson.dumps(said, option=orjson.OPT_SORT_KEYS, default=str)
    return hashlib.sha256(words).hexdigest()


def _files(folder: Path) -> list[tuple[str, int, int]]:
    found = []
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name != PASSED_OVER)
        for name in sorted(names):
            path = os.path.join(place, name)
            with suppress(OSError):
                said = os.stat(path)
                found.append((path, said.st_size, said.st_mtime_ns))
    return found
