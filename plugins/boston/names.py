"""What the data's own words are called in Chinese and English."""

from dataclasses import dataclass

from commandcenter.api import Text

from .folder import read_table


@dataclass(frozen=True)
class Names:
    """Names by kind (type, reason, subject, department, queue, source) and the data's word."""

    texts: dict[tuple[str, str], Text]

    @classmethod
    def read(cls) -> "Names":
        """Read the table that ships with the plugin."""
        rows = read_table("names.csv")
        return cls({(r["kind"], r["key"]): Text(r["zh"], r["en"]) for r in rows})

    def text(self, kind: str, key: str) -> Text:
        """Return the name; a word that nobody has translated stands for itself."""
        return self.texts.get((kind, key)) or Text(key, key)

    def unit(self, queue: str, department: str) -> Text:
        """Return the name of a department's queue."""
        owner, work = self.text("department", department), self.text("queue", queue)
        return Text(f"{owner.zh}·{work.zh}", f"{owner.en}: {work.en}")
