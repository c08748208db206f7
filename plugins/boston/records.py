"""The requests as they stand in the data."""

import csv
import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from commandcenter.api import Millis, millis

from .calendar import ZONE
from .folder import DATA, plain

REQUESTS = DATA / "requests-2011h2.csv.gz"
TOTAL = 58_251


@dataclass(frozen=True, slots=True)
class Request:
    """One request; `due` and `closed` are None where the data gives none.

    `ward` is its number without zeros and without the word, as the data writes both
    "Ward 17" and "17".
    """

    id: str
    opened: Millis
    due: Millis | None
    closed: Millis | None
    title: str
    subject: str
    reason: str
    type: str
    queue: str
    department: str
    source: str
    address: str
    neighbourhood: str
    ward: str
    lng: float
    lat: float


def read_requests() -> list[Request]:
    """Return all requests, oldest first."""
    with gzip.open(REQUESTS, "rt", encoding="utf-8", newline="") as file:
        found = [_request(row) for row in _rows(file)]
    return sorted(found, key=lambda request: request.opened)


_COLUMNS = (
    "case_enquiry_id", "open_dt", "target_dt", "closed_dt", "case_title", "subject", "reason",
    "type", "queue", "department", "source", "location", "neighborhood", "ward", "longitude",
    "latitude",
)  # fmt: skip


def _rows(lines: Iterator[str]) -> Iterator[list[str]]:
    reader = csv.reader(lines)
    head = next(reader)
    places = [head.index(name) for name in _COLUMNS]
    for row in reader:
        yield [row[place] for place in places]


def _request(row: list[str]) -> Request:
    key, opened, due, closed, *words, lng, lat = row
    title, subject, reason, kind, queue, department, source, address, area, ward = map(plain, words)
    start, end = _instant(opened), _instant(closed)
    if end is not None:
        # An hour that comes twice in autumn must not close a request before it was opened.
        end = max(end, start or 0)
    return Request(
        key, start or 0, _instant(due), end, title or kind, subject, reason, kind, queue,
        department, source, address, area, ward_number(ward), float(lng), float(lat),
    )  # fmt: skip


def ward_number(ward: str) -> str:
    """Return "17" for "Ward 17" and "17", "3" for "03", and nothing for nothing."""
    return ward.removeprefix("Ward").strip().lstrip("0")


def _instant(text: str) -> Millis | None:
    if not text:
        return None
    return millis(datetime.fromisoformat(text).replace(tzinfo=ZONE))
