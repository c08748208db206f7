"""A source that reports exposed waste at a steady beat, cell after cell."""

from collections.abc import Mapping, Sequence
from typing import Any

from commandcenter.api import Source, hookimpl

from .source import ticking


@hookimpl
def register_sources(settings: Mapping[str, Any]) -> Sequence[Source]:
    return [ticking(settings["every"])]
