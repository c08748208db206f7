"""The five indices of the product, over the last thirty days."""

from collections.abc import Callable, Mapping

from commandcenter.api import Index, Text, Tone, View, composite, grade


def on_time(flow: str, title: Text, formula: Text, weight: float) -> Index:
    """Make the index of a flow that has a limit."""
    return Index(
        f"evaluate.{flow}", title, f"{flow}.on_time.30d", f"{flow}.judged.30d", formula, weight
    )


FILED = on_time(
    "filed",
    Text("按时立案率", "Filed on time"),
    Text("按时立案数 ÷ 立案数", "filed within the limit / filed"),
    0.20,
)
HANDLED = on_time(
    "handled",
    Text("按期处置率", "Handled on time"),
    Text("按期处置数 ÷ 有期限的处置数", "handled by the deadline / handled"),
    0.30,
)
CLOSED = on_time(
    "closed",
    Text("按期结案率", "Closed on time"),
    Text("按期结案数 ÷ 有期限的结案数", "closed by the deadline / closed"),
    0.20,
)
REPORTED_IN = on_time(
    "reported_in",
    Text("报到及时率", "Report-in on time"),
    Text(
        "时限内报到的单位数 ÷ 被吹哨且已到时限或已报到的单位数",
        "called units that came in time / called units that came or whose time is over",
    ),
    0.10,
)
REWORK = Index(
    "evaluate.rework",
    Text("返工率", "Rework"),
    "reworked.30d",
    "handled.30d",
    Text(
        "返工数 ÷ 处置数，得分为 100% 减去该值",
        "reworked / handled, scored as 100% less it",
    ),
    0.20,
    low_is_good=True,
)
INDICES = (FILED, HANDLED, CLOSED, REWORK, REPORTED_IN)
TONES: Mapping[str, Tone] = {"D": "yellow", "E": "red"}
"""Grades that stand out; good ones are quiet."""
NO_DATA = "—"


def values_of(view: View, position: int | None = None) -> dict[Index, float | None]:
    """Return all indices of the city for one cell, None where there is nothing to rate."""
    count: Callable[[str], int] = lambda metric: view.count(metric, position)  # noqa: E731
    return {index: index.value(count) for index in view.indices}


def graded(score: float | None) -> dict[str, str]:
    """Return a grade as a toned cell of a board."""
    letter = grade(score)
    return {"tone": TONES.get(letter or "", "plain"), "text": letter or NO_DATA}


def scored(view: View, position: int | None = None) -> tuple[dict[str, float | None], float | None]:
    """Return the indices by key in per cent, and the composite of them all."""
    values = values_of(view, position)
    return {index.key: value for index, value in values.items()}, composite(values)


def in_words(score: float | None) -> str:
    """Return a score with one digit, a dash for no data."""
    return NO_DATA if score is None else f"{score:.1f}"
