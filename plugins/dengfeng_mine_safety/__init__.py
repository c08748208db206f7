"""Mine safety: hidden dangers, who puts them right, until when, and what is overdue."""

from collections.abc import Mapping, Sequence
from typing import Any

from commandcenter.api import Panel, Source, hookimpl

from .board import board_panel
from .deadlines import deadlines_panel
from .progress import progress_panel
from .source import ledger_source


@hookimpl
def register_sources(settings: Mapping[str, Any]) -> Sequence[Source]:
    """Give the ledger of hidden dangers."""
    return [ledger_source(settings)]


@hookimpl
def register_panels() -> Sequence[Panel]:
    """Give the rectification board, the deadlines ahead, and how far it has come."""
    return [board_panel(), deadlines_panel(), progress_panel()]
