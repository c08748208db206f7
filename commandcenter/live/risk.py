"""Grading: runs the rules over the counts and records what changed colour, and why."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from commandcenter.domain.clocks import DAY, HOUR, Millis
from commandcenter.domain.colours import Colour
from commandcenter.errors import PluginError
from commandcenter.host.guard import Guard, PluginFailed
from commandcenter.host.panel import ColourChange, RiskRule, View
from commandcenter.host.plugin import Registered
from commandcenter.live.colours import KEPT_DAYS, Colours
from commandcenter.store import colours as kept
from commandcenter.store.leases import Fence, unfenced
from commandcenter.store.store import Store

NO_REASON = "no rule holds any more"
LONGEST_REASON = 500


@dataclass(frozen=True)
class Grading:
    """Colours cells by rules; `view_of` gives the view of a scope (a cell code) for a plugin."""

    rules: Sequence[Registered[RiskRule]]
    guard: Guard
    colours: Colours
    store: Store
    view_of: Callable[[str, str], View]
    known: dict[tuple[int, str], NDArray[np.int8]] = field(default_factory=dict)
    """What each rule last said of each scope: it stands while the rule fails."""

    def run(self, now: Millis, fence: Fence = unfenced) -> NDArray[np.intp]:
        """Grade all cells; returns the positions that changed, their changes recorded.

        Raises LeaseLost, and changes nothing, if another worker grades by now.
        """
        graded, by_rule = self._grade()
        changed = self.colours.differences(graded)
        changes = [self._change(int(at), graded, by_rule, now) for at in changed]
        if changes:
            with self.store.write() as connection:
                fence(connection)
                kept.record(connection, changes)
        first = self.colours.now[0] == 0
        self.colours.set(graded, changes, now)
        return np.arange(len(graded)) if first else changed

    def forget(self, now: Millis, fence: Fence = unfenced) -> None:
        """Drop recorded changes that nothing shows any more."""
        with self.store.write() as connection:
            fence(connection)
            kept.forget_before(connection, now - KEPT_DAYS * DAY)

    def _grade(self) -> tuple[NDArray[np.int8], NDArray[np.int16]]:
        """Return the highest colour of each cell, and the index of the rule that gave it."""
        tree = self.colours.tree
        graded = np.full(len(tree), Colour.BLUE, np.int8)
        by_rule = np.full(len(tree), -1, np.int16)
        for index, rule in enumerate(self.rules):
            for scope in self._scopes(rule):
                view = self.view_of(scope, rule.plugin)
                levels = self._levels(index, scope, view)
                span = slice(view.first, view.last + 1)
                higher = levels > graded[span]
                graded[span][higher] = levels[higher]
                by_rule[span][higher] = index
        return graded, by_rule

    def _levels(self, index: int, scope: str, view: View) -> NDArray[np.int8]:
        rule = self.rules[index]
        try:
            levels = self.guard.call(rule.plugin, rule.item.key, self._checked, rule, view)
        except PluginFailed:
            # The guard has counted and logged it. A risk is not over because its rule is broken.
            return self.known.get((index, scope), np.zeros(view.last - view.first + 1, np.int8))
        self.known[index, scope] = levels
        return levels

    def _scopes(self, rule: Registered[RiskRule]) -> list[str]:
        tree = self.colours.tree
        if "*" in rule.districts:
            return [tree.cells[0].code]
        return [code for code in rule.districts if code in tree]

    def _checked(self, rule: Registered[RiskRule], view: View) -> NDArray[np.int8]:
        levels = np.asarray(rule.item.grade(view))
        cells = view.last - view.first + 1
        if levels.shape != (cells,) or levels.dtype.kind not in "iu":
            raise PluginError(
                f"rule {rule.item.key} of plugin {rule.plugin}: grade gave {levels.dtype} "
                f"{levels.shape}, wanted whole numbers ({cells},), one for each cell of the scope"
            )
        if levels.size and (levels.min() < 0 or levels.max() > Colour.RED):
            raise PluginError(
                f"rule {rule.item.key} of plugin {rule.plugin}: grade gave {levels.min()} to "
                f"{levels.max()}, wanted 0 or a Colour, {int(Colour.BLUE)} to {int(Colour.RED)}"
            )
        return levels.astype(np.int8)

    def _change(
        self, at: int, graded: NDArray[np.int8], by_rule: NDArray[np.int16], now: Millis
    ) -> ColourChange:
        cell = self.colours.tree.cells[at]
        before = Colour(int(self.colours.now[at]) or Colour.BLUE)
        after, index = Colour(int(graded[at])), int(by_rule[at])
        owner = cell.chief.name if cell.chief else ""
        if index < 0:
            return ColourChange(at, now, before, after, "", NO_REASON, owner, now + DAY)
        rule = self.rules[index]
        check = now + round(rule.item.check_hours * HOUR)
        words = self._words(rule, at)
        return ColourChange(at, now, before, after, rule.item.key, words, owner, check)

    def _words(self, rule: Registered[RiskRule], at: int) -> str:
        scope = next(
            (s for s in self._scopes(rule) if self._holds(s, at)), self.colours.tree.cells[0].code
        )
        view = self.view_of(scope, rule.plugin)
        try:
            return self.guard.call(rule.plugin, rule.item.key, self._explained, rule, view, at)
        except PluginFailed as failed:
            return _storable(str(failed))

    def _explained(self, rule: Registered[RiskRule], view: View, at: int) -> str:
        words: object = rule.item.explain(view, at)
        if not isinstance(words, str):
            raise PluginError(
                f"rule {rule.item.key} of plugin {rule.plugin}: explain gave "
                f"{type(words).__name__}, wanted words"
            )
        return _storable(words)

    def _holds(self, scope: str, at: int) -> bool:
        first, last = self.colours.tree.range_of(scope)
        return first <= at <= last


def _storable(words: str) -> str:
    """Return words that both databases take; a rule's may be of any kind and length."""
    plain = words.encode(errors="replace").decode().replace("\x00", "\ufffd")
    return plain[:LONGEST_REASON]
