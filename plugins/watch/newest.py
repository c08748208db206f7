"""The newest cases, as a station board."""

from typing import Any

from commandcenter.api import (
    STATE_TITLES,
    Board,
    CaseLine,
    Column,
    Panel,
    State,
    Text,
    Tone,
    View,
    place_of,
)

LIMIT = 24
TIME = Column("time", Text("时间", "Time"), 0.85, form="clock")
CHANNEL = Column("channel", Text("渠道", "Channel"), 1.3)
WHERE = Column("where", Text("地点", "Where"), 2.4)
WHAT = Column("what", Text("事项", "What"), 1.95)
STATE = Column("state", Text("状态", "State"), 1.0, "right")


def newest_panel() -> Panel:
    """Time, channel, place, matter and state; the option `limit` says how many cases."""
    return _panel("watch.newest", (TIME, CHANNEL, WHERE, WHAT, STATE))


def newest_short_panel() -> Panel:
    """The same without the channel, for a narrow place."""
    return _panel("watch.newest_short", (TIME, WHERE, WHAT, STATE))


def _panel(key: str, columns: tuple[Column, ...]) -> Panel:
    def render(view: View) -> dict[str, Any]:
        wanted = {column.key for column in columns} | {"key", "tone"}
        found = view.newest(view.options.get("limit", LIMIT))
        # What a source hands in late stands at its own time, as a reader of times expects.
        rows = [row(view, case) for case in sorted(found, key=lambda case: -case.reported_at)]
        return {"cases": {"rows": [{k: v for k, v in r.items() if k in wanted} for r in rows]}}

    board = Board("cases", grow=True, columns=columns)
    return Panel(key, Text("最新案件", "Newest cases"), (board,), render, pace="charts")


def row(view: View, case: CaseLine) -> dict[str, Any]:
    """Return a case as a line of the board; only a supervised or late one has a tone."""
    channel = view.channels.get(case.channel)
    return {
        "key": str(case.id),
        "time": case.reported_at,
        "channel": channel.title.in_language(view.language) if channel else case.channel,
        "where": place_of(view, case.cell),
        "what": _what(view, case),
        "state": STATE_TITLES[State(case.state)].in_language(view.language),
        "tone": _tone(view, case),
    }


def _what(view: View, case: CaseLine) -> str:
    """Name the matter: what a citizen wrote as a title may name persons, and a wall is public."""
    matter = view.matters.get(case.matter or "")
    return matter.title.in_language(view.language) if matter else view.t("待分类")


def _tone(view: View, case: CaseLine) -> Tone:
    if case.due is not None and case.due < view.now:
        return "red"
    return "yellow" if case.supervised else "plain"
