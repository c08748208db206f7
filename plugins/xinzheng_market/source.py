"""The complaints as a source: a reading and a case for each, with the steps the stations tell."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from commandcenter.api import (
    SECOND,
    STEPS,
    Command,
    Delivery,
    Feed,
    Filing,
    Millis,
    Reading,
    Report,
    Source,
    SourceContext,
    Text,
    Update,
    is_sample,
)

from .complaints import FOLDER, Complaint, complaints

KEY = "xinzheng_market.complaints"
DISTRICT = "410184"
WEEK = "week"
"""The key of the reading with the totals of the last seven days."""
MATTERS = {"食品安全": "SJ0514", "餐饮卫生": "SJ0514"}
OTHER_MATTER = "SJ9905"
"""食品安全投诉 and 消费纠纷, where the city has them."""
Told = dict[str, int]
"""How many steps of each complaint were told."""


def complaints_source(settings: Mapping[str, Any]) -> Source:
    """Return the source; it looks at the list every `seconds`."""
    feed, seconds = Feed(settings["feed"], FOLDER), settings["seconds"]

    def run(context: SourceContext) -> Iterator[Sequence[Delivery]]:
        keys: set[str] = set()
        told, last = told_before(context), context.last_at()
        while True:
            now, document = context.now(), feed.read("complaints")
            found = list(complaints(document, now, context.calendar.zone))
            gone = [Reading(key, now, None) for key in sorted(keys - {c.key for c in found})]
            keys = {complaint.key for complaint in found}
            week = Reading(WEEK, now, {"totals": document.get("week", [])})
            yield [*(reading(context, c, is_sample(document)) for c in found), week, *gone]
            fresh = [c for c in found if c.key in told or not is_history(c, last)]
            yield list(news(context, fresh, told, settings["channel"]))
            if not context.wait(now + seconds * SECOND):
                return

    title = Text("市场监管投诉举报", "Complaints about shops")
    return Source(KEY, title, run, interval=seconds, simulated=feed.is_recorded)


def told_before(context: SourceContext) -> Told:
    """Return what was told before a restart of the complaints that are still open."""
    known = {state.value: at for at, state in enumerate(STEPS)}
    return {key: known.get(state, len(STEPS)) for key, state, *_ in context.open_cases()}


def is_history(complaint: Complaint, last: Millis | None) -> bool:
    """Tell whether a complaint had ended before this source said its last word."""
    return last is not None and complaint.closed is not None and complaint.closed <= last


def news(
    context: SourceContext, found: Sequence[Complaint], told: Told, channel: str
) -> Iterator[Delivery]:
    """Yield what is new of each complaint: first its case, then the steps it took since."""
    for complaint in found:
        steps = moves(complaint)
        if complaint.key not in told:
            yield Filing(report(context, complaint, channel), complaint.at)
        yield from steps[told.get(complaint.key, 0) :]
        told[complaint.key] = len(steps)


def moves(complaint: Complaint) -> list[Update]:
    """Return the steps that a complaint has taken, which unit it goes to is for the rules."""
    steps = [(Command.FILE, complaint.at), (Command.DISPATCH, complaint.at)]
    taken = complaint.taken or complaint.closed
    if taken is not None:
        steps.append((Command.TAKE_UP, taken))
    if complaint.closed is not None:
        ends = (Command.HANDLE, Command.VERIFY, Command.CLOSE)
        steps += [(command, complaint.closed) for command in ends]
    return [Update(KEY, complaint.key, command, at) for command, at in steps]


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
    """Return a complaint as a report."""
    entry = complaint.entry
    matter = MATTERS.get(entry["kind"], OTHER_MATTER)
    return Report(
        source=KEY,
        external_id=complaint.key,
        channel=channel if channel in context.channels else next(iter(context.channels)),
        title=f"{entry['kind']}：{entry['shop']} {entry['what']}"[:200],
        matter=matter if matter in context.matters else None,
        cell=place(context, entry),
        occurred_at=datetime.fromtimestamp(complaint.at / 1000, UTC),
    )


def place(context: SourceContext, entry: Mapping[str, Any]) -> str:
    """Return the town of a shop, the district where the city does not know the town."""
    code = entry.get("cell", "")
    return code if code in context.tree else DISTRICT
