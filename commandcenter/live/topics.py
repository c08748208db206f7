"""Topics: what is rendered once for everyone who sees the same."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha1

Option = str | int


@dataclass(frozen=True)
class Topic:
    """One panel for one scope (a cell code), clearance, language and set of options."""

    panel: str
    scope: str
    clearance: int
    language: str
    options: tuple[tuple[str, Option], ...] = ()

    @classmethod
    def of(
        cls, panel: str, scope: str, clearance: int, language: str, options: Mapping[str, Option]
    ) -> "Topic":
        """Make a topic whose options are in a fixed order."""
        return cls(panel, scope, int(clearance), language, tuple(sorted(options.items())))

    @classmethod
    def parse(cls, key: str) -> "Topic":
        """Read a topic from its key."""
        panel, scope, clearance, language, rest = key.split("|", 4)
        pairs = (pair.partition("=") for pair in rest.split(",") if pair)
        options = {k: int(v) if v.lstrip("-").isdigit() else v for k, _, v in pairs}
        return cls.of(panel, scope, int(clearance), language, options)

    @cached_property
    def key(self) -> str:
        """The topic as one line, the same in every process."""
        rest = ",".join(f"{name}={value}" for name, value in self.options)
        return f"{self.panel}|{self.scope}|{self.clearance}|{self.language}|{rest}"

    @cached_property
    def id(self) -> str:
        """A short name for pages, which says nothing about the topic."""
        return sha1(self.key.encode(), usedforsecurity=False).hexdigest()[:12]
