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
    Column("level", Text("层级", "Level"), 1.5),
    Column("state", Text("状态", "State"), 1.3, form="tone"),
    Column("held", Text("在办", "Held"), 1.0, "right", "number"),
    Column("overdue", Text("超时", "Overdue"), 1.0, "right", "number"),
    Column("share", Text("超时占比", "Share"), 1.0, "right", "percent"),
    Column("waiting", Text("未接办", "Waiting"), 1.0, "right", "number"),
)


def levels_panel() -> Panel:
    """A line for each level that coordinates."""
    return Panel(
        "manage.levels",
        Text("五级联动", "Coordination of levels"),
        (Board("levels", grow=True, columns=COLUMNS, row_height=40),),
        render,
        pace="charts",
        formula=Text(
            "失控：超时占在办 50% 以上；紧张：超时 25% 以上或未接办 90% 以上；"
            "繁忙：超时 10% 以上或未接办 60% 以上；其余为平稳",
            "Broken: 50% of what is held is overdue; strained: 25% overdue or 90% not taken up; "
            "busy: 10% overdue or 60% not taken up; otherwise calm",
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
        "held": status.held,
        "overdue": status.overdue,
        "share": status.overdue / status.held if status.held else None,
        "waiting": status.waiting,
    }
