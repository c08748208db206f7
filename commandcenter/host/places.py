"""What a place is called within what a panel shows: names repeat, so one alone says too little."""

from commandcenter.host.panel import View

LEVELS_NAMED = 2


def place_of(view: View, position: int, own: bool = False) -> str:
    """Return the names of the two levels under the scope that hold a cell, as district and street.

    With `own` the cell's own name follows when it lies deeper. The scope itself is called by its
    own name.
    """
    top = view.scope.depth
    line = [at for at in view.tree.ancestors(position) if int(view.tree.depth[at]) > top]
    named = line[:LEVELS_NAMED] + (line[-1:] if own and len(line) > LEVELS_NAMED else [])
    return " ".join(view.tree.cells[at].name for at in named or [position])
