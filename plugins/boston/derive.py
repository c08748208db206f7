"""Makes matters.csv and units.csv from the requests: `python -m plugins.boston.derive`."""

import csv
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from statistics import median

from commandcenter.api import Millis

from .calendar import ZONE
from .folder import DATA, slug
from .records import Request, read_requests

MATTERS = ("code", "type", "subject", "reason", "department", "unit", "limit_hours", "requests")
UNITS = ("code", "queue", "department", "requests")


def matter_rows(requests: Iterable[Request]) -> list[Sequence[object]]:
    """Return a row for each type, the most frequent first; no hours where none had a target."""
    by_type: defaultdict[str, list[Request]] = defaultdict(list)
    for request in requests:
        by_type[request.type].append(request)
    rows = [_matter_row(kind, found) for kind, found in by_type.items()]
    return sorted(rows, key=lambda row: (-int(str(row[-1])), str(row[0])))


def _matter_row(kind: str, found: list[Request]) -> Sequence[object]:
    subject, reason = _usual((r.subject, r.reason) for r in found)
    department, queue = _usual((r.department, r.queue) for r in found)
    spans = [hours_between(r.opened, r.due) for r in found if r.due is not None]
    hours = max(1, round(median(spans))) if spans else ""
    return slug(kind), kind, subject, reason, department, slug(queue), hours, len(found)


def hours_between(start: Millis, end: Millis) -> float:
    """Return the hours between two instants on the clock on the wall, summer time or not."""
    first, last = (datetime.fromtimestamp(at / 1000, ZONE) for at in (start, end))
    return (last.replace(tzinfo=None) - first.replace(tzinfo=None)).total_seconds() / 3600


def _usual(pairs: Iterable[tuple[str, str]]) -> tuple[str, str]:
    counted = Counter(pairs)
    return min(counted, key=lambda pair: (-counted[pair], pair))


def unit_rows(requests: Iterable[Request]) -> Sequence[Sequence[object]]:
    """Return a row for each queue, by its code."""
    counted = Counter((request.queue, request.department) for request in requests)
    return sorted((slug(queue), queue, owner, n) for (queue, owner), n in counted.items())


def main() -> None:
    """Write both tables into the data folder."""
    requests = read_requests()
    tables: list[tuple[str, Sequence[str], Sequence[Sequence[object]]]] = [
        ("matters.csv", MATTERS, matter_rows(requests)),
        ("units.csv", UNITS, unit_rows(requests)),
    ]
    for name, head, rows in tables:
        with (DATA / name).open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows([head, *rows])


if __name__ == "__main__":
    main()
