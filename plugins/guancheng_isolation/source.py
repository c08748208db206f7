"""The sites as a source of readings: beds and queues, no cases.

A feed is JSON: {"at": ISO 8601, "sites": [{"id", "name", "kind": "isolation" | "testing", "cell",
"lng", "lat", "capacity", "used", "tested"}]}; `capacity` is beds, or tests in an hour, `used` the
beds taken, or the people who wait, `tested` the tests of today. The sample has lists instead of
`used` and `tested`, one entry for every `every_minutes` of a day that is played again and again.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from commandcenter.api import (
    SECOND,
    Delivery,
    Feed,
    Millis,
    Reading,
    Source,
    SourceContext,
    Text,
)

KEY = "guancheng_isolation.sites"
DISTRICT = "410104"
FOLDER = Path(__file__).parent
TRAIL = 12
"""Half hours that a line shows."""


def sites_source(settings: Mapping[str, Any]) -> Source:
    """Return the source; it looks at the feed every `seconds`."""
    feed, seconds = Feed(settings["feed"], FOLDER), settings["seconds"]

    def run(context: SourceContext) -> Iterator[Sequence[Delivery]]:
        known: set[str] = set()
        while True:
            now = context.now()
            document = feed.read("sites")
            found = [reading(context, document, site, now) for site in document["sites"]]
            here = {one.key for one in found}
            # A site that was closed must leave the wall, too.
            yield [*found, *(Reading(key, now, None) for key in sorted(known - here))]
            known = here
            if not context.wait(now + seconds * SECOND):
                return

    title = Text("隔离点与检测点", "Isolation and testing sites")
    return Source(KEY, title, run, interval=seconds, simulated=feed.is_recorded)


def reading(
    context: SourceContext, document: Mapping[str, Any], site: Mapping[str, Any], now: Millis
) -> Reading:
    """Return what a site says as its panels need it."""
    if "sample" in document:
        at, numbers = _played(context, document, site, now)
    else:
        at = round(datetime.fromisoformat(document["at"]).timestamp() * 1000)
        numbers = {"used": site["used"], "tested": site.get("tested"), "trail": []}
    values = {
        "name": site["name"],
        "kind": site["kind"],
        "capacity": site["capacity"],
        "sample": "sample" in document,
        **numbers,
    }
    code = site.get("cell", "")
    place = code if code in context.tree else DISTRICT
    return Reading(site["id"], at, values, place, site.get("lng"), site.get("lat"))


def _played(
    context: SourceContext, document: Mapping[str, Any], site: Mapping[str, Any], now: Millis
) -> tuple[Millis, dict[str, Any]]:
    step = timedelta(minutes=document["every_minutes"])
    local = datetime.fromtimestamp(now / 1000, context.calendar.zone)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    slot = (local - midnight) // step
    used, tested = site["used"], site.get("tested")
    trail = [used[(slot - back) % len(used)] for back in range(TRAIL - 1, -1, -1)]
    at = round((midnight + slot * step).timestamp() * 1000)
    done = tested[slot % len(tested)] if tested else None
    return at, {"used": used[slot % len(used)], "tested": done, "trail": trail}
