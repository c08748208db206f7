"""The plugin's data folder and the small tables in it."""

import csv
import re
from pathlib import Path

DATA = Path(__file__).parent / "data"
ROOT = "boston"
"""The code of the city's own cell."""


def read_table(name: str) -> list[dict[str, str]]:
    """Return the rows of a CSV file in the data folder."""
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def plain(words: str) -> str:
    """Return words without the double and trailing spaces the data is full of."""
    return " ".join(words.split())


def slug(words: str) -> str:
    """Return words as a code: lower case, joined by hyphens, at most 64 characters."""
    return re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-")[:64].rstrip("-")
