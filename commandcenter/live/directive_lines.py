"""How far a live directive is in a scope, as a line of a board."""

from commandcenter.domain.clocks import Millis
from commandcenter.domain.directives import DirectiveState
from commandcenter.host.coordination import DirectiveLine
from commandcenter.live.coordination import LiveDirective


def directive_line(directive: LiveDirective, first: int, last: int, now: Millis) -> DirectiveLine:
    """Return the line of a directive for the cells from `first` to `last`."""
    about, counts = directive.about, directive.total(first, last)
    total = sum(counts)
    return DirectiveLine(
        about.id, about.title, about.cell, about.depth_from, about.depth_to, about.issued_at,
        about.deadline, DirectiveState.OPEN.value, counts, total,
        total - counts.done if now > about.deadline else 0,
    )  # fmt: skip
