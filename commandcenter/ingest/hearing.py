"""Takes in what sources say of whistles and directives; what cannot be is refused with a reason.

A whistle's word is a transaction of its own, since they are few; what cells say of one directive is
one for the whole list.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from commandcenter.cases import audit, directives, filing, source_entries, whistles
from commandcenter.domain.clocks import Millis
from commandcenter.domain.directives import Acknowledgement, Order
from commandcenter.domain.directives import Act as DirectiveAct
from commandcenter.domain.viewers import Viewer
from commandcenter.domain.whistles import Act as WhistleAct
from commandcenter.domain.whistles import Ground, Summons
from commandcenter.errors import Forbidden, IllegalMove, Invalid, NotFound
from commandcenter.host.told import CallUpdate, CellUpdate, Directive, Told, Whistle
from commandcenter.ingest.bounds import Bounds
from commandcenter.store.leases import Fence
from commandcenter.store.store import Connection, Store

REFUSALS = (Forbidden, IllegalMove, Invalid, NotFound)
NOWHERE = -1


@dataclass(frozen=True)
class Hearing:
    """Where whistles and directives are given, and from where a source may speak (None: anywhere).
    """

    store: Store
    ground: Ground
    bounds: Bounds | None = None

    def take(
        self, viewer: Viewer, told: Sequence[Told], now: Millis, fence: Fence
    ) -> list[str]:
        """Carry out what a source says, in its order; returns why something was refused.

        Saying it again changes nothing: a whistle and a directive are known by the source's name
        for them, and acts that were given are refused or without effect.
        """
        refused: list[str] = []
        for _, group in groupby(told, key=_together):
            items = list(group)
            try:
                with self.store.write() as connection:
                    fence(connection)
                    refused += self._heard(connection, viewer, items)
                    entries = source_entries.of_words(self.ground.tree, viewer, _said(items))
                    audit.append(connection, entries, now)
            except REFUSALS as error:
                refused.append(f"{items[0].external_id}: {error}")
        return refused

    def _heard(self, connection: Connection, viewer: Viewer, items: list[Told]) -> list[str]:
        match items[0]:
            case Whistle() as whistle:
                self._blow(connection, viewer, whistle)
            case CallUpdate() as call:
                self._call(connection, viewer, call)
            case Directive() as directive:
                self._issue(connection, viewer, directive)
            case CellUpdate(act=DirectiveAct.RECALL) as recall:
                number = _known(directives.find(connection, viewer, [recall.external_id]), recall)
                given = directives.Recall(number, recall.note)
                directives.recall(connection, viewer, self.ground, given, recall.at)
            case _:
                return self._cells(connection, viewer, items)
        return []

    def _blow(self, connection: Connection, viewer: Viewer, said: Whistle) -> None:
        case_id = None
        if said.case is not None:
            name = (said.source, said.case)
            case_id = filing.find_ids(connection, {name}).get(name)
            if case_id is None:
                raise NotFound(f"case {said.case} is not known")
        given = Summons(
            self._position(said.cell), said.title, said.units, said.due, said.depth, said.reason,
            said.place, case_id=case_id, key=said.external_id,
        )  # fmt: skip
        whistles.blow(connection, viewer, self.ground, given, said.at)

    def _call(self, connection: Connection, viewer: Viewer, said: CallUpdate) -> None:
        number = _known(whistles.find(connection, viewer, [said.external_id]), said)
        told = whistles.Told(number, WhistleAct(said.act), said.unit, said.note, said.rating)
        whistles.act(connection, viewer, self.ground, told, said.at)

    def _issue(self, connection: Connection, viewer: Viewer, said: Directive) -> None:
        order = Order(
            self._position(said.cell), said.depth_to, said.title, said.body, said.deadline,
            said.external_id,
        )  # fmt: skip
        directives.issue(connection, viewer, self.ground, order, said.at)

    def _cells(self, connection: Connection, viewer: Viewer, items: list[Told]) -> list[str]:
        key = items[0].external_id
        number = _known(directives.find(connection, viewer, [key]), items[0])
        said = [item for item in items if isinstance(item, CellUpdate)]
        given = [
            Acknowledgement(self._position(item.cell), DirectiveAct(item.act), item.note, item.at)
            for item in said
        ]
        at = max(item.at for item in said)
        taken = directives.acknowledge(connection, viewer, number, given, at)
        if not taken.unknown:
            return []
        return [f"{key}: {len(taken.unknown)} cells that the directive does not ask"]

    def _position(self, code: str) -> int:
        at = self.ground.tree.position.get(code, NOWHERE)
        return at if self.bounds is None or self.bounds.hold(at) else NOWHERE


def _together(told: Told) -> object:
    """Return what is taken together: what cells say of one directive, and else each by itself."""
    if isinstance(told, CellUpdate) and told.act != DirectiveAct.RECALL:
        return told.external_id
    return object()


def _said(items: Sequence[Told]) -> dict[str, object]:
    """Return what the audit log says of words that were taken together."""
    acts = sorted({str(getattr(item, "act", "begin")) for item in items})
    of = {CallUpdate: "whistle", Whistle: "whistle"}.get(type(items[0]), "directive")
    return {of: items[0].external_id, "acts": acts, "items": len(items)}


def _known(found: dict[str, int], said: Told) -> int:
    if said.external_id not in found:
        raise NotFound("is not known")
    return found[said.external_id]
