"""Makes durations.csv from Boston's requests: `python -m plugins.simulated.derive`."""

import csv
from collections.abc import Iterable

import numpy as np

from commandcenter.api import DAY
from plugins.boston.records import Request, read_requests

from .durations import BANDS, LATEST, STEPS, TABLE, band_of


def durations(requests: Iterable[Request]) -> list[tuple[int, int, float, float]]:
    """Return band, percentage and the quantiles of duration / target, in time and late.

    Only requests with a target after their opening and a closing count. One that was closed as
    it was opened was recorded after the fact and tells nothing of how long it took; one that took
    more than `LATEST` targets was forgotten rather than handled.
    """
    told = np.array(
        [
            ((r.due - r.opened) / DAY, (r.closed - r.opened) / (r.due - r.opened))
            for r in requests
            if r.due is not None and r.closed is not None and r.due > r.opened < r.closed
        ]
    )
    bands, ratios = band_of(told[:, 0]), told[:, 1]
    shares = np.linspace(0, 1, STEPS)
    rows = []
    for band in range(len(BANDS)):
        here = ratios[bands == band]
        late_ones = here[(here > 1) & (here <= LATEST)]
        in_time, late = np.quantile(here[here <= 1], shares), np.quantile(late_ones, shares)
        rows += [
            (band, round(100 * share), round(float(a), 4), round(float(b), 4))
            for share, a, b in zip(shares, in_time, late, strict=True)
        ]
    return rows


def main() -> None:
    """Write the table into the data folder."""
    with TABLE.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("band", "percent", "in_time", "late"))
        writer.writerows(durations(read_requests()))


if __name__ == "__main__":
    main()
