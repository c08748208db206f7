"""Its sample comes by a channel that is none."""

import json
from collections.abc import Iterator
from pathlib import Path

from commandcenter.api import Report, Source, SourceContext, Text, hookimpl

SAMPLE = Path(__file__).with_name("sample.json")


def run(context: SourceContext) -> Iterator[list[Report]]:
    entries = json.loads(SAMPLE.read_text())
    yield [Report(source="sample_channel.feed", **entry) for entry in entries]


@hookimpl
def register_sources() -> list[Source]:
    return [Source("sample_channel.feed", Text("来源", "Source"), run)]
