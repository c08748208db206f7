"""Writes what each class of matters asks for into docs/matters.md: see `page`."""

import csv
from collections import Counter
from pathlib import Path

PAGE = Path(__file__).with_name("matters.md")
TABLE = PAGE.parents[1] / "plugins" / "zhengzhou" / "data" / "matters.csv"
BEGIN, END = "<!-- evidence -->", "<!-- /evidence -->"
PROOFS = ("无", "文字", "照片")


def lines() -> str:
    """Return how many matters of each class ask for what."""
    with TABLE.open(encoding="utf-8-sig", newline="") as table:
        rows = list(csv.DictReader(table))
    found = Counter((row["大类"], row["小类"], row["佐证"] or "无") for row in rows)
    classes = dict.fromkeys((row["大类"], row["小类"]) for row in rows)
    head = f"| 大类 | 小类 | {' | '.join(PROOFS)} |\n|---|---|{'---:|' * len(PROOFS)}"
    counted = [
        f"| {group} | {kind} | {' | '.join(str(found[group, kind, p] or '') for p in PROOFS)} |"
        for group, kind in classes
    ]
    return "\n".join((head, *counted))


def page(words: str) -> str:
    """Return the page with the lines in their place."""
    before, _, rest = words.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{lines()}\n{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text("utf-8")), "utf-8")
