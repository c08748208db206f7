"""Intake: the one door for sources and HTTP; every item gets an answer and nothing is dropped."""

import copy
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
import orjson
from numpy.typing import NDArray

from commandcenter.cases import audit, commands, dead_letters, filing, source_entries
from commandcenter.domain.cells import Tree
from commandcenter.domain.classification import Classified, Classifier, Said, Sign
from commandcenter.domain.clocks import Millis
from commandcenter.domain.desk import Desk
from commandcenter.domain.likeness import Likeness
from commandcenter.domain.matters import Channel, Matter
from commandcenter.domain.viewers import Viewer
from commandcenter.host.reports import Report, Update
from commandcenter.host.told import Told
from commandcenter.ingest.bounds import Bounds
from commandcenter.ingest.hearing import Hearing
from commandcenter.ingest.parsing import Item, Rejected, letter_of, parse_all
from commandcenter.store.leases import Fence, unfenced
from commandcenter.store.store import Connection, Store


class Places(Protocol):
    """Finds the cells of points."""

    def locate_many(self, points: NDArray[np.float64]) -> NDArray[np.int32]:
        """Return a position for each row (lng, lat), -1 outside the city."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What intake checks against: the city's tree, places, desk, channels and matters.

    With `likeness` it looks whether the same thing was reported before. `signs` are the rules that
    say which matter a report is about that names none.
    """

    tree: Tree
    places: Places
    desk: Desk
    channels: Mapping[str, Channel]
    matters: Mapping[str, Matter]
    likeness: Likeness | None = None
    signs: Sequence[Sign] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one item; `id` is the case's, the rest says why it was rejected."""

    status: Literal["accepted", "duplicate", "rejected"]
    id: int | None = None
    code: str | None = None
    field: str | None = None
    message: str | None = None


Answered = Counter[tuple[str, str | None]]
"""How many items were answered, by status and code."""


