"""The colour of a cell with its reason, who looks after it and when it is next checked."""

from typing import Any

from commandcenter.api import (
    FINDING_TITLES,
    Block,
    Board,
    Checked,
    Colour,
    Column,
    Panel,
    Text,
    View,
)

COLUMNS = (
    Column("colour", Text("颜色", "Colour"), 0.8, form="tone"),
    Column("why", Text("原因", "Reason"), 3.0),
    Column("owner", Text("责任人", "Owner"), 1.2),
    Column("check", Text("下次核查", "Next check"), 1.2, "right", "age"),
    Column("found", Text("上次核查", "Last check"), 2.0),
    Column("checked", Text("核查时间", "Checked"), 1.2, "right", "age"),
    Column("photo", Text("照片", "Photo"), 1.0),
)


def standing_panel() -> Panel:
    """One line: the colour of the cell itself."""
    return Panel(
        "tablet.standing",
        Text("三色", "Colour"),
        (Board("standing", columns=COLUMNS, row_height=44, turns=False),),
        render,
        pace="charts",
        block=Block.PLACES,
    )


def render(view: View) -> dict[str, Any]:
    """Return the colour; blue needs no reason, and before the first grading none is known."""
    colour = int(view.colours()[0])
    if not colour:
        return {"standing": {"rows": [_row(view, "plain", "—", view.t("尚未分析"))]}}
    words = {"red": view.t("红"), "yellow": view.t("黄"), "blue": view.t("蓝")}
    shown = Colour(colour).shown
    change = view.reason()
    if shown == "blue" or change is None:
        return {"standing": {"rows": [_row(view, shown, words[shown], view.t("没有规则发现风险"))]}}
    row = _row(view, shown, words[shown], change.words)
    row |= {"owner": change.owner, "check": change.next_check}
    if change.checked is not None:
        photo = change.checked.photo
        row |= {"found": _found(view, change.checked), "checked": change.checked.at}
        row["photo"] = "" if photo is None else f"/photos/{photo}"
    return {"standing": {"rows": [row]}}


def _found(view: View, check: Checked) -> str:
    """Say who found what, and what was noted; without persons what was found alone."""
    finding = FINDING_TITLES[check.finding].in_language(view.language)
    said = view.t("{who}核查：{finding}", who=check.by, finding=finding) if check.by else finding
    return f"{said} · {check.note}" if check.note else said


def _row(view: View, tone: str, text: str, why: str) -> dict[str, Any]:
    return {
        "key": view.scope.code,
        "tone": tone,
        "colour": {"tone": tone, "text": text},
        "why": why,
        "owner": "",
        "check": None,
        "found": "",
        "checked": None,
        "photo": "",
    }
