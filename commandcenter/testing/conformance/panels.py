"""Panels: what they render, that it is the same each time, fits their parts, and comes soon."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from commandcenter.host.panel import Panel
from commandcenter.host.values import check_values
from commandcenter.testing.conformance.bounds import Bounds
from commandcenter.testing.conformance.purity import MEND, Watch
from commandcenter.testing.conformance.samples import Sample, Samples
from commandcenter.testing.conformance.telling import Teller
from commandcenter.testing.scoped import assert_scoped

COLOUR = re.compile(r"#[0-9a-fA-F]{3,8}|(rgb|hsl)a?\(.*|(light|dark)?(red|green|blue|yellow|orange)"
                    r"|white|black|gr[ae]y|purple")  # fmt: skip
COLOUR_KEYS = ("color", "bgcolor", "colorscale", "colorway")
OWN_LOOK = ("template", "font", "paper_bgcolor", "plot_bgcolor", "colorway", "width", "height")
"""Keys of a figure's layout that are the city's and not a plugin's."""
TRIES = 3


@dataclass(frozen=True)
class PanelCheck:
    """Tries one panel."""

    panel: Panel
    samples: Samples
    teller: Teller
    bounds: Bounds

    def run(self) -> bool:
        """Try it over all views; tells what is wrong, returns whether all was well."""
        for sample in self.samples.usual():
            values = self._values(sample)
            if values is None:
                return False
            self._keep(sample, values)
            if not (self._same_again(sample, values) and self._in_theme(values)):
                return False
        well = [self._fills_its_parts(), self._is_pure()]
        well += [self._values(sample) is not None for sample in self.samples.hard()]
        return all(well) and self._is_quick() and self._is_scoped()

    def only_render(self) -> None:
        """Tell what it renders, for another process to compare."""
        for sample in self.samples.usual():
            values = self._values(sample)
            if values is None:
                return
            self._keep(sample, values)

    @property
    def home(self) -> str:
        """Where its render function begins."""
        return self.teller.home_of(self.panel.render)

    def _values(self, sample: Sample) -> dict[str, bytes] | None:
        what = f"{self.panel.key}, {sample.name}"

        def call() -> dict[str, bytes]:
            return check_values(self.panel, self.panel.render(sample.view))

        return self.teller.attempt("panels", what, self.bounds.render_seconds, call, self.home)

    def _keep(self, sample: Sample, values: Mapping[str, bytes]) -> None:
        self.teller.say(
            "values", key=self.panel.key, sample=sample.name, plain=sample.is_plain,
            language=sample.view.language, scope=sample.view.scope.code,
            parts={name: value.decode() for name, value in values.items()},
        )  # fmt: skip

    def _same_again(self, sample: Sample, values: Mapping[str, bytes]) -> bool:
        again = self._values(sample)
        if again is None:
            return False
        for name, value in values.items():
            if again.get(name) != value:
                self.teller.wrong(
                    "determinism", f"{self.panel.key}: part {name} differs when the same view is "
                    f"rendered twice: {difference(value.decode(), again.get(name, b'').decode())}",
                    self.home, "render keeps nothing and changes nothing: everything it needs is "
                    "in the view",
                )  # fmt: skip
                return False
        return True

    def _fills_its_parts(self) -> bool:
        filled: set[str] = set()
        for sample in self.samples.usual():
            filled |= set(self.panel.render(sample.view))
        empty = [part.name for part in self.panel.parts if part.name not in filled]
        for name in empty:
            self.teller.wrong(
                "panels", f"{self.panel.key}: part {name} is declared and never gets a value",
                self.home, "return a value for it, or take the part away",
            )  # fmt: skip
        return not empty

    def _is_pure(self) -> bool:
        watch = Watch(self.teller.folder)
        sample = next(iter(self.samples.usual()))
        with watch():
            self.panel.render(sample.view)
        for (place, what), name in watch.asked.items():
            self.teller.wrong(
                "determinism", f"{self.panel.key}: render asks for {what} ({name})", place,
                MEND[what],
            )  # fmt: skip
        return not watch.asked

    def _is_quick(self) -> bool:
        limit = self.bounds.render_seconds
        sample = self.bounds.huge
        # The shortest of several: the first fills caches.
        times = []
        for _ in range(TRIES):
            self.teller.slowest.pop("panels", None)
            if self._values(sample) is None:
                return False
            times.append(self.teller.slowest["panels"])
            if times[-1] < limit / 20:
                break
        self.teller.slowest["panels"] = min(times)
        if min(times) > limit / 4:
            self.teller.wrong(
                "limits", f"{self.panel.key} takes {min(times):.2f} s in a city of "
                f"{len(sample.view.tree):,} cells, a quarter of {limit:g} s is allowed here",
                self.home, "ask for counts of all cells at once and reckon with numpy",
            )  # fmt: skip
            return False
        return True

    def _is_scoped(self) -> bool:
        try:
            assert_scoped(self.panel, self.samples.city)
        except AssertionError as error:
            mend = "go by the view alone: counts outside its scope are not the panel's to see"
            self.teller.wrong("scope", str(error), self.home, mend)
            return False
        return True

    def _in_theme(self, values: Mapping[str, bytes]) -> bool:
        charts = [part.name for part in self.panel.parts if part.kind == "Chart"]
        for name in charts:
            for fault in own_look(json.loads(values.get(name, b"null"))):
                self.teller.wrong(
                    "panels", f"{self.panel.key}: part {name}: {fault}", self.home,
                    'leave it to the city\'s template; a colour is a token, as "--red" or "--bar"',
                )  # fmt: skip
                return False
        return True


def own_look(figure: Any) -> Iterator[str]:
    """Yield what a figure sets though it is the city's: fonts, backgrounds, colours of its own."""
    if not isinstance(figure, dict):
        return
    layout = figure.get("layout") or {}
    yield from (f"sets layout.{key}" for key in OWN_LOOK if key in layout)
    yield from _colours(figure, "value")


def _colours(value: Any, path: str) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key.endswith(COLOUR_KEYS) and isinstance(inner, str) and COLOUR.fullmatch(inner):
                yield f'{path}.{key} = "{inner}" is a colour of its own'
            yield from _colours(inner, f"{path}.{key}")
    elif isinstance(value, list):
        for at, inner in enumerate(value[:50]):
            yield from _colours(inner, f"{path}[{at}]")


def difference(one: str, other: str) -> str:
    """Show where two texts begin to differ."""
    at = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), 0)
    start = max(0, at - 12)
    return f"…{one[start : at + 24]}… and …{other[start : at + 24]}…"
