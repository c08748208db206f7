"""Grading: runs the rules over the counts and records what changed colour, and why."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from commandcenter.domain.clocks import DAY, HOUR, Millis
from commandcenter.domain.colours import Colour
from commandcenter.domain.masking import mask
from commandcenter.errors import PluginError
from commandcenter.host.guard import Guard, PluginFailed
from commandcenter.host.panel import ColourChange, RiskRule, View
from commandcenter.host.plugin import Registered
from commandcenter.live.colours import KEPT_DAYS, Colours
from commandcenter.live.grade_calls import Levels, checked_levels
from commandcenter.live.outside import Outside
from commandcenter.sandbox.declared import Elsewhere
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
    outside: Outside | None = None
    """Where the rules of isolated plugins are asked; None where there are none."""
    known: dict[tuple[str, str], Levels] = field(default_factory=dict)
    """What each rule (by key) last said of each scope: it stands while it fails or is asked."""
    said: dict[tuple[str, str], dict[int, str]] = field(default_factory=dict)
    """Why, by position, as far as an isolated plugin has told."""

    def run(self, now: Millis, fence: Fence = unfenced) -> NDArray[np.intp]:
        """Grade all cells; returns the positions that changed, their changes recorded.

        Raises LeaseLost, and changes nothing, if another worker grades by now.
        """
        self._take_outside()
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
                levels = self._levels(rule, scope, view)
                span = slice(view.first, view.last + 1)
                higher = levels > graded[span]
                graded[span][higher] = levels[higher]
                by_rule[span][higher] = index
        return graded, by_rule

    def _take_outside(self) -> None:
        for found in self.outside.graded() if self.outside else ():
            if found.levels is not None:
                self.known[found.key] = found.levels
                self.said.setdefault(found.key, {}).update(found.words)

    def _levels(self, rule: Registered[RiskRule], scope: str, view: View) -> Levels:
        if self.outside is not None and isinstance(rule.item.grade, Elsewhere):
            last = self._last(rule.item.key, scope, view)
            self.outside.grade((rule.item.key, scope), rule, last)
            return last
        try:
            levels = self.guard.call(rule.plugin, rule.item.key, self._checked, rule, view)
        except PluginFailed:
            # The guard has counted and logged it. A risk is not over because its rule is broken.
            return self._last(rule.item.key, scope, view)
        self.known[rule.item.key, scope] = levels
        return levels

    def _last(self, key: str, scope: str, view: View) -> Levels:
        """Return what a rule said last, in an earlier process too: a start is no relief."""
        known = self.known.get((key, scope))
        if known is not None:
            return known
        levels = np.zeros(view.last - view.first + 1, np.int8)
        for at, reason in self.colours.reasons.items():
            if view.first <= at <= view.last and reason.rule == key:
                levels[at - view.first] = reason.after
        return levels

    def _scopes(self, rule: Registered[RiskRule]) -> list[str]:
        tree = self.colours.tree
        if "*" in rule.districts:
            return [tree.cells[0].code]
        return [code for code in rule.districts if code in tree]

    def _checked(self, rule: Registered[RiskRule], view: View) -> Levels:
        return checked_levels(rule, rule.item.grade(view), view.last - view.first + 1)

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
        words = self._words(index, at)
        return ColourChange(at, now, before, after, rule.item.key, words, owner, check)

    def _words(self, index: int, at: int) -> str:
        rule = self.rules[index]
        scope = next(
            (s for s in self._scopes(rule) if self._holds(s, at)), self.colours.tree.cells[0].code
        )
        if self.outside is not None and isinstance(rule.item.explain, Elsewhere):
            return _storable(self.said.get((rule.item.key, scope), {}).get(at, rule.item.title.zh))
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
    """Return words that both databases take and everybody may read, whatever a rule says."""
    plain = words.encode(errors="replace").decode().replace("\x00", "\ufffd")
    return mask(plain[:LONGEST_REASON])
