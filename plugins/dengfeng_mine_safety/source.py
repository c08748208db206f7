"""The ledger as a source: a reading for each danger, and a case for each major one."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from commandcenter.api import (
    SECOND,
    Delivery,
    Feed,
    Reading,
    Report,
    Source,
    SourceContext,
    Text,
    is_sample,
)

from .ledger import FOLDER, Danger, dangers

KEY = "dengfeng_mine_safety.ledger"
DISTRICT = "410185"


def ledger_source(settings: Mapping[str, Any]) -> Source:
    """Return the source; it looks at the ledger every `seconds`."""
    feed, seconds = Feed(settings["feed"], FOLDER), settings["seconds"]

    def run(context: SourceContext) -> Iterator[Sequence[Delivery]]:
        known: set[str] = set()
        while True:
            now, document = context.now(), feed.read("dangers")
            found = list(dangers(document, now, context.calendar.zone))
            keys = {danger.key for danger in found}
            yield [reading(context, danger, is_sample(document)) for danger in found]
            yield [Reading(key, now, None) for key in sorted(known - keys)]
            # Intake knows what was reported before: the same number is the same case.
            major = (danger for danger in found if danger.entry["major"] and not danger.closed)
            yield [
                report(context, danger, settings["channel"])
                for danger in major
                if danger.key not in known
            ]
            known = keys
            if not context.wait(now + seconds * SECOND):
                return

    title = Text("矿山隐患台账", "Ledger of hidden dangers")
    return Source(KEY, title, run, interval=seconds, simulated=feed.is_recorded)


def reading(context: SourceContext, danger: Danger, sample: bool) -> Reading:
    """Return a danger as the panels need it."""
    entry = danger.entry
    values = {
        "mine": entry["mine"],
        "what": entry["what"],
        "major": entry["major"],
        "owner": entry["owner"],
        "due": danger.due,
        "submitted": danger.submitted,
        "closed": danger.closed,
        "sample": sample,
    }
    return Reading(danger.key, danger.found, values, place(context, entry))


def report(context: SourceContext, danger: Danger, channel: str) -> Report:
    """Return a major danger as a report."""
    entry = danger.entry
    return Report(
        source=KEY,
        external_id=danger.key,
        channel=channel if channel in context.channels else next(iter(context.channels)),
        title=f"重大安全隐患：{entry['mine']} {entry['what']}"[:200],
        description=f"责任单位：{entry['owner']}",
        cell=place(context, entry),
        occurred_at=datetime.fromtimestamp(danger.found / 1000, UTC),
    )


def place(context: SourceContext, entry: Mapping[str, Any]) -> str:
    """Return the town of a mine, the district where the city does not know the town."""
    code = entry.get("cell", "")
    return code if code in context.tree else DISTRICT
