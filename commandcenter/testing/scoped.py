"""Whether a panel or a rule goes by what lies in its district alone."""

from typing import Any

import numpy as np

from commandcenter.errors import PluginError
from commandcenter.host.panel import Panel, RiskRule
from commandcenter.host.values import check_values
from commandcenter.testing.plenty import Plenty, metric_names
from commandcenter.testing.ready import ReadyCity
from commandcenter.testing.view import FakeView

OTHERS = (0, 1, 2)
"""Cities that are the same inside a scope and differ outside it."""


def assert_scoped(item: Panel | RiskRule, city: ReadyCity, **given: Any) -> None:
    """Check that counts elsewhere change nothing in what is said of the plugin's district.

    Of a plugin that serves the whole city the city's first district is looked at. Raises
    AssertionError that says what differs; asking for cells outside is an error of the view.
    """
    at = city.home.code if city.home.depth else city.below()[0].code
    views = [_view(city, at, outside, given) for outside in OTHERS]
    said = [_said(item, view) for view in views]
    for other in said[1:]:
        for name, value in said[0].items():
            assert other[name] == value, (
                f"{item.key}: {name} changes with what happens outside {at}: "
                f"{value!r:.120} became {other[name]!r:.120}"
            )


def _view(city: ReadyCity, at: str, outside: int, given: dict[str, Any]) -> FakeView:
    view = city.view({}, at, **given)
    names = metric_names(len(view.levels), tuple(view.channels))
    counts = Plenty(city.tree, names, kept=(view.first, view.last), outside=outside)
    return city.view(counts, at, **given)


def _said(item: Panel | RiskRule, view: FakeView) -> dict[str, object]:
    if isinstance(item, Panel):
        return dict(check_values(item, item.render(view)))
    levels = np.asarray(item.grade(view))
    if levels.shape != (view.last - view.first + 1,):
        raise PluginError(
            f"rule {item.key}: grade gave {levels.shape}, one level for each of the "
            f"{view.last - view.first + 1} cells of the scope is needed"
        )
    coloured = np.flatnonzero(levels)[:20].tolist()
    reasons = {f"explain({at})": item.explain(view, view.first + at) for at in coloured}
    return {"grade": levels.tolist(), **reasons}
