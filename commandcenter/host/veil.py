"""The veil over a plugin's secrets in whatever is said of it: an error's words may hold one."""

from dataclasses import dataclass

from commandcenter.domain.masking import mask
from commandcenter.host.plugin import Plugin

COVER = "***"
SHORTEST = 4
"""Shorter secrets would blot out words that merely look like them."""


@dataclass(frozen=True)
class Veil:
    """Covers the values of secret settings wherever they stand in words, and what is personal."""

    secrets: tuple[str, ...] = ()

    @classmethod
    def of(cls, plugin: Plugin) -> "Veil":
        """Return the veil of a plugin with its settings as they are now."""
        declared = plugin.manifest.settings
        values = (str(plugin.settings.get(key, "")) for key, s in declared.items() if s.is_secret)
        # The longest first: one secret may begin another.
        return cls(tuple(sorted({v for v in values if len(v) >= SHORTEST}, key=len, reverse=True)))

    def __call__(self, words: str) -> str:
        """Return the words with every secret covered, and whoever they speak of."""
        for secret in self.secrets:
            words = words.replace(secret, COVER)
        return mask(words)