class Intake:
    """Checks, locates and files reports; `now` is the city's time.

    What it answers it counts in `answered`.
    """

    def __init__(
        self,
        store: Store,
        rules: Rules,
        now: Callable[[], Millis],
        answered: Answered | None = None,
    ) -> None:
        self._store = store
        self._rules = rules
        self._now = now
        self._classifier = Classifier(rules.matters.values(), rules.signs)
        self.answered: Answered = Counter() if answered is None else answered
        self._bounds: Bounds | None = None
        self._plugin = ""

    @property
    def classifier(self) -> Classifier:
        """What says which matter a report is about."""
        return self._classifier

    @property
    def rules(self) -> Rules:
        """What is checked against."""
        return self._rules

    @property
    def places(self) -> Places:
        """What finds the cells of points."""
        return self._rules.places

    def locate(self, lng: float, lat: float) -> int | None:
        """Return the position of the cell of a point, None outside the city."""
        found = int(self._rules.places.locate_many(np.array([[lng, lat]]))[0])
        return found if found >= 0 else None

    def within(self, bounds: Bounds | None, plugin: str = "") -> "Intake":
        """Return the same intake for who may report from some districts only.

        For a `plugin` that hands in reports by itself they must name it as their source.
        """
        bounded = copy.copy(self)
        bounded._bounds = bounds
        bounded._plugin = plugin
        return bounded

    def accept(
        self, viewer: Viewer, items: Sequence[Item], fence: Fence = unfenced
    ) -> list[Answer]:
        """Take in reports in one transaction; returns one answer for each, in order.

        What is rejected lies in the dead letters when this returns.
        """
        checked = self._check(viewer, items)
        fresh = [case for case in checked if isinstance(case, filing.NewCase)]
        with self._store.write() as connection:
            fence(connection)
            self._keep_rejected(connection, viewer, items, checked)
            rules = self._rules
            made = iter(filing.insert(connection, viewer, rules.desk, fresh, rules.likeness))
        answers = []
        for case in checked:
            if isinstance(case, Rejected):
                answers.append(Answer("rejected", None, case.code, case.field, case.message))
                continue
            case_id, is_new = next(made)
            answers.append(Answer("accepted" if is_new else "duplicate", case_id))
        self.answered.update((answer.status, answer.code) for answer in answers)
        return answers

    def advance(
        self, viewer: Viewer, updates: Sequence[Update], fence: Fence = unfenced
    ) -> list[commands.Outcome]:
        """Carry out what a source says of cases it reported; unknown cases are left out."""
        with self._store.write() as connection:
            fence(connection)
            keys = {(u.source, u.external_id) for u in updates}
            keys |= {(u.source, u.master) for u in updates if u.master is not None}
            ids = filing.find_ids(connection, keys)
            instructions = [
                _instruction(u, ids) for u in updates if (u.source, u.external_id) in ids
            ]
            rules = self._rules
            outcomes = commands.execute(
                connection, viewer, rules.desk, dict(rules.matters), instructions
            )
            told = source_entries.of_commands(rules.tree, viewer, outcomes)
            audit.append(connection, told, self._now())
        return outcomes

    def hear(self, viewer: Viewer, told: Sequence[Told], fence: Fence = unfenced) -> list[str]:
        """Carry out what a source says of whistles and directives; returns why some were refused.
        """
        hearing = Hearing(self._store, self._rules.desk.ground, self._bounds)
        return hearing.take(viewer, told, self._now(), fence)

    def refusals(self, viewer: Viewer, items: Sequence[Item]) -> list[Rejected | None]:
        """Return for each item why it would be rejected, None where nothing is; writes nothing."""
        checked = self._check(viewer, items)
        return [case if isinstance(case, Rejected) else None for case in checked]

    def resend(self, viewer: Viewer, limit: int = 1000) -> tuple[int, int]:
        """Send the waiting dead letters again; returns how many were accepted and how many not."""
        with self._store.read() as connection:
            letters = dead_letters.waiting(connection, limit)
        answers = self._try_again(viewer, letters)
        passed = [x.id for x, a in zip(letters, answers, strict=True) if a.status != "rejected"]
        with self._store.write() as connection:
            dead_letters.mark_resent(connection, passed, self._now())
        return len(passed), len(letters) - len(passed)

    def _try_again(
        self, viewer: Viewer, letters: Sequence[dead_letters.KeptLetter]
    ) -> list[Answer]:
        checked = self._check(viewer, [orjson.loads(kept.letter.payload) for kept in letters])
        fresh = [case for case in checked if isinstance(case, filing.NewCase)]
        with self._store.write() as connection:
            rules = self._rules
            made = iter(filing.insert(connection, viewer, rules.desk, fresh, rules.likeness))
        return [
            Answer("rejected") if isinstance(case, Rejected) else Answer("accepted", next(made)[0])
            for case in checked
        ]

    def _check(self, viewer: Viewer, items: Sequence[Item]) -> list[filing.NewCase | Rejected]:
        parsed = parse_all(items)
        points, now = self._positions(parsed), self._now()
        return [
            report if isinstance(report, Rejected)
            else self._new_case(viewer, report, (now if at is None else at, at is None), where)
            for (report, at), where in zip(parsed, points, strict=True)
        ]  # fmt: skip

    def _positions(
        self, parsed: Sequence[tuple[Report | Rejected, Millis | None]]
    ) -> list[int | None]:
        found: list[int | None] = [None] * len(parsed)
        by_point = []
        for index, (report, _) in enumerate(parsed):
            if isinstance(report, Rejected):
                continue
            if report.cell is not None:
                found[index] = self._rules.tree.position.get(report.cell, -1)
            elif report.lng is not None and report.lat is not None:
                by_point.append((index, report.lng, report.lat))
        if by_point:
            points = np.array([(lng, lat) for _, lng, lat in by_point])
            located = self._rules.places.locate_many(points)
            for (index, _, _), position in zip(by_point, located, strict=True):
                found[index] = int(position)
        return found

    def _new_case(
        self, viewer: Viewer, report: Report, came: tuple[Millis, bool], position: int | None
    ) -> filing.NewCase | Rejected:
        """Return a report with its place; `came` is when it was received, and whether by rule."""
        rules = self._rules
        if self._plugin and report.source.partition(".")[0] != self._plugin:
            named = f"{self._plugin} or {self._plugin}.<name>"
            return Rejected("foreign_source", "source", f"this key reports as {named}")
        if report.channel not in rules.channels:
            known = ", ".join(rules.channels)
            return Rejected("unknown_channel", "channel", f"is not a channel; known: {known}")
        if report.matter is not None and report.matter not in rules.matters:
            return Rejected("unknown_matter", "matter", "is not in the catalogue of matters")
        if position is None:
            return Rejected("no_place", "lng", "give lng and lat, or the code of a cell")
        where = "cell" if report.cell is not None else "lng"
        is_foreign = self._bounds is not None and position >= 0 and not self._bounds.hold(position)
        if is_foreign and self._bounds is not None and not self._plugin:
            return Rejected("outside_districts", where, self._bounds.fault)
        if is_foreign or position < 0 or not viewer.sees(position):
            # One answer for both: a key must not learn what lies outside its scope.
            return Rejected("outside", where, "lies outside the area this key reports for")
        found = self._classified(report, position)
        return filing.NewCase(report, position, found.matter, *came, found.note)

    def _classified(self, report: Report, position: int) -> Classified:
        if report.matter:
            return Classified(self._rules.matters[report.matter])
        said = Said(report.title, report.description, position, report.channel)
        return self._classifier.classify(said)

    def _keep_rejected(
        self,
        connection: Connection,
        viewer: Viewer,
        items: Sequence[Item],
        checked: Sequence[filing.NewCase | Rejected],
    ) -> None:
        letters = [
            letter_of(viewer, item, case)
            for item, case in zip(items, checked, strict=True)
            if isinstance(case, Rejected)
        ]
        dead_letters.keep(connection, letters, self._now())


def _instruction(update: Update, ids: Mapping[tuple[str, str], int]) -> commands.Instruction:
    """Return what an update wants done; a master that is not known is left out."""
    return commands.Instruction(
        ids[update.source, update.external_id],
        update.command,
        update.at,
        update.unit,
        update.due,
        update.note,
        units=update.units,
        lead=update.lead,
        matter=update.matter,
        master=ids.get((update.source, update.master or "")),
        rating=update.rating,
        evidence=update.evidence,
    )
