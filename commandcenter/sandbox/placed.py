"""Why a plugin failed, in one line; for its authors with file and line."""

import traceback
from pathlib import Path

from commandcenter.host.guard import short_reason
from commandcenter.sandbox.spec import Spec

PLACES = "places"
"""Of what a process is told: whether reasons name file and line."""


def reason_of(error: BaseException, spec: Spec) -> str:
    """Return the reason, with the plugin's file and line before it where its author looks."""
    reason = short_reason(error)
    if not spec.more.get(PLACES):
        return reason
    folder = spec.candidate.folder
    frames = traceback.extract_tb(error.__traceback__)
    inside = [f for f in frames if Path(f.filename).is_relative_to(folder)]
    if not inside:
        return reason
    return f"{Path(inside[-1].filename).relative_to(folder)}:{inside[-1].lineno}: {reason}"
