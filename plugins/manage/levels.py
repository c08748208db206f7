"""Five-level coordination (五级联动): what each level holds, and how it bears it."""

from typing import Any

from commandcenter.api import (
    STRAIN_TITLES,
    Board,
    Column,
    Level,
    LevelStatus,
    Panel,
    Strain,
    Text,
    Tone,
    View,
)

TONES: dict[Strain, Tone] = {
    Strain.CALM: "blue",
    Strain.BUSY: "yellow",
    Strain.STRAINED: "red",
    Strain.BROKEN: "red",
}
COLUMNS = (
    Column("level", Text("层级", "Level"), 0.9),
    Column("state", Text("状态", "State"), 1.0, form="tone"),
    Column("reason", Text("依据", "Reason"), 3.4),
    Column("held", Text("在办", "Held"), 0.8, "right", "number"),
    Column("new", Text("今日新增", "New today"), 1.0, "right", "number"),
    Column("overdue", Text("超时", "Overdue"), 0.8, "right", "number"),
    Column("soon", Text("1 小时内到期", "Due in 1 h"), 1.2, "right", "number"),
    Column("called", Text("待报到", "Called"), 0.9, "right", "number"),
    Column("directive", Text("指令完成", "Directive"), 1.0, "right", "percent"),
)


def levels_panel() -> Panel:
    """A line for each level that coordinates."""
    return Panel(
        "manage.levels",
        Text("五级联动", "Coordination of levels"),
        (Board("levels", grow=True, columns=COLUMNS, row_height=38),),
        render,
        pace="charts",
        formula=Text(
            "状态取最严重的一条规则，依据中写明是哪一条和它的数；待报到为被吹哨而尚未报到的单位；"
            "指令完成为最新一道在办指令的完成比例",
            "The state is that of the gravest rule that fits, which the reason names with its "
            "numbers; called are units whistled for that have not reported in; directive is how "
            "much of the newest live one is done",
        ),
    )


def render(view: View) -> dict[str, Any]:
    """Return the levels from the city down."""
    return {"levels": {"rows": [_row(view, *pair) for pair in view.level_status()]}}


def _row(view: View, level: Level, status: LevelStatus) -> dict[str, Any]:
    strain = status.strain
    words = STRAIN_TITLES[strain].in_language(view.language)
    return {
        "key": level.key,
        "level": level.title.in_language(view.language),
        "state": {"tone": TONES[strain], "text": words},
        "reason": status.reason.in_language(view.language),
        "held": status.held,
        "new": status.new_today,
        "overdue": status.overdue,
        "soon": status.soon,
        "called": status.whistles_waiting,
        "directive": status.directive,
    }
