"""Words: Chinese source strings and their translations, read from .po catalogues."""

import io
import logging
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from babel.messages.pofile import PoFileError, read_po

from commandcenter.errors import PluginError

log = logging.getLogger(__name__)
SOURCE = "zh"
"""The language of the source strings, which needs no catalogue."""


class Words:
    """Translates into one language: the first catalogue that has the words wins.

    What no catalogue has is shown in Chinese.
    """

    def __init__(self, language: str, catalogues: Sequence[Mapping[str, str]]) -> None:
        self.language = language
        self._words: dict[str, str] = {}
        for catalogue in reversed(catalogues):
            self._words.update(catalogue)

    @classmethod
    def load(cls, language: str, folders: Iterable[Path], strict: bool = False) -> "Words":
        """Read `<language>.po` from each folder that has one.

        One that cannot be read is left out and logged, so that a plugin's does not stop the city;
        with `strict` it raises PluginError.
        """
        if language == SOURCE:
            return cls(language, [])
        files = (folder / f"{language}.po" for folder in folders)
        read = read_catalogue if strict else readable_catalogue
        return cls(language, [read(file) for file in files if file.exists()])

    @property
    def table(self) -> Mapping[str, str]:
        """The translations by their Chinese words."""
        return self._words

    def __call__(self, words: str, **values: object) -> str:
        """Return `words` in the language, with {name} filled from `values`."""
        translated = self._words.get(words, words)
        if not values:
            return translated
        try:
            return translated.format(**values)
        except (KeyError, IndexError, ValueError, AttributeError):
            # A catalogue that names what is not there must not cost the tile.
            return words.format(**values)

    def __contains__(self, words: object) -> bool:
        return self.language == SOURCE or words in self._words


def readable_catalogue(file: Path) -> dict[str, str]:
    """Return the translations in a .po file, none where it cannot be read."""
    try:
        return read_catalogue(file)
    except PluginError as error:
        log.warning("its words are left out: %s", error)
        return {}


def read_catalogue(file: Path) -> dict[str, str]:
    """Return the translations in a .po file; what is fuzzy or empty is left out.

    Raises PluginError that names the file.
    """
    where = f"{file.parent.parent.name}/{file.parent.name}/{file.name}"
    try:
        catalogue = read_po(io.BytesIO(file.read_bytes()), abort_invalid=True)
    except (PoFileError, OSError, UnicodeDecodeError) as error:
        raise PluginError(f"{where}: cannot be read: {error}") from error
    return {
        message.id: message.string
        for message in catalogue
        if isinstance(message.id, str)
        and isinstance(message.string, str)
        and message.id
        and message.string
        and not message.fuzzy
    }
