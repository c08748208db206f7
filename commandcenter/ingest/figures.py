"""What intake and sources have to tell, as figures."""

from collections.abc import Iterator, Mapping

from commandcenter.domain.figures import Figure
from commandcenter.ingest.intake import Answered

ALWAYS = (("accepted", ""), ("duplicate", ""), ("rejected", "invalid"))
"""Told from the start, so that the first of a kind shows as a growth."""


def intake_figures(answered: Answered, way: str) -> Iterator[Figure]:
    """Yield how many items were answered how; `way` is http or source."""
    counts: Mapping[tuple[str, str], int] = {
        (status, code or ""): count for (status, code), count in dict(answered).items()
    }
    for status, code in dict.fromkeys((*ALWAYS, *counts)):
        labels = {"way": way, "answer": status, "code": code}
        yield Figure("commandcenter_intake_reports_total", counts.get((status, code), 0), labels)
