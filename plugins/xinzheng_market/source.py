"""The complaints as a source: a reading and a case for each."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from commandcenter.api import SECOND, Delivery, Reading, Report, Source, SourceContext, Text

from .complaints import Complaint, complaints, read

KEY = "xinzheng_market.complaints"
DISTRICT = "410184"
WEEK = "week"
"""The key of the reading with the totals of the last seven days."""


def complaints_source(settings: Mapping[str, Any]) -> Source:
    """Return the source; it looks at the list every `seconds`."""
    feed, seconds = settings["feed"], settings["seconds"]

    def run(context: SourceContext) -> Iterator[Sequence[Delivery]]:
        known: set[str] = set()
        while True:
            now, document = context.now(), read(feed)
            found = list(complaints(document, now, context.calendar.zone))
            keys = {complaint.key for complaint in found}
            week = Reading(WEEK, now, {"totals": document.get("week", [])})
            gone = [Reading(key, now, None) for key in sorted(known - keys)]
            yield [*(reading(context, c, "sample" in document) for c in found), week, *gone]
            # Intake knows what was reported before: the same number is the same case.
            yield [report(context, c, settings["channel"]) for c in found if c.key not in known]
            known = keys
            if not context.wait(now + seconds * SECOND):
                return

    simulated = not feed.startswith(("http://", "https://")) and "sample" in read(feed)
    title = Text("市场监管投诉举报", "Complaints about shops")
    return Source(KEY, title, run, interval=seconds, simulated=simulated)


def reading(context: SourceContext, complaint: Complaint, sample: bool) -> Reading:
    """Return a complaint as the panels need it."""
    entry = complaint.entry
    values = {
        "shop": entry["shop"],
        "kind": entry["kind"],
        "what": entry["what"],
        "station": entry["station"],
        "taken": complaint.taken,
        "closed": complaint.closed,
        "sample": sample,
    }
    return Reading(complaint.key, complaint.at, values, place(context, entry))


def report(context: SourceContext, complaint: Complaint, channel: str) -> Report:
    """Return a complaint as a report; which unit it goes to is for the routing rules."""
    entry = complaint.entry
    return Report(
        source=KEY,
        external_id=complaint.key,
        channel=channel if channel in context.channels else next(iter(context.channels)),
        title=f"{entry['kind']}：{entry['shop']} {entry['what']}"[:200],
        cell=place(context, entry),
        occurred_at=datetime.fromtimestamp(complaint.at / 1000, UTC),
    )


def place(context: SourceContext, entry: Mapping[str, Any]) -> str:
    """Return the town of a shop, the district where the city does not know the town."""
    code = entry.get("cell", "")
    return code if code in context.tree else DISTRICT
