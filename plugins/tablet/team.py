"""Who works for a cell: its chief, the deputies, those on duty; only for staff."""

from typing import Any

from commandcenter.api import Block, Board, Column, Note, Officer, Panel, Text, View

STAFF = 1
"""The clearance from which persons are named."""
COLUMNS = (
    Column("name", Text("姓名", "Name"), 1.4),
    Column("post", Text("岗位", "Post"), 1.6),
    Column("phone", Text("电话", "Phone"), 1.6, "right"),
    Column("until", Text("值班至", "On duty for"), 1.2, "right", "age"),
)


def team_panel() -> Panel:
    """Name, post, phone and how long the shift lasts; made-up persons are marked as such."""
    board = Board("people", grow=True, columns=COLUMNS, row_height=44, turns=False)
    title = Text("责任人与在岗人员", "In charge and on duty")
    return Panel(
        "tablet.team", title, (board, Note("note")), render, pace="slow", interval=60.0,
        block=Block.PEOPLE,
    )  # fmt: skip


def render(view: View) -> dict[str, Any]:
    """Return the chief, then the deputies and who is on duty now."""
    if view.clearance < STAFF:
        return {"people": {"rows": []}, "note": view.t("责任人信息仅对工作人员显示")}
    chief = view.scope.chief
    people = view.staff()
    if chief is not None:
        post = Text("网格长", "Chief")
        people.insert(0, Officer(chief.name, post, chief.phone, None, chief.invented))
    rows = [_row(view, at, officer) for at, officer in enumerate(people)]
    return {"people": {"rows": rows}, "note": _note(view, people)}


def _note(view: View, people: list[Officer]) -> str:
    if any(officer.invented for officer in people):
        return view.t("标注“演示”的人员和电话均为虚构")
    return "" if people else view.t("没有登记责任人")


def _row(view: View, at: int, officer: Officer) -> dict[str, Any]:
    name = officer.name
    return {
        "key": str(at),
        "name": view.t("{name}(演示)", name=name) if officer.invented else name,
        "post": officer.post.in_language(view.language),
        "phone": officer.phone or None,
        "until": officer.until,
    }
