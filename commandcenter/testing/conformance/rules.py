"""Rules of risk: levels for exactly the cells of the view, reasons in words, the same each time."""

from dataclasses import dataclass, fields
from functools import partial
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from commandcenter.domain.colours import Colour
from commandcenter.errors import PluginError
from commandcenter.host.panel import RiskRule
from commandcenter.testing.conformance.bounds import Bounds
from commandcenter.testing.conformance.purity import MEND, Watch
from commandcenter.testing.conformance.samples import Sample, Samples
from commandcenter.testing.conformance.telling import Teller
from commandcenter.testing.scoped import assert_scoped
from commandcenter.testing.view import FakeView

LONGEST = 500
EXPLAINED = 5


class CountsView(FakeView):
    """A view as rules have it: asking for cases is an error."""

    @classmethod
    def of(cls, view: FakeView) -> "CountsView":
        """Return the same view for a rule."""
        return cls(**{field.name: getattr(view, field.name) for field in fields(view)})

    def newest(self, limit: int) -> NoReturn:
        """Refuse."""
        raise PluginError("a rule grades by counts alone: it asks for no cases")

    def most_overdue(self, limit: int) -> NoReturn:
        """Refuse."""
        raise PluginError("a rule grades by counts alone: it asks for no cases")


@dataclass(frozen=True)
class RuleCheck:
    """Tries one rule."""

    rule: RiskRule
    samples: Samples
    teller: Teller
    bounds: Bounds

    def run(self) -> bool:
        """Try it over all views; tells what is wrong, returns whether all was well."""
        well = True
        for sample in (*self.samples.usual(), *self.samples.hard(), self.bounds.huge):
            levels = self._levels(sample)
            if levels is None or not self._explains(sample, levels):
                return False
            self._keep(sample, levels)
            again = self._levels(sample)
            if again is None or not np.array_equal(levels, again):
                self._differs("when the same view is graded twice")
                return False
        return well and self._is_pure() and self._is_scoped()

    def only_render(self) -> None:
        """Tell what it grades, for another process to compare."""
        for sample in self.samples.usual():
            levels = self._levels(sample)
            if levels is None:
                return
            self._keep(sample, levels)

    @property
    def home(self) -> str:
        """Where its grade function begins."""
        return self.teller.home_of(self.rule.grade)

    def _keep(self, sample: Sample, levels: NDArray[np.int8]) -> None:
        if len(levels) <= len(self.samples.city.tree):
            parts = {"grade": "".join(map(str, levels.tolist()))}
            self.teller.say("values", key=self.rule.key, sample=sample.name, plain=False,
                            language="", scope=sample.view.scope.code, parts=parts)  # fmt: skip

    def _levels(self, sample: Sample) -> NDArray[np.int8] | None:
        view = CountsView.of(sample.view)
        what = f"{self.rule.key}, {sample.name}"

        def call() -> NDArray[np.int8]:
            return self._checked(np.asarray(self.rule.grade(view)), view)

        return self.teller.attempt("rules", what, self.bounds.grade_seconds, call, self.home)

    def _checked(self, levels: NDArray[np.int8], view: FakeView) -> NDArray[np.int8]:
        cells = view.last - view.first + 1
        if levels.shape != (cells,) or levels.dtype.kind not in "iu":
            raise PluginError(
                f"grade gave {levels.dtype} {levels.shape}, whole numbers ({cells},) are needed, "
                "one for each cell of the view"
            )
        if levels.size and (levels.min() < 0 or levels.max() > Colour.RED):
            raise PluginError(
                f"grade gave {levels.min()} to {levels.max()}, 0 or a Colour is needed, "
                f"{int(Colour.BLUE)} to {int(Colour.RED)}"
            )
        return levels.astype(np.int8)

    def _explains(self, sample: Sample, levels: NDArray[np.int8]) -> bool:
        view = CountsView.of(sample.view)
        for at in np.flatnonzero(levels)[:EXPLAINED].tolist():
            explain = partial(self._explained, view, view.first + at)
            said = self.teller.attempt(
                "rules", f"{self.rule.key}, explain", self.bounds.grade_seconds, explain
            )
            if said is None:
                return False
            (words,) = said
            if not isinstance(words, str) or not 0 < len(words) <= LONGEST:
                self.teller.wrong(
                    "rules", f"{self.rule.key}: explain gave {words!r:.60}, 1 to {LONGEST} "
                    "characters are needed", self.teller.home_of(self.rule.explain),
                    "say in words why the cell has its colour",
                )  # fmt: skip
                return False
        return True

    def _explained(self, view: FakeView, position: int) -> tuple[object]:
        # In a tuple: what an explanation lacks is not what a call that failed has.
        return (self.rule.explain(view, position),)

    def _differs(self, words: str) -> None:
        mend = "grade keeps nothing and changes nothing: everything it needs is in the view"
        self.teller.wrong(
            "determinism", f"{self.rule.key}: the levels differ {words}", self.home, mend
        )

    def _is_pure(self) -> bool:
        watch = Watch(self.teller.folder)
        view = CountsView.of(next(iter(self.samples.usual())).view)
        with watch():
            self.rule.grade(view)
        for (place, what), name in watch.asked.items():
            self.teller.wrong(
                "determinism", f"{self.rule.key}: grade asks for {what} ({name})", place, MEND[what]
            )
        return not watch.asked

    def _is_scoped(self) -> bool:
        try:
            assert_scoped(self.rule, self.samples.city)
        except AssertionError as error:
            self.teller.wrong("scope", str(error), self.home, "go by the view alone")
            return False
        return True
