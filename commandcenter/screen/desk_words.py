"""Words of the desk for what cases, calls and cells are going through."""

from collections.abc import Mapping

from commandcenter.domain.coordination import CallState

CALL_TITLES: Mapping[str, str] = {
    CallState.CALLED: "未报到",
    CallState.REPORTED_IN: "已报到",
    CallState.ACTING: "处置中",
    CallState.DONE: "已完成",
    CallState.RECALLED: "已收回",
}
PART_TITLES: Mapping[str, str] = {
    "called": "待接",
    "waiting": "待接",
    "dispatched": "待接",
    "taken_up": "处置中",
    "handling": "处置中",
    "acting": "处置中",
    "done": "已完成",
}
PROGRESS_TITLES = ("已下达", "已接收", "执行中", "已完成")
DECISIONS: Mapping[str, str] = {"merge": "已合并", "distinct": "不是重复"}
