"""How each remote panel stands: never pushed, live, late, stale, or refused last time."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from commandcenter.domain.cells import Tree
from commandcenter.domain.clocks import Millis
from commandcenter.host.catalogue import PanelSpec
from commandcenter.store.remote import Place, Pushed

State = Literal["never", "live", "late", "stale", "refused"]
LATE, STALE = 1.5, 3.0
"""Intervals after which a tile says so, as assets/kit-tile.js does."""
WORST_FIRST: Mapping[State, int] = {"refused": 0, "stale": 1, "never": 2, "late": 3, "live": 4}


@dataclass(frozen=True, slots=True)
class Push:
    """A remote panel at a cell (a code, empty while nothing was ever put); `age` is in seconds."""

    panel: PanelSpec
    cell: str
    state: State
    at: Millis | None = None
    age: float | None = None
    reason: str = ""

    @property
    def is_bad(self) -> bool:
        """Whether somebody should look after it."""
        return self.state in ("refused", "stale")


def pushes(
    panels: Iterable[PanelSpec], known: Mapping[Place, Pushed], tree: Tree, now: Millis
) -> list[Push]:
    """Return how all of `panels` stand at the real instant `now`, the worst first."""
    found: list[Push] = []
    for panel in panels:
        here = [
            _push(panel, tree.cells[place.cell].code, pushed, now)
            for place, pushed in known.items()
            if place.panel == panel.key and place.cell < len(tree)
        ]
        found += here or [Push(panel, "", "never")]
    return sorted(found, key=lambda one: (WORST_FIRST[one.state], one.panel.key, one.cell))


def _push(panel: PanelSpec, cell: str, pushed: Pushed, now: Millis) -> Push:
    age = None if pushed.at is None else max(0, now - pushed.at) / 1000
    return Push(panel, cell, _state(panel, pushed, age), pushed.at, age, pushed.refusal)


def _state(panel: PanelSpec, pushed: Pushed, age: float | None) -> State:
    if pushed.refusal:
        return "refused"
    if age is None:
        return "never"
    if age > STALE * panel.interval:
        return "stale"
    return "late" if age > LATE * panel.interval else "live"
