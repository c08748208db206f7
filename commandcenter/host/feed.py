"""A document that a plugin's source looks at: at an address, or a recording beside its code."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import urlopen

PATIENCE_SECONDS = 10.0
"""How long the feed's server may be silent."""
WEB = ("http://", "https://")


@dataclass(frozen=True, slots=True)
class Feed:
    """JSON that is read anew each time; `address` is http(s), or a path below `folder`.

    Reading raises OSError where nobody answers, and ValueError where what came is not what was
    asked for. Raised by a source, both are shown beside it, and it tries again.
    """

    address: str
    folder: Path

    def read(self, entries: str) -> dict[str, Any]:
        """Return an object that has a list under the key `entries`."""
        document = self._document()
        if not isinstance(document, dict) or not isinstance(document.get(entries), list):
            raise ValueError(f"{self.address}: an object with a list of {entries} is needed")
        return document

    def read_list(self) -> list[Any]:
        """Return a list."""
        document = self._document()
        if not isinstance(document, list):
            raise ValueError(f"{self.address}: a list is needed")
        return document

    @property
    def is_recorded(self) -> bool:
        """Tell whether this is a recording beside the code; reads it."""
        return not self.address.startswith(WEB) and is_sample(self._document())

    def _document(self) -> Any:
        try:
            return json.loads(self._bytes())
        except ValueError as error:
            raise ValueError(f"{self.address}: no JSON: {error}") from error

    def _bytes(self) -> bytes:
        if not self.address.startswith(WEB):
            return (self.folder / self.address).read_bytes()
        with urlopen(self.address, timeout=PATIENCE_SECONDS) as answer:
            content: bytes = answer.read()
            return content


def is_sample(document: Mapping[str, Any]) -> bool:
    """Tell whether an object of a feed is a recording, as its key `sample` says."""
    return "sample" in document
