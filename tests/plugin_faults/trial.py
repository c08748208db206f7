"""Plugins misbehave one after the other and all at once; what is said of it, and who suffers."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from time import monotonic, sleep

from commandcenter.live.ages import LATE_SECONDS
from tests.plugin_faults.folders import NEIGHBOUR, PROBE
from tests.plugin_faults.table import Misdeed
from tests.plugin_faults.town import Town

LOOK_SECONDS = 0.2
SETTLE_SECONDS = 1.0
FAILED, LIVE = "failed", "live"
WORST_P95_MS = 150.0
"""What the others may take from commit to client at p95 while plugins misbehave."""
WORSE = 1.10
"""And how much more than without them."""
HELD_UP_MS = 500 * LATE_SECONDS
"""From here on they were held up: who waits for a plugin waits for seconds."""
LONGEST_REASON = 200
ALL = "all at once"


@dataclass(frozen=True)
class Form:
    """How long a run takes: seconds of measuring before and during, of patience for changes.

    The short form measures but once how it is without trouble. Its few seconds on whatever machine
    tests run on are no measure of speed: there nothing of the others may have waited for a plugin.
    `limits` are settings of the server under which nobody need wait for a minute.
    """

    is_short: bool
    quiet: float
    trouble: float
    seen: float
    back: float
    limits: dict[str, object]


FULL = Form(
    False, 6.0, 8.0, 60.0, 150.0,
    {
        "plugin_source_seconds": 8, "plugin_describe_seconds": 10,
        "plugin_reports_per_second": 200, "plugin_reports_burst": 2000,
    },
)  # fmt: skip
SHORT = Form(
    True, 3.0, 5.0, 30.0, 70.0,
    {
        "plugin_source_seconds": 3, "plugin_describe_seconds": 5, "plugin_flooding_seconds": 2,
        "plugin_reports_per_second": 200, "plugin_reports_burst": 1000,
    },
)  # fmt: skip


@dataclass
class Row:
    """What came of one misdeed: milliseconds at p95 and seconds; nan for what was not reached."""

    name: str
    said: str = ""
    seen: float = math.nan
    back: float = math.nan
    quiet_ms: float = math.nan
    p95_ms: float = math.nan
    neighbour_ms: float = math.nan
    complaints: list[str] = field(default_factory=list)


class Trial:
    """A town on which one misdeed after another is done."""

    def __init__(self, town: Town, form: Form) -> None:
        self.town = town
        self.form = form
        self._quiet_ms = math.nan

    def run(self, name: str, misdeeds: Sequence[Misdeed]) -> Row:
        """Have plugins misbehave for a while, and see them well again."""
        row, town = Row(name), self.town
        if math.isnan(self._quiet_ms) or not self.form.is_short:
            self._quiet_ms = self._measured(self.form.quiet)[PROBE]
        row.quiet_ms = self._quiet_ms
        began = monotonic()
        start = town.meter.mark()
        town.folders.begin(misdeeds)
        try:
            row.seen = self._until_seen(row, misdeeds, began)
            sleep(max(0.0, began + self.form.trouble - monotonic()))
            found = self._between(start, town.meter.mark())
            row.p95_ms, row.neighbour_ms = found[PROBE], found[NEIGHBOUR]
            self._judge_others(row, misdeeds)
        finally:
            town.folders.mend(misdeeds)
        row.back = self._until_well(row, misdeeds)
        row.complaints += town.losses() + town.meter.complaints
        return row

    def _until_seen(self, row: Row, misdeeds: Sequence[Misdeed], began: float) -> float:
        """Wait until each misdeed is shown with its reason; returns the seconds it took."""
        missing = {misdeed.name: misdeed for misdeed in misdeeds if misdeed.reason}
        while missing and monotonic() < began + self.form.seen:
            sleep(LOOK_SECONDS)
            for name, (state, words) in self._said(list(missing.values())).items():
                if state == FAILED and re.search(missing[name].reason, words):
                    row.said = row.said or words
                    if len(words) > LONGEST_REASON:
                        row.complaints.append(f"{name}: {len(words)} letters are no short reason")
                    del missing[name]
        told = self._said(list(missing.values()))
        row.complaints += [f"{name}: shown as {told[name]}, not as failed" for name in missing]
        return math.nan if missing else monotonic() - began

    def _until_well(self, row: Row, misdeeds: Sequence[Misdeed]) -> float:
        """Wait until everybody is well again; returns the seconds it took."""
        began = monotonic()
        while not (well := self._are_well(misdeeds)) and monotonic() < began + self.form.back:
            sleep(LOOK_SECONDS)
        if well:
            return monotonic() - began
        said = self._said(misdeeds) | {
            f"tile of {misdeed.name}": self.town.wall.tiles()[misdeed.plugin]
            for misdeed in misdeeds
        }
        row.complaints += [f"{n} did not come back: {s}" for n, s in said.items() if s[0] == FAILED]
        return math.nan

    def _are_well(self, misdeeds: Sequence[Misdeed]) -> bool:
        tiles = self.town.wall.tiles()
        return all(tiles[misdeed.plugin][0] == LIVE for misdeed in misdeeds) and not any(
            state == FAILED for state, _ in self._said(misdeeds).values()
        )

    def _said(self, misdeeds: Sequence[Misdeed]) -> dict[str, tuple[str, str]]:
        """Return by misdeed whether it is shown as failed, and in what words.

        A source that has failed and waits for its next try is stopped: it says why, too.
        """
        tiles = self.town.wall.tiles()
        sources = self.town.sources() if any(m.is_source for m in misdeeds) else {}
        found = {}
        for misdeed in misdeeds:
            if misdeed.is_source:
                state, words = sources.get(misdeed.plugin, ("", ""))
                found[misdeed.name] = (FAILED if words else LIVE, words or state)
            else:
                found[misdeed.name] = tiles[misdeed.plugin]
        return found

    def _judge_others(self, row: Row, misdeeds: Sequence[Misdeed]) -> None:
        ours = {misdeed.plugin for misdeed in misdeeds if not misdeed.is_source}
        for slot, (state, words) in self.town.wall.tiles().items():
            if slot not in ours and state != LIVE:
                row.complaints.append(f"the tile {slot} of another plugin is {state}: {words}")
        # Where they were as slow without them, the machine is to blame.
        most = max(WORST_P95_MS, WORSE * row.quiet_ms)
        if not row.p95_ms < (HELD_UP_MS if self.form.is_short else most):
            row.complaints.append(
                f"others take {row.p95_ms:.0f} ms at p95, before it {row.quiet_ms:.0f} ms"
            )

    def _measured(self, seconds: float) -> dict[str, float]:
        first = self.town.meter.mark()
        sleep(seconds)
        return self._between(first, self.town.meter.mark())

    def _between(self, first: int, last: int) -> dict[str, float]:
        """Return the p95 of each wall; what was sent last is given time to arrive."""
        sleep(SETTLE_SECONDS)
        found = self.town.meter.between(first, last)
        return {
            name: float(each.get("p95_after_answer_ms", math.nan)) for name, each in found.items()
        }
