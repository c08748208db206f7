"""A file that is longer than one reads in one go says why in its first lines."""

from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
ROOMS = ("assets", "bench", "commandcenter", "docs", "plugins", "tests")
KINDS = {".py", ".js", ".css"}
MOST_LINES, FIRST_LINES = 300, 12


def sources() -> Iterator[Path]:
    for room in ROOMS:
        yield from (path for path in (ROOT / room).rglob("*") if path.suffix in KINDS)


def test_every_long_file_says_why():
    seen, silent = 0, []
    for path in sources():
        lines, seen = path.read_text("utf-8").splitlines(), seen + 1
        if len(lines) > MOST_LINES and "Long" not in "\n".join(lines[:FIRST_LINES]):
            silent.append(f"{path.relative_to(ROOT)}: {len(lines)} lines")
    assert seen > 0
    assert silent == []
