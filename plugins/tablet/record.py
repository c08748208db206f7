"""The record of a cell: rates of the last thirty days, and this month against the last one."""

from collections.abc import Callable
from typing import Any

from commandcenter.api import Block, Delta, Month, Number, Panel, Text, View

PERCENT = Text("%", "%")
RATES = {
    "handled": ("handled.on_time", "handled.judged", Text("按期处置率", "Handled on time")),
    "filed": ("filed.on_time", "filed.judged", Text("按时立案率", "Filed on time")),
    "reworked": ("reworked", "handled", Text("返工率", "Rework")),
    "reported_in": ("reported_in.on_time", "reported_in.judged",
                    Text("报到及时率", "Came in time")),
    "satisfied": ("rated.satisfied", "rated.judged", Text("满意率", "Satisfied")),
}  # fmt: skip
"""Numerator, denominator and title of each rate."""
LATE_FROM, BAD_FROM = 90.0, 75.0
"""Below these an on-time rate is yellow and red."""
MONTH = (
    Delta("reported", Text("上报", "Reported")),
    Delta("closed", Text("结案", "Closed"), better="up"),
    Delta("handled", Text("按期处置率", "Handled on time"), digits=1, unit=PERCENT, better="up"),
    Delta("reworked", Text("返工", "Reworks"), better="down"),
)


def record_panel() -> Panel:
    """Five rates of thirty days."""
    parts = tuple(Number(key, title, digits=1, unit=PERCENT) for key, (*_, title) in RATES.items())
    total = Number("closed", Text("30 天结案", "Closed in 30 days"))
    return Panel(
        "tablet.record", Text("办理成绩 · 近 30 天", "Record of 30 days"), (*parts, total), record,
        pace="charts", columns=3, block=Block.APPRAISAL,
        formula=Text(
            "按期处置率 = 按期处置 ÷ 已判定处置；没有可判定的为无数据",
            "On time = handled in time / all handled that were judged; nothing judged is no data",
        ),
    )  # fmt: skip


def month_panel() -> Panel:
    """What happened this month up to yesterday, with the change against the same days before."""
    title = Text("本月与上月同期", "This month and the last")
    return Panel(
        "tablet.month", title, MONTH, month, pace="slow", interval=60.0, columns=2,
        block=Block.APPRAISAL,
        formula=Text(
            "本月一日至昨日，对比上月相同的日子",
            "From the first to yesterday, against the same days of last month",
        ),
    )  # fmt: skip


def record(view: View) -> dict[str, Any]:
    """Return the rates; one over nothing is not known."""
    values: dict[str, Any] = {
        key: _rate(key, rate(view.count, good, judged)) for key, (good, judged, _) in RATES.items()
    }
    return values | {"closed": {"value": view.count("closed.30d")}}


def rate(count: Callable[..., int], good: str, judged: str, *where: int) -> float | None:
    """Return a rate of thirty days in percent, None over nothing."""
    of = count(f"{judged}.30d", *where)
    return 100 * count(f"{good}.30d", *where) / of if of else None


def _rate(key: str, value: float | None) -> dict[str, Any]:
    if value is None or key == "reworked":
        return {"value": value}
    return {
        "value": value,
        "tone": "red" if value < BAD_FROM else "yellow" if value < LATE_FROM else "plain",
    }


def month(view: View) -> dict[str, Any]:
    """Return the numbers of the month; what is not known of the last one is said so."""
    values = {key: _change(view, view.month(key)) for key in ("reported", "closed", "reworked")}
    return values | {"handled": _share(view)}


def _change(view: View, found: Month) -> dict[str, Any]:
    known = found.this is not None and found.before is not None
    change = (found.this or 0) - (found.before or 0) if known else None
    return {"value": found.this, "change": change, "note": _note(view, found, _number(found))}


def _share(view: View) -> dict[str, Any]:
    good, judged = view.month("handled.on_time"), view.month("handled.judged")
    this, before = _percent(good.this, judged.this), _percent(good.before, judged.before)
    change = this - before if this is not None and before is not None else None
    said = None if before is None else f"{before:.1f} %"
    return {"value": this, "change": change, "note": _note(view, judged, said)}


def _percent(good: int | None, judged: int | None) -> float | None:
    return 100 * (good or 0) / judged if judged else None


def _number(found: Month) -> str | None:
    return None if found.before is None else f"{found.before:,}"


def _note(view: View, found: Month, before: str | None) -> str:
    """Say what it was last month, or why nothing is known."""
    if before is not None:
        return view.t("上月 {n}", n=before)
    if found.this is not None:
        return view.t("上月无数据")
    is_first = view.calendar.local(view.now).day == 1
    return view.t("本月尚无整日") if is_first else view.t("正在统计")
