"""What operators have decided about plugins, as the host is given it: it knows no database."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from commandcenter.host.setting import Value


class Unreadable:
    """Stands for a secret that was sealed with another key than the server has now."""

    def __repr__(self) -> str:
        return "a secret that cannot be read"


Kept = Value | Unreadable


@dataclass(frozen=True)
class Decisions:
    """The settings that operators have given, by plugin and key, and the plugins they disabled."""

    settings: Mapping[str, Mapping[str, Kept]] = field(default_factory=dict, repr=False)
    disabled: frozenset[str] = frozenset()

    def of(self, plugin: str) -> Mapping[str, Kept]:
        """Return the settings that were given for a plugin."""
        return self.settings.get(plugin, {})


NOTHING = Decisions()
