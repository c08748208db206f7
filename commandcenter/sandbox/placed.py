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
    # The folder may be a link to where the code was imported from.
    folder = spec.candidate.folder.resolve()
    frames = traceback.extract_tb(error.__traceback__)
    places = [(Path(frame.filename).resolve(), frame.lineno) for frame in frames]
    inside = [(file, line) for file, line in places if file.is_relative_to(folder)]
    if not inside:
        return reason
    file, line = inside[-1]
    return f"{file.relative_to(folder)}:{line}: {reason}"
