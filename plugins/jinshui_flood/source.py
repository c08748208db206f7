"""The sensors as a source: readings for the panels, and a report when a road is under water."""

from collections import defaultdict, deque
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
    Tone,
    is_sample,
)

from .feed import FOLDER, TRAIL, Measured, measured

KEY = "jinshui_flood.sensors"
DISTRICT = "410105"
MATTER = "SJ0502"
"""道路积水, where the city has it."""


def sensors_source(settings: Mapping[str, Any]) -> Source:
    """Return the source; it looks at the feed every `seconds`."""
    feed, seconds = Feed(settings["feed"], FOLDER), settings["seconds"]

    def run(context: SourceContext) -> Iterator[Sequence[Delivery]]:
        # A sensor whose last report is still open needs no second one.
        flooded = {external.partition("@")[0] for external, *_ in context.open_cases()}
        trails: defaultdict[str, deque[int]] = defaultdict(lambda: deque(maxlen=TRAIL))
        while True:
            document = feed.read("sensors")
            found = measured(document, context.now(), context.calendar.zone)
            for one in found:
                trails[one.sensor["id"]].append(one.level)
            yield [reading(context, one, trails, is_sample(document)) for one in found]
            fresh = [one for one in found if one.is_red and one.sensor["id"] not in flooded]
            yield [report(context, one, settings["channel"]) for one in fresh]
            flooded = {one.sensor["id"] for one in found if one.is_red}
            if not context.wait(context.now() + seconds * SECOND):
                return

    title = Text("积水传感器", "Water level sensors")
    return Source(KEY, title, run, interval=seconds, simulated=feed.is_recorded)


def reading(
    context: SourceContext, one: Measured, trails: Mapping[str, deque[int]], sample: bool
) -> Reading:
    """Return what a sensor says as its panels need it."""
    sensor = one.sensor
    values = {
        "name": sensor["name"],
        "level": one.level,
        "yellow": sensor["yellow_cm"],
        "red": sensor["red_cm"],
        "trail": list(one.trail or trails[sensor["id"]]),
        "sample": sample,
        "device": {"name": sensor["name"], "says": f"{one.level} cm", "tone": _tone(one)},
    }
    lng, lat = sensor.get("lng"), sensor.get("lat")
    return Reading(sensor["id"], one.at, values, place(context, sensor), lng, lat)


def report(context: SourceContext, one: Measured, channel: str) -> Report:
    """Return a road under water as a report; the same crossing is one case."""
    name, limit = one.sensor["name"], one.sensor["red_cm"]
    return Report(
        source=KEY,
        external_id=f"{one.sensor['id']}@{one.at // 60_000}",
        channel=channel if channel in context.channels else next(iter(context.channels)),
        title=f"道路积水：{name}",
        description=f"水位 {one.level} 厘米，超过红色警戒 {limit} 厘米",
        matter=MATTER if MATTER in context.matters else None,
        cell=place(context, one.sensor),
        occurred_at=datetime.fromtimestamp(one.at / 1000, UTC),
    )


def place(context: SourceContext, sensor: Mapping[str, Any]) -> str:
    """Return the street of a sensor, the district where the city does not know the street."""
    code = sensor.get("cell", "")
    return code if code in context.tree else DISTRICT


def _tone(one: Measured) -> Tone:
    if one.is_red:
        return "red"
    return "yellow" if one.level >= int(one.sensor["yellow_cm"]) else "blue"
