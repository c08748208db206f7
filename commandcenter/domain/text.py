"""Names in the two languages a screen speaks."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Text:
    """A name in Chinese and in English; English falls back to Chinese."""

    zh: str
    en: str = ""

    def in_language(self, language: str) -> str:
        """Return the name for `zh` or `en`."""
        return (self.en or self.zh) if language == "en" else self.zh
