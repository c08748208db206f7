"""The recorded sample goes through the source: valid reports that lie in the plugin's districts."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from commandcenter.host.plugin import EVERYWHERE
from commandcenter.host.readings import Reading
from commandcenter.host.reports import Delivery, Filing, Report
from commandcenter.host.source import Source
from commandcenter.testing.conformance.findings import Finding
from commandcenter.testing.conformance.telling import Teller
from commandcenter.testing.context import FakeContext
from commandcenter.testing.ready import ReadyCity

SAMPLE = "sample.json"
FEED = "feed"
"""The setting that names a source's feed: the check gives it the sample."""
MOST_BATCHES, MOST_ITEMS = 40, 5000
SECONDS = 20.0
TOLD = 3
"""So many refusals are told."""


@dataclass(frozen=True)
class SourceCheck:
    """Tries one source in the real `city` where that is built, else in the small one."""

    source: Source
    city: ReadyCity
    small: ReadyCity
    is_real: bool
    teller: Teller

    @cached_property
    def has_sample(self) -> bool:
        """Whether a recorded feed lies beside the code."""
        return (self.teller.folder / SAMPLE).exists()

    def run(self) -> list[Reading]:
        """Try it; tells what is wrong and returns the readings, with the codes of their cells."""
        if not self.has_sample and self.city.manifest and self.city.manifest.core:
            return []
        if not self.has_sample:
            self.teller.tell(
                Finding("sample", "note", f"{self.source.key} has no recorded feed, and was not "
                        "tried", SAMPLE, f"record one as {SAMPLE}, and read it where the setting "
                        f"{FEED} says so")
            )  # fmt: skip
            return []
        delivered = self.teller.attempt("sample", self.source.key, SECONDS, self._delivered)
        if delivered is None:
            return []
        if not delivered:
            mend = "record a feed with something in it"
            self.teller.wrong("sample", f"{self.source.key} delivers nothing of it", SAMPLE, mend)
        refused = [line for line in self.city.refusals(delivered) if not self._is_unsure(line)]
        for line in refused[:TOLD]:
            mend = "what the server refuses lies in the dead letters and is never counted"
            self.teller.wrong("sample", f"{self.source.key}: {line}", SAMPLE, mend)
        self._look_at_names(delivered)
        self._tell(delivered, bool(refused))
        return self._readings(delivered)

    def _delivered(self) -> list[Delivery]:
        context = FakeContext(self.city, waits=MOST_BATCHES)
        found: list[Delivery] = []
        for number, batch in enumerate(context.batches(self.source), start=1):
            found += batch
            if number == MOST_BATCHES or len(found) >= MOST_ITEMS:
                break
        return found

    def _is_unsure(self, line: str) -> bool:
        """Tell whether a place can be judged only in the real city, which is not built here."""
        return not self.is_real and EVERYWHERE not in self.city.districts and "lies outside" in line

    def _look_at_names(self, delivered: Sequence[Delivery]) -> None:
        names = Counter(_external(item) for item in delivered if not isinstance(item, Reading))
        repeated = [name for name, times in names.items() if name and times > 1]
        if repeated:
            self.teller.tell(
                Finding("sample", "note", f"{self.source.key} sends {repeated[0]} more than once",
                        SAMPLE, "the server knows it by its external_id and counts it once")
            )  # fmt: skip

    def _tell(self, delivered: Sequence[Delivery], has_faults: bool) -> None:
        unsure = any(self._is_unsure(line) for line in self.city.refusals(delivered))
        if unsure:
            self.teller.tell(
                Finding("sample", "note", f"{self.source.key}: its places were not compared with "
                        "the real city, which is not built here", SAMPLE,
                        "`commandcenter city` builds it once")
            )  # fmt: skip
        if delivered and not has_faults:
            readings = sum(isinstance(item, Reading) for item in delivered)
            words = f"{self.source.key}: {len(delivered) - readings} reports"
            words += f", {readings} readings" if readings else ""
            self.teller.tell(Finding("sample", "ok", words, SAMPLE))

    def _readings(self, delivered: Sequence[Delivery]) -> list[Reading]:
        last = {item.key: item for item in delivered if isinstance(item, Reading)}
        home = self.small.home.code
        return [
            replace(reading, cell=reading.cell if reading.cell in self.small.tree else home)
            for reading in last.values()
            if reading.values is not None
        ]


def _external(item: Delivery) -> str:
    report = item.report if isinstance(item, Filing) else item
    return report.external_id if isinstance(report, Report) else ""
