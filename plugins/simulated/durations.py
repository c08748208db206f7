"""How long cases take relative to their limit, by quantiles of what really happened in Boston."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .chance import Floats, Ints

TABLE = Path(__file__).parent / "data" / "durations.csv"
BANDS = (1.0, 3.0, 7.0, 30.0, float("inf"))
"""Groups of limits: each up to so many days."""
STEPS = 51
"""Quantiles of each group: 0 %, 2 % ... 100 %."""
LATEST = 3.0
"""The longest duration that is simulated, in limits; the data knows cases of a thousand."""


@dataclass(frozen=True)
class Durations:
    """Quantiles of duration / limit by band, of cases in time and of late ones."""

    in_time: Floats
    late: Floats

    @classmethod
    def read(cls, path: Path = TABLE) -> "Durations":
        """Read the table that ships with the plugin."""
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        columns: dict[str, list[Sequence[float]]] = {"in_time": [], "late": []}
        for band in range(len(BANDS)):
            of_band = [row for row in rows if row["band"] == str(band)]
            for name, found in columns.items():
                found.append([float(row[name]) for row in of_band])
        return cls(np.array(columns["in_time"]), np.array(columns["late"]))

    def ratios(self, band: Ints, late: NDArray[np.bool_], draw: Floats) -> Floats:
        """Return duration / limit for each case from its band, lateness and a draw in [0, 1)."""
        place = draw * (STEPS - 1)
        low = place.astype(np.int64)
        share = place - low
        table = np.where(late[:, None], self.late[band], self.in_time[band])
        rows = np.arange(len(band))
        return table[rows, low] * (1 - share) + table[rows, low + 1] * share


def band_of(days: Floats) -> Ints:
    """Return the band of limits in days."""
    return np.searchsorted(np.array(BANDS), days, side="left").astype(np.int64)
